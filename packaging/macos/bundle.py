"""What the app of macOS says of itself; packaging/pyinstaller.spec gives it to PyInstaller's BUNDLE, which lays out
the app: Contents/MacOS the program, Frameworks its libraries, Resources the rest, each linked where the others look."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NAME = "Maskwright.app"


def info(of_version: str, numbers: str) -> dict[str, Any]:
    """Returns the Info.plist of a version.

    Args:
        of_version: As people read it, as in 0.2.0rc1.
        numbers: Three numbers, as in 0.2.0.
    """
    told: dict[str, Any] = plistlib.loads((HERE / "Info.plist").read_bytes())
    return told | {"CFBundleShortVersionString": of_version, "CFBundleVersion": numbers}
