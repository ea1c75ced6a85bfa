"""How much memory one picture may take while it is read: width x height x channels x depth x copies, held against what
the machine has free. A few bytes of a stranger can claim to be gigabytes; what a large file holds may take more.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.problem import Problem
from app.text import say

VIEW_BYTES = 640 << 20
"""For a picture that the person looks at, or that a command was asked about; with all its copies."""
AHEAD_BYTES = VIEW_BYTES // 4 * 3
"""For one that may be looked at next."""
THUMBNAIL_BYTES = VIEW_BYTES // 4 * 3
_ALWAYS_BYTES = 64 << 20
"""Is not worth asking for."""
_OF_FILE = 24
"""A file that is looked at gets so many times its own size, if that is more: a real picture of 400 megapixels."""
_OF_FREE = 2
"""At most this part of what is free."""
_UNKNOWN_BYTES = 2 << 30
"""Taken to be free where the system does not tell."""
_TURNS_FROM_BYTES = 256 << 20
_turns = threading.RLock()


class OverBudget(Problem):
    """Reading it would take more memory than there is for it."""


def check(size: tuple[int, int], needed_bytes: int, file_bytes: int, limit_bytes: int = VIEW_BYTES) -> None:
    """OverBudget when so much is not to be had for a picture (width, height). limit_bytes: one of those above."""
    if needed_bytes <= _ALWAYS_BYTES:
        return
    allowed = allowed_bytes(file_bytes, limit_bytes)
    if needed_bytes > allowed:
        needs = say(
            "reading its {width} x {height} pixels takes {needed_bytes:,.0f} MB of memory",
            width=size[0],
            height=size[1],
            needed_bytes=needed_bytes / 1e6,
        )
        raise OverBudget(
            say(
                "{needs}, and {allowed:,.0f} MB are there for it. Save it as a TIFF in tiles to open it.",
                needs=needs,
                allowed=allowed / 1e6,
            )
        )


def allowed_bytes(file_bytes: int, limit_bytes: int = VIEW_BYTES) -> int:
    """Returns how much memory a picture in a file of that size may take."""
    most = max(limit_bytes, _OF_FILE * file_bytes) if limit_bytes == VIEW_BYTES else limit_bytes
    return min(most, max(_ALWAYS_BYTES, free_bytes() // _OF_FREE))


@contextmanager
def turn(needed_bytes: int) -> Generator[None, None, None]:
    """Large pictures are read one after the other, whichever threads ask for them."""
    if needed_bytes < _TURNS_FROM_BYTES:
        yield
        return
    with _turns:
        try:
            yield
        finally:
            give_back()


def give_back() -> None:
    """What was freed in many pieces goes to the system at once: kept for later, it comes on top of the next picture or
    model. Takes some hundredths of a second."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # a C library without it
            ctypes.CDLL(None).malloc_trim(0)


def free_bytes() -> int:
    """Returns about how much memory this process could have without pushing others out, in bytes."""
    if sys.platform == "win32":
        return _free_on_windows()
    with suppress(OSError, ValueError, IndexError, StopIteration):
        told = _line("/proc/meminfo", "MemAvailable:") * 1024
        return min(told, *_free_in_group())
    with suppress(OSError, ValueError, AttributeError):  # macOS tells what there is, not what is free
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return _UNKNOWN_BYTES


def _line(file: str, name: str) -> int:
    """The number behind a name."""
    with open(file, encoding="ascii") as lines:  # noqa: PTH123  (often, and in half the time)
        return next(int(line.split()[1]) for line in lines if line.startswith(name))


_GROUPS = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""Of cgroups, the newer kind and the older one: the limit, what is used, and of that what is given back when wanted."""


def _free_in_group(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> list[int]:
    """What containers and services are limited to; a lot without a limit."""
    found = [sys.maxsize]
    for group in _groups(root, own):
        for limit, usage, idle in _GROUPS:
            with suppress(OSError, ValueError, StopIteration):  # "max": there is none
                most = int((group / limit).read_text())
                found.append(max(0, most - int((group / usage).read_text()) + _line(str(group / "memory.stat"), idle)))
    return found


def _groups(root: Path, own: Path) -> Iterator[Path]:
    """Where the limits of this process stand: seen from inside a container, at the root."""
    yield from (root, root / "memory")
    with suppress(OSError):
        for line in own.read_text().splitlines():
            _, kinds, below = line.split(":", 2)
            if kinds in ("", "memory"):
                yield root / kinds / below.lstrip("/")


class _MemoryStatus(ctypes.Structure):
    """The structure MEMORYSTATUSEX of the Windows API."""

    _fields_ = (
        ("length", ctypes.c_uint32), ("load", ctypes.c_uint32), ("total", ctypes.c_uint64),
        ("available", ctypes.c_uint64), ("more", ctypes.c_uint64 * 5),
    )  # fmt: skip


def _free_on_windows() -> int:
    status = _MemoryStatus()
    status.length = ctypes.sizeof(status)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  only there
    return int(status.available) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else _UNKNOWN_BYTES
