; For whom, and what becomes of a version that is there already: chosen on the command line or on a page of its own.

Var ForMe
Var ForAll
Var Found
Var Replace
Var Beside

; Takes the scope that nobody named from the version that is there; silently, as an administrator, it is everybody.
Function Choose
  ${If} $Scope == ""
    Call AskRights
    StrCpy $Scope "CurrentUser"
    ReadRegStr $R0 HKLM "${UNINSTALL}\$Title" "InstallLocation"
    ReadRegStr $R1 HKCU "${UNINSTALL}\$Title" "InstallLocation"
    ${If} $R0 != ""
      StrCpy $Scope "AllUsers"
    ${ElseIf} $R1 == ""
    ${AndIf} ${Silent}
    ${AndIf} $R7 == 1
      StrCpy $Scope "AllUsers"
    ${EndIf}
  ${EndIf}
  Call Settle
  Call TickWishes
FunctionEnd

; What follows from scope and title: the branch of the registry, the version that is replaced, the folder.
Function Settle
  SetShellVarContext current
  StrCpy $R0 "$LOCALAPPDATA\Programs"
  ${If} $Scope == "AllUsers"
    SetShellVarContext all
    StrCpy $R0 $PROGRAMFILES64
  ${EndIf}
  StrCpy $ProgId "Maskwright.Project"
  ${If} $Title != "Maskwright"
    StrCpy $ProgId "Maskwright.Project.${VERSION}"
  ${EndIf}
  ReadRegStr $Old SHCTX "${UNINSTALL}\$Title" "InstallLocation"
  ReadRegStr $OldVersion SHCTX "${UNINSTALL}\$Title" "DisplayVersion"
  ${If} $Named != ""
    StrCpy $INSTDIR $Named
  ${ElseIf} $Old != ""
    StrCpy $INSTDIR $Old
  ${Else}
    StrCpy $INSTDIR "$R0\$Title"
  ${EndIf}
FunctionEnd

; Ticks what the version that is there has, and what the command line asks for.
Function TickWishes
  ${GetParameters} $R0
  ${If} $Old != ""
    !insertmacro TickIf ${SectionMenu} `${FileExists} "$SMPROGRAMS\$Title.lnk"`
    !insertmacro TickIf ${SectionDesktop} `${FileExists} "$DESKTOP\$Title.lnk"`
    ReadRegStr $R1 SHCTX "Software\Classes\$ProgId\shell\open\command" ""
    !insertmacro TickIf ${SectionAssociation} `$R1 != ""`
  ${EndIf}
  !insertmacro IfWished "/Desktop" `!insertmacro SelectSection ${SectionDesktop}`
  !insertmacro IfWished "/NoAssociation" `!insertmacro UnselectSection ${SectionAssociation}`
FunctionEnd

; The instance that was started anew as an administrator has been told already.
Function SkipWhenChosen
  ${GetParameters} $R0
  !insertmacro IfWished "/Chosen" Abort
FunctionEnd

Function ShowChoice
  Call SkipWhenChosen
  !insertmacro MUI_HEADER_TEXT "For whom" ""
  nsDialogs::Create 1018
  Pop $R0
  ${NSD_CreateRadioButton} 0 0 100% 12u "Only for &me; no administrator is needed"
  Pop $ForMe
  ${NSD_AddStyle} $ForMe ${WS_GROUP}
  ${NSD_CreateRadioButton} 0 16u 100% 12u "For &everybody on this computer; an administrator is asked"
  Pop $ForAll
  ${NSD_CreateLabel} 0 48u 100% 12u ""
  Pop $Found
  ${NSD_CreateRadioButton} 0 64u 100% 12u ""
  Pop $Replace
  ${NSD_AddStyle} $Replace ${WS_GROUP}
  ${NSD_CreateRadioButton} 0 80u 100% 12u "&Keep it, and install ${VERSION} beside it"
  Pop $Beside
  ${NSD_OnClick} $ForMe ReadScope
  ${NSD_OnClick} $ForAll ReadScope
  ${If} $Scope == "AllUsers"
    ${NSD_Check} $ForAll
  ${Else}
    ${NSD_Check} $ForMe
  ${EndIf}
  ${If} $Title == "Maskwright"
    ${NSD_Check} $Replace
  ${Else}
    ${NSD_Check} $Beside
  ${EndIf}
  Call ShowFound
  nsDialogs::Show
FunctionEnd

Function ReadScope
  Pop $R0
  StrCpy $Scope "CurrentUser"
  ${NSD_GetState} $ForAll $R0
  ${If} $R0 == ${BST_CHECKED}
    StrCpy $Scope "AllUsers"
  ${EndIf}
  Call ShowFound
FunctionEnd

; Asks what becomes of the other version only where there is one.
Function ShowFound
  Call Settle
  ReadRegStr $R1 SHCTX "${UNINSTALL}\Maskwright" "DisplayVersion"
  StrCpy $R2 ${SW_SHOW}
  ${If} $R1 == ""
    StrCpy $R2 ${SW_HIDE}
  ${EndIf}
  ${NSD_SetText} $Found "Maskwright $R1 is installed."
  ShowWindow $Found $R2
  ShowWindow $Replace $R2
  ${NSD_SetText} $Replace "&Replace it by ${VERSION}; projects and settings stay"
  ${If} $R1 == "${VERSION}" ; the same once more would be of no use
    ${NSD_SetText} $Replace "&Install it anew; projects and settings stay"
    StrCpy $R2 ${SW_HIDE}
  ${EndIf}
  ShowWindow $Beside $R2
  ${If} $R2 == ${SW_HIDE}
    ${NSD_Check} $Replace
    ${NSD_Uncheck} $Beside
  ${EndIf}
FunctionEnd

Function LeaveChoice
  StrCpy $Title "Maskwright"
  ${NSD_GetState} $Beside $R0
  ${If} $R0 == ${BST_CHECKED}
    StrCpy $Title "Maskwright ${VERSION}"
  ${EndIf}
  Call Settle
  Call RefuseDowngrade
  Call TickWishes
  Call AskRights
  ${If} $Scope == "AllUsers"
  ${AndIf} $R7 == 0
    Call StartAsAdministrator
  ${EndIf}
FunctionEnd

; Goes on in a new instance; who says no to Windows' question stays on the page.
Function StartAsAdministrator
  ${GetParameters} $R0
  StrCpy $R0 "/AllUsers /Chosen $R0"
  ${If} $Title != "Maskwright"
    StrCpy $R0 "/SideBySide $R0"
  ${EndIf}
  ${If} $Named != ""
    StrCpy $R0 "$R0 /D=$Named"
  ${EndIf}
  System::Call 'kernel32::CloseHandle(p $Mutex)'
  ClearErrors
  ExecShell "runas" $EXEPATH $R0
  ${If} ${Errors}
    System::Call 'kernel32::CreateMutexW(p 0, i 0, w "MaskwrightSetup") p .s'
    Pop $Mutex
    Abort
  ${EndIf}
  Quit
FunctionEnd
