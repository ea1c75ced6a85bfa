"""What the app of macOS says of itself; packaging/pyinstaller.spec gives it to PyInstaller's BUNDLE, which lays out
the app: Contents/MacOS the program, Frameworks its libraries, Resources the rest, each linked where the others look."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

from identity import APPLICATION, PROJECT

HERE = Path(__file__).resolve().parent
NAME = "Maskwright.app"


def info(of_version: str, numbers: str) -> dict[str, Any]:
    """Returns the Info.plist of a version.

    Args:
        of_version: As people read it, as in 0.2.0rc1.
        numbers: Three numbers, as in 0.2.0.
    """
    text = (HERE / "Info.plist").read_text(encoding="utf-8")
    text = text.replace("@APPLICATION@", APPLICATION).replace("@PROJECT@", PROJECT)
    told: dict[str, Any] = plistlib.loads(text.encode())
    return told | {"CFBundleShortVersionString": of_version, "CFBundleVersion": numbers}
