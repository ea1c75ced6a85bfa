"""The frozen program that `python3 dev.py package` left in build/, run as a normal user would: with nothing of this
environment's Python."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FROZEN = Path(__file__).parents[2] / "build" / "frozen" / "maskwright" / "maskwright"
NOBODY = 65534
_IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
AS_NORMAL_USER = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if _IS_ROOT else []
"""What stands before a command: root may write everywhere."""

frozen_tests = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not FROZEN.exists(), reason="there is no frozen program (python3 dev.py package frozen)"),
]
"""The marks of a module of tests of it: to make one takes ten minutes."""


def surroundings(home: Path, **more: str) -> dict[str, str]:
    """Returns all of the environment that it gets, without a screen."""
    told = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    return {**told, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1", **more}


def give_to_normal_user(*paths: Path) -> None:
    """Lets who runs the program write to folders and to what is in them."""
    for path in (each for folder in paths for each in (folder, *folder.rglob("*"))):
        if _IS_ROOT:
            os.chown(path, NOBODY, NOBODY)
