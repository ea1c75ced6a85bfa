; The installer for Windows. `python3 packaging/windows_installer.py PAYLOAD` compiles it and passes
;   VERSION   of the program (0.1.0), NUMBERS the same as Windows wants it (0.1.0.0)
;   PARTS     a folder with files.nsh (what to install, and to remove), maskwright.ico, side.bmp and head.bmp
;   OUTFILE   where the installer is written; SIGN a command that signs a file, left out where nobody signs
;
; Silent: Setup.exe /S [/AllUsers | /CurrentUser] [/SideBySide] [/Desktop] [/NoAssociation] [/Downgrade] [/Log=FILE] [/D=FOLDER]
; (/D last, without quotes). Exit status: 0 done, 1 given up by the person, 2 broken off, and of what is refused:
!define RUNNING 3
!define NO_ROOM 4
!define NO_RIGHTS 5
!define NEWER 6
!define NO_FOLDER 7
!define BUSY 8
!define OLD_WINDOWS 9
!define HALF_DONE 10

!ifndef VERSION | NUMBERS | PARTS | OUTFILE
  !error "Run python3 packaging/windows_installer.py: it says what is to be installed."
!endif

Target amd64-unicode
Unicode true
ManifestDPIAware true
ManifestSupportedOS Win10
ManifestLongPathAware true
; for oneself no administrator is needed; for everybody the installer starts itself anew as one
RequestExecutionLevel user
SetCompressor /SOLID lzma
SetCompressorDictSize 32
AllowSkipFiles off

!define EXE "maskwright.exe"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall"
!define APP_PATHS "Software\Microsoft\Windows\CurrentVersion\App Paths"

Name "Maskwright"
BrandingText "Maskwright ${VERSION}"
OutFile "${OUTFILE}"
InstallDir "\\unnamed\Maskwright" ; whoever browses gets \Maskwright behind what is chosen
VIProductVersion "${NUMBERS}"
VIAddVersionKey ProductName "Maskwright"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "Installs Maskwright"
VIAddVersionKey CompanyName "The Maskwright developers"
VIAddVersionKey LegalCopyright "Apache-2.0"
!ifdef SIGN
  !finalize '${SIGN} "%1"'
  !uninstfinalize '${SIGN} "%1"'
!endif

Var Scope ; AllUsers or CurrentUser
Var Named ; the folder of /D, or nothing
Var Title ; Maskwright, or with its version where it stands beside another one: key, folder, links
Var ProgId ; the kind of file that *.maskwright is
Var Old ; the folder of the version that is replaced, or nothing
Var OldVersion
Var Log ; a file that is told what was refused, or nothing

!include LogicLib.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include WinVer.nsh
!include MUI2.nsh
!include /CHARSET=UTF8 "${PARTS}/files.nsh"
!include packaging/windows/macros.nsh

!define MUI_ICON "${PARTS}/maskwright.ico"
!define MUI_UNICON "${PARTS}/maskwright.ico"
!define MUI_HEADERIMAGE
!define MUI_HEADERIMAGE_RIGHT
!define MUI_HEADERIMAGE_BITMAP "${PARTS}/head.bmp"
!define MUI_HEADERIMAGE_BITMAP_STRETCH AspectFitHeight
!define MUI_HEADERIMAGE_UNBITMAP "${PARTS}/head.bmp"
!define MUI_HEADERIMAGE_UNBITMAP_STRETCH AspectFitHeight
!define MUI_WELCOMEFINISHPAGE_BITMAP "${PARTS}/side.bmp"
!define MUI_WELCOMEFINISHPAGE_BITMAP_STRETCH AspectFitHeight
!define MUI_ABORTWARNING
!define MUI_ABORTWARNING_TEXT "Leave without installing Maskwright?"

!define MUI_WELCOMEPAGE_TITLE "Maskwright ${VERSION}"
!define MUI_WELCOMEPAGE_TEXT "Labels images with Segment Anything, on this computer and without a network.$\r$\n$\r$\n\
  Your projects and settings are left as they are."
!define MUI_PAGE_CUSTOMFUNCTION_PRE SkipWhenChosen
!insertmacro MUI_PAGE_WELCOME
Page custom ShowChoice LeaveChoice
!define MUI_PAGE_HEADER_TEXT "What to install"
!define MUI_PAGE_HEADER_SUBTEXT ""
!define MUI_COMPONENTSPAGE_NODESC
!define MUI_COMPONENTSPAGE_TEXT_TOP "Maskwright is installed with what is ticked."
!define MUI_COMPONENTSPAGE_TEXT_COMPLIST "Install:"
!insertmacro MUI_PAGE_COMPONENTS
!define MUI_PAGE_HEADER_TEXT "Where to install"
!define MUI_PAGE_HEADER_SUBTEXT ""
!define MUI_DIRECTORYPAGE_TEXT_TOP "The program goes into this folder. Projects and settings do not: they stay when it is removed."
!define MUI_DIRECTORYPAGE_VERIFYONLEAVE
!define MUI_PAGE_CUSTOMFUNCTION_LEAVE LeaveFolder
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_TITLE "Maskwright is installed"
!define MUI_FINISHPAGE_TEXT "Double click a project (*.maskwright), or start Maskwright and open a folder of images."
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_TEXT "Start Maskwright"
!define MUI_FINISHPAGE_RUN_FUNCTION StartProgram
!insertmacro MUI_PAGE_FINISH

!define MUI_PAGE_HEADER_TEXT "Remove Maskwright"
!define MUI_PAGE_HEADER_SUBTEXT ""
!define MUI_UNCONFIRMPAGE_TEXT_TOP "The program is removed. Your projects, settings and downloaded models stay where they are."
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English

Section "Maskwright" SectionProgram
  SectionIn RO
  Call RefuseWhileRunning
  Call RefuseFolder
  ${If} $Old != ""
    Push $Old
    Call RemoveVersion
  ${EndIf}
  ${If} ${FileExists} "$INSTDIR\uninstall.exe" ; another version that was put here, of whatever title
    Push $INSTDIR
    Call RemoveVersion
  ${EndIf}
  SetOutPath $INSTDIR
  WriteUninstaller "$INSTDIR\uninstall.exe" ; first: what breaks off below can be removed
  ClearErrors
  !insertmacro InstallFiles
  ${If} ${Errors}
    !insertmacro Refuse ${HALF_DONE} "Not every file could be written to $INSTDIR. Please run this installer again."
    Quit
  ${EndIf}
  Call Register
SectionEnd

Section "In the Start menu" SectionMenu
  CreateShortcut "$SMPROGRAMS\$Title.lnk" "$INSTDIR\${EXE}"
SectionEnd

Section /o "On the desktop" SectionDesktop
  CreateShortcut "$DESKTOP\$Title.lnk" "$INSTDIR\${EXE}"
SectionEnd

Section "Open *.maskwright with it" SectionAssociation
  Call Associate
SectionEnd

!include packaging/windows/checks.nsh
!include packaging/windows/registry.nsh
!include packaging/windows/choice.nsh

Function .onInit
  SetRegView 64
  Call ReadWishes
  Call RefuseSystem
  Call Choose
  ${If} ${Silent}
    Call RefuseDowngrade
    Call RefuseScope
    Call RefuseWhileRunning
    Call RefuseFolder
  ${EndIf}
FunctionEnd

; Whatever was refused on the way, and then chosen otherwise.
Function .onInstSuccess
  SetErrorLevel 0
FunctionEnd

; What the command line asks for.
Function ReadWishes
  ${GetParameters} $R0
  ${GetOptions} $R0 "/Log=" $Log
  ClearErrors
  ; NSIS passes over a folder in quotes, as PowerShell hands it on, and one on a disk that is not there: asks anew
  System::Call 'kernel32::GetCommandLineW() w .R2'
  ${WordFind} $R2 "/D=" "E+1}" $R1
  ${IfNot} ${Errors}
    ${WordFind} $R1 '"' "+1" $Named
  ${EndIf}
  ClearErrors
  !insertmacro TrimSlash $Named
  !insertmacro IfWished "/AllUsers" `StrCpy $Scope AllUsers`
  !insertmacro IfWished "/CurrentUser" `StrCpy $Scope CurrentUser`
  StrCpy $Title "Maskwright"
  !insertmacro IfWished "/SideBySide" `StrCpy $Title "Maskwright ${VERSION}"`
FunctionEnd

Function LeaveFolder
  Call RefuseFolder
FunctionEnd

; Through the desktop, so that it runs as the person and not as an administrator.
Function StartProgram
  Exec '"$WINDIR\explorer.exe" "$INSTDIR\${EXE}"'
FunctionEnd

; The version in the folder on the stack leaves; its links and what opens *.maskwright stay for the new one.
Function RemoveVersion
  Pop $R0
  ${If} ${FileExists} "$R0\uninstall.exe"
    DetailPrint "Removing the version that was there"
    ExecWait '"$R0\uninstall.exe" /S /Upgrade _?=$R0' $R1
    ${If} $R1 != 0
      !insertmacro Refuse $R1 "The version in $R0 could not be removed. It is still there."
      Quit
    ${EndIf}
    Delete "$R0\uninstall.exe"
    RMDir $R0
  ${EndIf}
FunctionEnd

!include packaging/windows/uninstall.nsh
