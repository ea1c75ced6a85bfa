"""Makes the frozen program in build/frozen/maskwright, with PyInstaller: `python packaging/freeze.py`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import notices
import sqlite
from version import ROOT

FROZEN = ROOT / "build" / "frozen" / "maskwright"


def freeze() -> Path:
    """Returns the folder of the frozen program, which is made anew."""
    install()
    notices.write()
    spec = str(ROOT / "packaging" / "pyinstaller.spec")
    folders = ["--distpath", str(FROZEN.parent), "--workpath", str(ROOT / "build" / "pyinstaller")]
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *folders, spec]
    print("pyinstaller", flush=True)
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "MASKWRIGHT_SQLITE": str(sqlite.build())})
    tidy(FROZEN)
    return FROZEN


def tidy(folder: Path) -> None:
    """Makes all files readable by everybody and only programs executable, and takes from Python's library what is for
    debuggers. Links to libraries that are not shipped go."""
    for path in [path for path in folder.rglob("*") if path.is_symlink() and not path.exists()]:
        path.unlink()
    for path in (path for path in folder.rglob("*") if not path.is_symlink()):
        path.chmod(0o755 if path.is_dir() or path.name in ("maskwright", "torch_shm_manager") else 0o644)
    if sys.platform == "linux" and shutil.which("strip"):
        for library in (folder / "_internal").glob("libpython*.so.*"):
            subprocess.run(["strip", "--strip-unneeded", str(library)], check=True)


def install() -> None:
    """Installs the program as it is now into the environment that is frozen, its files and what tells its version."""
    for left in (ROOT / "build" / "lib", *(ROOT / "build").glob("bdist.*")):
        shutil.rmtree(left, ignore_errors=True)  # setuptools would ship what was deleted since
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--force-reinstall"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(ROOT)], check=True)


if __name__ == "__main__":
    print(freeze())
