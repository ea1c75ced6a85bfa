"""One window writes to a project. The system lets go of the lock when the program dies, however it dies.

A lock file that is deleted by hand frees its name: the next window would make another one and lock that. So the project
itself says too which lock file belongs to which process, and who writes looks before whether the file is still there.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from app.project.connection import FileId, file_id
from app.project.disks import knows_no_locks, lock_file
from app.project.journal import author

HELD = "It is open in another window"
FULL = "The disk is full."
UNWRITABLE = "The file cannot be written."
LINKED = "The file has a second name (a hard link), under which another window could write to it; copy it."
NO_LOCKS = "Its disk knows no locks, which keep two windows from writing to it at once; copy it to another disk."
SETTING = "lock"
"""Of the project: which lock file belongs to which process."""
_ours = set[FileId]()
"""Lock files that this process holds."""


class Hold:
    """Of a project, by this process."""

    def __init__(self, file: Path, lock: FileLock) -> None:
        self._file, self._lock = file, lock
        self._id = _noted(file)

    @property
    def record(self) -> dict[str, Any]:
        """For `is_alive`, as JSON holds it."""
        return {"file": list(self._id or ()), "computer": _computer(), "process": os.getpid()}

    @property
    def is_there(self) -> bool:
        """Whether the lock file is the one that we hold."""
        return self._id is not None and file_id(self._file) == self._id

    def is_rival(self, record: Any) -> bool:
        """Whether a process holds the project by another lock file, which was deleted. record: what the project says.
        Processes of other computers cannot be asked."""
        match record:
            case {"file": [int(device), int(number)], "computer": str(computer), "process": int(process)}:
                is_other = (device, number) != self._id and computer == _computer()
                return is_other and _holds(process, (device, number))
            case _:
                return False

    def taken_again(self) -> bool:
        """After the lock file was deleted. False when somebody else has taken it meanwhile."""
        again = FileLock(self._file)
        try:
            again.acquire(timeout=0)
        except (Timeout, OSError, NotImplementedError):
            return False
        self.release()
        self._lock, self._id = again, _noted(self._file)
        return True

    def release(self) -> None:
        _ours.discard(self._id or (0, 0))
        self._lock.release()


def take(project: Path) -> tuple[Hold | None, str]:
    """The lock on a project file, or None and the reason."""
    if not os.access(project if project.exists() else project.parent, os.W_OK):
        return None, UNWRITABLE
    if project.exists() and project.stat().st_nlink > 1:  # SQLite keeps a log for each of the names
        return None, LINKED
    file = lock_file(project)
    with suppress(OSError):  # taking it tells
        file.touch()
    if knows_no_locks(file):
        return None, NO_LOCKS
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None, HELD
    except (OSError, NotImplementedError):  # a folder that cannot be written to
        return None, UNWRITABLE
    return Hold(file, lock), ""


def _noted(file: Path) -> FileId | None:
    found = file_id(file)
    _ours.update([found] if found else [])
    return found


def _holds(process: int, file: FileId) -> bool:
    """Whether that process runs. Windows deletes no file that somebody has open, so that nobody asks there."""
    if process == os.getpid():
        return file in _ours
    if os.name == "nt" or process <= 0:
        return False
    try:
        os.kill(process, 0)  # asks, and ends nothing
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    return True


def _computer() -> str:
    """Two that count their processes apart (containers) have different ones."""
    with suppress(OSError):
        return f"{platform.node()} {Path('/proc/self/ns/pid').readlink()}"
    return platform.node()


@contextmanager
def released_on_error(lock: Hold | None) -> Generator[None, None, None]:
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
