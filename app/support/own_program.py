"""How this program is started once more: from a checkout, installed, or frozen."""

from __future__ import annotations

import subprocess
import sys

_PATIENCE_S = 120


def own_command(*arguments: str) -> list[str]:
    """Returns the command line that runs this program with these arguments."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "app", *arguments]


def answer_of(*arguments: str) -> str:
    """Runs the program with these arguments and returns what it printed, or why there is nothing."""
    try:
        done = subprocess.run(
            own_command(*arguments),
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
