; What is refused, each with one sentence for the person and an exit status for whoever installs silently.

Var Mutex

!macro DefineSharedChecks PREFIX
  ; Puts into $R6 a program of folder $R5 that runs, or nothing. Windows lets nobody write to one that does (32: in use);
  ; whether the person could otherwise is asked elsewhere.
  Function ${PREFIX}FindRunning
    StrCpy $R6 ""
    FindFirst $R1 $R2 "$R5\*.exe"
    ${DoWhile} $R2 != ""
      ${If} $R2 != "uninstall.exe"
        System::Call 'kernel32::CreateFileW(w "$R5\$R2", i 0x40000000, i 7, p 0, i 3, i 0, p 0) p .R3 ?e'
        Pop $R4
        ${If} $R4 == 32
          StrCpy $R6 $R2
        ${EndIf}
        System::Call 'kernel32::CloseHandle(p R3)'
      ${EndIf}
      FindNext $R1 $R2
    ${Loop}
    FindClose $R1
  FunctionEnd

  ; Asks to close the program in folder $R5, as often as the person likes.
  Function ${PREFIX}RefuseRunning
    ${Do}
      Call ${PREFIX}FindRunning
      ${If} $R6 == ""
        ${ExitDo}
      ${EndIf}
      ${If} ${Silent}
        !insertmacro Refuse ${RUNNING} "Maskwright is running. Please close it first."
        Quit
      ${EndIf}
      MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "Maskwright is running. Please close it, then press Retry." IDRETRY +3
      SetErrorLevel ${RUNNING}
      Quit
    ${Loop}
  FunctionEnd

  ; Puts into $R7 whether this process may change what belongs to everybody, 1 or 0.
  Function ${PREFIX}AskRights
    StrCpy $R7 0
    UserInfo::GetAccountType
    Pop $R6
    ${If} $R6 == "Admin"
      StrCpy $R7 1
    ${EndIf}
  FunctionEnd
!macroend
!insertmacro DefineSharedChecks ""
!insertmacro DefineSharedChecks "un."

Function RefuseSystem
  ${IfNot} ${AtLeastBuild} 17763
    !insertmacro Refuse ${OLD_WINDOWS} "Maskwright needs Windows 10, version 1809, or newer."
    Quit
  ${EndIf}
  System::Call 'kernel32::CreateMutexW(p 0, i 0, w "MaskwrightSetup") p .s ?e'
  Pop $R0
  Pop $Mutex
  ${If} $R0 == 183
    !insertmacro Refuse ${BUSY} "Another installer of Maskwright is open. Please end that one first."
    Quit
  ${EndIf}
FunctionEnd

Function RefuseScope
  Call AskRights
  ${If} $Scope == "AllUsers"
  ${AndIf} $R7 == 0
    !insertmacro Refuse ${NO_RIGHTS} "To install for everybody takes an administrator. With /CurrentUser it does not."
    Quit
  ${EndIf}
FunctionEnd

Function RefuseWhileRunning
  ${If} $Old != ""
    StrCpy $R5 $Old
    Call RefuseRunning
  ${EndIf}
  StrCpy $R5 $INSTDIR
  Call RefuseRunning
FunctionEnd

; An older version would be handed projects and settings of a newer one.
Function RefuseDowngrade
  ${If} $OldVersion == ""
    Return
  ${EndIf}
  ${VersionCompare} "${VERSION}" $OldVersion $R1
  ${If} $R1 != 2
    Return
  ${EndIf}
  ${GetParameters} $R0
  !insertmacro IfWished "/Downgrade" Return
  ${If} ${Silent}
    !insertmacro Refuse ${NEWER} "Maskwright $OldVersion is installed, which is newer. /Downgrade replaces it, /SideBySide keeps it."
    Quit
  ${EndIf}
  MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Maskwright $OldVersion is installed, which is newer than ${VERSION}. \
    Projects that it opened may not open in the older one. Replace it all the same?" IDYES +2
  Abort
FunctionEnd

; The folder must be one that can be written to, with room for the program.
Function RefuseFolder
  ClearErrors
  CreateDirectory $INSTDIR
  GetTempFileName $R1 $INSTDIR
  ${If} ${Errors}
    ClearErrors
    !insertmacro Refuse ${NO_FOLDER} "$INSTDIR cannot be written to. Please choose another folder."
    !insertmacro StayOrQuit
  ${EndIf}
  System::Call 'kernel32::GetDiskFreeSpaceExW(w "$INSTDIR", *l .R2, p 0, p 0)'
  Delete $R1
  RMDir $INSTDIR ; goes only if it is empty, that is, if it is new
  System::Int64Op $R2 / 1024
  Pop $R2
  ${If} $Old != "" ; leaves before the new one comes
    ReadRegDWORD $R4 SHCTX "${UNINSTALL}\$Title" "EstimatedSize"
    System::Int64Op $R2 + $R4
    Pop $R2
  ${EndIf}
  SectionGetSize ${SectionProgram} $R3
  System::Int64Op $R2 < $R3
  Pop $R4
  ${If} $R4 == 1
    System::Int64Op $R2 / 1024
    Pop $R2
    IntOp $R3 $R3 / 1024
    !insertmacro Refuse ${NO_ROOM} "Maskwright needs $R3 MB in $INSTDIR, and there is room for $R2 MB."
    !insertmacro StayOrQuit
  ${EndIf}
FunctionEnd
