; What Windows is told: the entry in Apps, the name for the Run dialog, and what opens *.maskwright. SHCTX is the branch of
; everybody or of one person.

Function Register
  !define KEY "${UNINSTALL}\$Title"
  WriteRegStr SHCTX "${KEY}" "DisplayName" $Title
  WriteRegStr SHCTX "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${KEY}" "Publisher" "The Maskwright developers"
  WriteRegStr SHCTX "${KEY}" "DisplayIcon" "$INSTDIR\${EXE},0"
  WriteRegStr SHCTX "${KEY}" "InstallLocation" $INSTDIR
  WriteRegStr SHCTX "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr SHCTX "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD SHCTX "${KEY}" "NoModify" 1
  WriteRegDWORD SHCTX "${KEY}" "NoRepair" 1
  SectionGetSize ${SectionProgram} $R3
  WriteRegDWORD SHCTX "${KEY}" "EstimatedSize" $R3
  ${If} $Title == "Maskwright"
    WriteRegStr SHCTX "${APP_PATHS}\${EXE}" "" "$INSTDIR\${EXE}"
  ${EndIf}
  !undef KEY
FunctionEnd

; One that stands beside another takes over nothing: it is offered under Open with.
Function Associate
  WriteRegStr SHCTX "Software\Classes\$ProgId" "" "Maskwright project"
  WriteRegStr SHCTX "Software\Classes\$ProgId" "FriendlyTypeName" "Maskwright project"
  WriteRegStr SHCTX "Software\Classes\$ProgId\DefaultIcon" "" "$INSTDIR\${EXE},0"
  WriteRegStr SHCTX "Software\Classes\$ProgId\shell\open\command" "" '"$INSTDIR\${EXE}" "%1"'
  WriteRegStr SHCTX "Software\Classes\.maskwright\OpenWithProgids" $ProgId ""
  ReadRegStr $R0 SHCTX "Software\Classes\.maskwright" ""
  ${If} $R0 == ""
  ${OrIf} $Title == "Maskwright"
    WriteRegStr SHCTX "Software\Classes\.maskwright" "" $ProgId
  ${EndIf}
  ${RefreshShellIcons}
FunctionEnd

; Takes back what this folder's version told Windows, and nothing that another one did since.
Function un.Unregister
  ReadRegStr $R0 SHCTX "${UNINSTALL}\$Title" "InstallLocation"
  ${If} $R0 == $INSTDIR
    DeleteRegKey SHCTX "${UNINSTALL}\$Title"
    Delete "$SMPROGRAMS\$Title.lnk"
    Delete "$DESKTOP\$Title.lnk"
  ${EndIf}
  ReadRegStr $R0 SHCTX "${APP_PATHS}\${EXE}" ""
  ${If} $R0 == "$INSTDIR\${EXE}"
    DeleteRegKey SHCTX "${APP_PATHS}\${EXE}"
  ${EndIf}
  ReadRegStr $R0 SHCTX "Software\Classes\$ProgId\shell\open\command" ""
  ${If} $R0 == '"$INSTDIR\${EXE}" "%1"'
    DeleteRegKey SHCTX "Software\Classes\$ProgId"
    DeleteRegValue SHCTX "Software\Classes\.maskwright\OpenWithProgids" $ProgId
    ReadRegStr $R0 SHCTX "Software\Classes\.maskwright" ""
    ${If} $R0 == $ProgId
      DeleteRegValue SHCTX "Software\Classes\.maskwright" ""
    ${EndIf}
    DeleteRegKey /ifempty SHCTX "Software\Classes\.maskwright\OpenWithProgids"
    DeleteRegKey /ifempty SHCTX "Software\Classes\.maskwright"
  ${EndIf}
  ${RefreshShellIcons}
FunctionEnd
