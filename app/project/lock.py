"""One window writes to a project. The system lets go of the lock when the program dies, however it dies."""

from __future__ import annotations

import os
import platform
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from app.project.journal import author

HELD = "It is open in another window"
FULL = "The disk is full."
UNWRITABLE = "The file cannot be written."
LINKED = "The file has a second name (a hard link), under which another window could write to it; copy it."


def take(project: Path) -> tuple[FileLock | None, str]:
    """The lock on a project file, or None and the reason."""
    if not os.access(project if project.exists() else project.parent, os.W_OK):
        return None, UNWRITABLE
    if project.exists() and project.stat().st_nlink > 1:  # SQLite keeps a log for each of the names
        return None, LINKED
    lock = FileLock(f"{project}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None, HELD
    except (OSError, NotImplementedError):  # a folder that cannot be written to, a disk that knows no locks
        return None, UNWRITABLE
    return lock, ""


@contextmanager
def released_on_error(lock: FileLock | None) -> Generator[None, None, None]:
    try:
        yield
    except BaseException:
        if lock is not None:
            lock.release()
        raise


def holder() -> str:
    """Who we are, for the sentence in the second window."""
    time = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{author()} on {platform.node() or 'this computer'}, process {os.getpid()}, since {time}"
