"""Compiles installer.nsi: `python packaging/windows_installer.py PAYLOAD` makes dist/Maskwright-VERSION-Setup.exe.

PAYLOAD is the folder with maskwright.exe. makensis runs on Linux too (Debian: `apt install nsis`); the official one for
Windows lacks the stubs for 64 bits that the script asks for. MASKWRIGHT_SIGN, if set, is a command that signs the
installer and its uninstaller: it is given the path of the file.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath, PureWindowsPath

from version import ROOT, numbers, version

EXE = "maskwright.exe"


def compile_installer(payload: Path, out: Path, *, of_version: str | None = None, sign: str = "") -> Path:
    """Compiles the installer of what lies in a folder.

    Args:
        payload: The folder with maskwright.exe; all of it is installed.
        out: The folder that the installer is written to.
        of_version: As people read it; None is that of the program.
        sign: A command that signs the file whose path it is given; "" signs nothing.

    Returns:
        The path of the installer.

    Raises:
        FileNotFoundError: There is no maskwright.exe in the payload.
        subprocess.CalledProcessError: makensis refused, and its output has told why.
    """
    if not (payload / EXE).is_file():
        raise FileNotFoundError(f"{payload} has no {EXE}.")
    of_version = of_version or version()
    out.mkdir(parents=True, exist_ok=True)
    outfile = out.resolve() / f"Maskwright-{of_version}-Setup.exe"
    with tempfile.TemporaryDirectory(prefix="maskwright-nsis-") as folder:
        write_parts(payload, Path(folder))
        defines = {"VERSION": of_version, "NUMBERS": numbers(of_version), "PARTS": folder, "OUTFILE": str(outfile)}
        defines |= {"SIGN": sign} if sign else {}
        options = [f"-D{name}={value}" for name, value in defines.items()]
        command = ["makensis", "-V2", "-WX", "-INPUTCHARSET", "UTF8", *options, str(ROOT / "installer.nsi")]
        subprocess.run(command, check=True, cwd=ROOT)
    return outfile


def write_parts(payload: Path, folder: Path) -> None:
    """Writes what installer.nsi includes: the list of files, and pictures."""
    from icons import write_head, write_ico, write_side  # brings Qt

    (folder / "files.nsh").write_text(file_list(payload), encoding="utf-8-sig")
    write_ico(folder / "maskwright.ico")
    write_side(folder / "side.bmp")
    write_head(folder / "head.bmp")


def file_list(payload: Path) -> str:
    """Returns the macros that install and remove each file of a folder, so that nothing else is ever removed."""
    payload = payload.resolve()
    files = sorted(path.relative_to(payload) for path in payload.rglob("*") if path.is_file())
    folders = sorted({parent for file in files for parent in file.parents if parent.parts})
    install, remove, here = [], [], None
    for file in sorted(files, key=lambda file: (file.parent, file)):
        if file.parent != here:
            here = file.parent
            install.append(f'SetOutPath "{installed(here)}"')
        install.append(f'File "/oname={escaped(file.name)}" "{payload / file}"')
        remove.append(f'Delete "{installed(file)}"')
    remove += [f'RMDir "{installed(folder)}"' for folder in reversed(folders)]
    return "\n".join(["!macro InstallFiles", *install, "!macroend", "!macro RemoveFiles", *remove, "!macroend", ""])


def installed(path: PurePosixPath | Path) -> str:
    """Returns where a file of the payload lies once it is installed, as NSIS writes it."""
    return escaped(str(PureWindowsPath("INSTDIR", *path.parts))).replace("INSTDIR", "$INSTDIR", 1)


def escaped(text: str) -> str:
    """Returns a text as it stands between double quotes in NSIS."""
    return text.replace("$", "$$").replace('"', '$\\"')


def main() -> int:
    """Compiles the installer of the folder that the command line names, and prints its path."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("payload", type=Path, help="the folder with maskwright.exe")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="the folder for the installer")
    options = parser.parse_args()
    if not shutil.which("makensis"):
        print("makensis is missing. Debian calls the package nsis.", file=sys.stderr)
        return 1
    print(compile_installer(options.payload, options.out, sign=os.environ.get("MASKWRIGHT_SIGN", "")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
