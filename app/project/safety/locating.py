"""Where a project file is now that was renamed or moved while it is open."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from app.project.connection import FileId, file_id

_TRASH = {"trash", ".trash", ".trashes", "$recycle.bin"}


def path_of_open(file: FileId) -> Path | None:
    """Finds the present path of a file that this program has open. None when it was deleted, moved to another disk, or
    this system does not tell; Windows does not let an open file be moved."""
    for path in _paths_of_open(file):
        if file_id(path) == file:
            return path
    return None


def is_in_trash(path: Path) -> bool:
    """True for what was thrown away but not deleted yet, on Linux, macOS and Windows."""
    return any(part.lower() in _TRASH or part.lower().startswith(".trash-") for part in path.parts)


def _paths_of_open(file: FileId) -> Iterator[Path]:
    """Yields the paths under which this process has a file open, as the system tells of its descriptors."""
    for descriptor in _descriptors():
        with suppress(OSError, ValueError):
            status = os.fstat(descriptor)
            if (status.st_dev, status.st_ino) == file:
                yield _path_of(descriptor)


def _descriptors() -> list[int]:
    with suppress(OSError):
        return [int(name) for name in os.listdir("/dev/fd") if name.isdecimal()]  # noqa: PTH208 numbers, not files
    return []


def _path_of(descriptor: int) -> Path:
    """ValueError where the system has no way to tell."""
    if sys.platform == "darwin":
        import fcntl

        return Path(os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0")))  # pyright: ignore
    return Path(os.readlink(f"/proc/self/fd/{descriptor}"))  # noqa: PTH115 what it names may not be there
