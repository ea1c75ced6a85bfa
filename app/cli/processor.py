"""What the processor can do, before a library asks it for more.

On Intel and AMD, NumPy, torch and Qt need SSE4.2 (x86-64-v2) and end the process by an illegal instruction without it:
tried with an emulated Conroe; a Nehalem runs all.
"""

from __future__ import annotations

import platform
import sys
from contextlib import suppress
from functools import cache

from app.problem import Problem
from app.text import say

NEEDED = "sse4_2"
_CPUINFO = "/proc/cpuinfo"
_OF_WINDOWS = {"sse4_2": 38, "avx2": 40, "avx512f": 41}
"""The numbers of IsProcessorFeaturePresent."""


def refuse_old_processor() -> None:
    """Raises a Problem on a processor on which the libraries cannot run."""
    if has_feature(NEEDED) is False:
        raise Problem(say("This processor is too old: Maskwright needs one with SSE4.2, as are made since about 2011."))


def has_feature(name: str) -> bool | None:
    """Returns whether the processor has a feature, as Linux calls it; None where nobody tells or it is an ARM."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return None
    if sys.platform == "win32":
        import ctypes

        number = _OF_WINDOWS.get(name)
        return None if number is None else bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(number))
    return name in _flags() if _flags() else None


@cache
def _flags() -> frozenset[str]:
    """Returns those of the first core; none where the system does not tell."""
    with suppress(OSError), open(_CPUINFO, encoding="ascii", errors="replace") as file:  # noqa: PTH123
        for line in file:
            if line.startswith("flags"):
                return frozenset(line.partition(":")[2].split())
    return frozenset()
