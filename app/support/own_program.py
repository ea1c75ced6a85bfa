"""How this program is started once more: from a checkout, installed, or frozen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app.paths import is_frozen

_ROOT = Path(__file__).resolve().parents[2]
"""The folder that the package lies in."""
_PATIENCE_S = 120


def own_command(*arguments: str) -> list[str]:
    """Returns the command line that runs this program with these arguments, in `own_environment`."""
    if is_frozen():
        return [sys.executable, *arguments]
    return [sys.executable, "-P", "-m", "app", *arguments]  # -P: the folder one works in may hold another `app`


def own_environment() -> dict[str, str]:
    """Returns the surroundings in which the other process finds this very package."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def english_environment() -> dict[str, str]:
    """Returns `own_environment` with English sentences: for what is read by a program, or by whoever mends this one."""
    return {**own_environment(), "LC_ALL": "C.UTF-8"}


def answer_of(*arguments: str) -> str:
    """Runs the program with these arguments and returns what it printed, in English, or why there is nothing."""
    try:
        done = subprocess.run(
            own_command(*arguments),
            env=english_environment(),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=_PATIENCE_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"({type(error).__name__})"
    return done.stdout or done.stderr
