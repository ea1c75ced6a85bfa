"""The version of the program, for all that is built: app/__init__.py says it, and nothing else does."""

from __future__ import annotations

import runpy
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def version() -> str:
    """Returns the version as people read it, as in 0.1.0."""
    return str(runpy.run_path(str(ROOT / "app" / "__init__.py"))["__version__"])


def numbers(of: str, count: int = 4) -> str:
    """Returns a version as Windows and macOS want it: numbers only, as many as asked for (0.2.0rc1 is 0.2.0.0)."""
    found = ["".join(takewhile(str.isdigit, part)) or "0" for part in of.split(".")]
    return ".".join([*found, *["0"] * count][:count])


if __name__ == "__main__":
    print(version())
