; Stands in for the program: notes how it was started, and runs for as long as the environment says.
Target amd64-unicode
Unicode true
SilentInstall silent
RequestExecutionLevel user
Name "Stand-in"
OutFile "${OUTFILE}"

Section
  FileOpen $0 "$EXEDIR\started.txt" w
  FileWriteUTF16LE /BOM $0 $CMDLINE
  FileClose $0
  ReadEnvStr $1 STAND_IN_SECONDS
  IntOp $1 $1 * 1000
  Sleep $1
SectionEnd
