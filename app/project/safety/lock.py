"""One window writes to a project. The system lets go of the lock when the program dies, however it dies.

A lock file that is deleted by hand frees its name: the next window would make another one and lock that. So the project
itself says too which lock file is held, and who writes looks before whether the file is still there.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from app import private
from app.project.connection import file_id
from app.project.disks import knows_no_locks, lock_file
from app.project.history.journal import author
from app.text import say

HELD = say("It is open in another window")
FULL = say("The disk is full.")
UNWRITABLE = say("The file cannot be written.")
LINKED = say("The file has a second name (a hard link), under which another window could write to it; copy it.")
NO_LOCKS = say("Its disk knows no locks, which keep two windows from writing to it at once; copy it to another disk.")


class Hold:
    """The lock on a project, held by this process."""

    def __init__(self, project: Path, lock: FileLock) -> None:
        self._project, self._file, self._lock = project, lock_file(project), lock
        self._id = file_id(self._file)

    @property
    def name(self) -> str:
        """What tells this lock file from any other one that is there or held."""
        return " ".join(map(str, self._id or ()))

    @property
    def is_there(self) -> bool:
        """Whether the lock file is the one that we hold."""
        return self._id is not None and file_id(self._file) == self._id

    def taken_again(self) -> bool:
        """After the lock file was deleted. False when somebody else has taken it meanwhile."""
        again = FileLock(self._file, thread_local=False)
        try:
            with suppress(FileExistsError):
                private.create(self._file, like=self._project)
            again.acquire(timeout=0)
        except (Timeout, OSError, NotImplementedError):
            return False
        self._lock.release()
        self._lock, self._id = again, file_id(self._file)
        return True

    def moved_to(self, project: Path) -> Hold | None:
        """The same lock, when its file was moved with the project."""
        return Hold(project, self._lock) if self._id is not None and file_id(lock_file(project)) == self._id else None

    def release(self) -> None:
        """Lets the lock go; another window may write then."""
        self._lock.release()


def take(project: Path) -> tuple[Hold | None, str]:
    """The lock on a project file, or None and the reason."""
    if not os.access(project if project.exists() else project.parent, os.W_OK):
        return None, UNWRITABLE
    if project.exists() and project.stat().st_nlink > 1:  # SQLite keeps a log for each of the names
        return None, LINKED
    file = lock_file(project)
    with suppress(OSError):  # taking it tells, if it is not there already
        private.create(file, like=project if project.exists() else None)
    if knows_no_locks(file):
        return None, NO_LOCKS
    lock = FileLock(file, thread_local=False)  # the project may be taken over by another thread
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None, HELD
    except (OSError, NotImplementedError):  # a folder that cannot be written to
        return None, UNWRITABLE
    return Hold(project, lock), ""


@contextmanager
def released_on_error(lock: Hold | None) -> Generator[None, None, None]:
    """Releases the lock when the block inside ends with an error."""
    try:
        yield
    except BaseException:
        if lock is not None:
            lock.release()
        raise


def holder() -> str:
    """Who we are, for the sentence in the second window."""
    time = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    computer = platform.node() or say("this computer")
    told = say(
        "{author} on {computer}, process {pid}, since {time}",
        author=author(), computer=computer, pid=str(os.getpid()), time=time,
    )  # fmt: skip
    return told.english
