"""The recipe of the AppImage: `python packaging/linux/appimage.py` makes build/Maskwright.AppDir of the frozen program,
and dist/Maskwright-VERSION-x86_64.AppImage where appimagetool is on the path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from linux.share import put, write_share
from linux.tarball import link
from version import ROOT, version

APPRUN = """#!/bin/sh
exec "${APPDIR:-$(dirname -- "$(readlink -f -- "$0")")}/usr/lib/maskwright/maskwright" "$@"
"""


def write_appdir(frozen: Path, folder: Path) -> Path:
    """Makes the folder that an AppImage is made of, and returns it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(frozen, folder / "usr" / "lib" / "maskwright", symlinks=True, copy_function=link)
    (folder / "usr" / "bin").mkdir()
    (folder / "usr" / "bin" / "maskwright").symlink_to("../lib/maskwright/maskwright")
    write_share(folder / "usr" / "share")
    put(folder / "AppRun", APPRUN)
    (folder / "AppRun").chmod(0o755)
    (folder / "maskwright.desktop").symlink_to("usr/share/applications/maskwright.desktop")
    (folder / "maskwright.svg").symlink_to("usr/share/icons/hicolor/scalable/apps/maskwright.svg")
    (folder / ".DirIcon").symlink_to("usr/share/icons/hicolor/256x256/apps/maskwright.png")
    return folder


def write_appimage(frozen: Path, folder: Path, out: Path) -> Path | None:
    """Makes the AppImage and returns its path; None without appimagetool, for which the folder is then ready."""
    write_appdir(frozen, folder)
    if shutil.which("appimagetool") is None:
        return None
    image = out / f"Maskwright-{version()}-x86_64.AppImage"
    out.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "ARCH": "x86_64", "VERSION": version()}
    subprocess.run(["appimagetool", "--no-appstream", str(folder), str(image)], check=True, env=environment)
    return image


if __name__ == "__main__":
    made = write_appimage(ROOT / "build" / "frozen" / "maskwright", ROOT / "build" / "Maskwright.AppDir", ROOT / "dist")
    print(made or "build/Maskwright.AppDir is ready: appimagetool, which makes the AppImage, is missing here.")
