; What the other files are written with.

; Does INSTRUCTION where the command line in $R0 has SWITCH.
!macro IfWished SWITCH INSTRUCTION
  ClearErrors
  ${GetOptions} $R0 "${SWITCH}" $R1
  ${IfNot} ${Errors}
    ${INSTRUCTION}
  ${EndIf}
  ClearErrors
!macroend

; Tells why it goes no further: in a window, or, silently, in the file of /Log. The caller ends.
!macro Refuse STATUS SENTENCE
  SetErrorLevel ${STATUS}
  ${If} $Log != ""
    FileOpen $R9 $Log w
    FileWriteUTF16LE /BOM $R9 "${SENTENCE}$\r$\n"
    FileClose $R9
  ${EndIf}
  MessageBox MB_OK|MB_ICONEXCLAMATION "${SENTENCE}" /SD IDOK
!macroend

; Ends a silent installation; leaves a person on the page where something else can be chosen.
!macro StayOrQuit
  ${If} ${Silent}
    Quit
  ${EndIf}
  Abort
!macroend

; Ticks a section, or unticks it.
!macro TickIf SECTION CONDITION
  ${If} ${CONDITION}
    !insertmacro SelectSection ${SECTION}
  ${Else}
    !insertmacro UnselectSection ${SECTION}
  ${EndIf}
!macroend

; Takes the backslash from the end of a folder, so that two can be compared.
!macro TrimSlash FOLDER
  StrCpy $R1 ${FOLDER} 1 -1
  ${If} $R1 == "\"
    StrCpy ${FOLDER} ${FOLDER} -1
  ${EndIf}
!macroend
