; Removes what was installed, file by file, and folders that are empty then: nothing that a person put beside it, and
; neither projects nor settings, which lie elsewhere.

Function un.onInit
  SetRegView 64
  ${GetParameters} $R0
  ${GetOptions} $R0 "/Log=" $Log
  ClearErrors
  !insertmacro TrimSlash $INSTDIR
  Call un.Identify
  ${If} $Scope == "AllUsers"
    Call un.AskRights
    ${If} $R7 == 0
      Call un.StartAsAdministrator
    ${EndIf}
  ${EndIf}
  StrCpy $R5 $INSTDIR
  Call un.RefuseRunning
FunctionEnd

; The registry knows by the folder for whom this was installed, and under which title.
Function un.Identify
  StrCpy $Scope "CurrentUser"
  SetShellVarContext current
  StrCpy $Title "Maskwright ${VERSION}"
  StrCpy $ProgId "Maskwright.Project.${VERSION}"
  ReadRegStr $R1 HKCU "${UNINSTALL}\$Title" "InstallLocation"
  ReadRegStr $R2 HKLM "${UNINSTALL}\$Title" "InstallLocation"
  ${If} $R1 != $INSTDIR
  ${AndIf} $R2 != $INSTDIR
    StrCpy $Title "Maskwright"
    StrCpy $ProgId "Maskwright.Project"
    ReadRegStr $R2 HKLM "${UNINSTALL}\$Title" "InstallLocation"
  ${EndIf}
  ${If} $R2 == $INSTDIR
    StrCpy $Scope "AllUsers"
    SetShellVarContext all
  ${EndIf}
FunctionEnd

Function un.StartAsAdministrator
  ${If} ${Silent}
    !insertmacro Refuse ${NO_RIGHTS} "To remove what is installed for everybody takes an administrator."
    Quit
  ${EndIf}
  ExecShell "runas" "$INSTDIR\uninstall.exe"
  Quit
FunctionEnd

Section Uninstall
  SetOutPath $TEMP ; a folder that somebody is in cannot go
  !insertmacro RemoveFiles
  Delete "$INSTDIR\uninstall.exe"
  RMDir $INSTDIR
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/Upgrade" $R1
  ${If} ${Errors}
    Call un.Unregister
  ${EndIf}
  SetErrorLevel 0
SectionEnd
