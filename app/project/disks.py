"""What a disk can do, asked without SQLite: whether it still gives a file, and whether it knows locks."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from app import private
from app.partial import partial_of

_HEADER_BYTES = 100
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)
_without_locks = set[int]()
"""Devices that answered so: SQLite would ask them for five seconds."""
_OPEN_FILES = (Path("/proc/self/fd"), Path("/dev/fd"))


def gives(path: Path) -> bool:
    """Whether the first bytes of the file come from the disk. SQLite calls EIO, which a pulled drive says, damage of
    the file."""
    try:
        with _descriptor(path) as descriptor:
            _forget_cached(descriptor)
            wanted = min(os.fstat(descriptor).st_size, _HEADER_BYTES)
            return len(_read(descriptor, wanted)) == wanted
    except OSError:
        return False


@contextmanager
def _descriptor(path: Path) -> Generator[int]:
    """Yields a descriptor of a file: SQLite's own where it has the file open, for whoever closes any other one takes
    all of its locks away, from all connections of this program (POSIX, https://www.sqlite.org/howtocorrupt.html
    2.2)."""
    already = _open_already(path.stat())
    if already is not None:
        yield already
        return
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open_already(status: os.stat_result) -> int | None:
    """A descriptor of this program, of that file."""
    for folder in _OPEN_FILES:
        if folder.is_dir():
            return next((number for number in map(int, os.listdir(folder)) if _is_of(number, status)), None)  # noqa: PTH208
    return None


def _is_of(descriptor: int, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), status)
    except OSError:  # the one that was used to list them
        return False


def _forget_cached(descriptor: int) -> None:
    """What the system still knows of a drive that is gone proves nothing."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _read(descriptor: int, count: int) -> bytes:
    if sys.platform == "win32":  # there nobody else has this descriptor
        return os.read(descriptor, count)
    return os.pread(descriptor, count, 0)


def knows_no_locks(file: Path) -> bool:
    """Whether the disk answers that it has none, for a file that is not SQLite's, and is locked for a moment. False
    when that cannot be told."""
    if sys.platform == "win32":
        return False
    import fcntl

    with suppress(OSError):
        descriptor = os.open(file, os.O_RDWR)
        try:
            if any(_is_refused(lock, descriptor) for lock in (fcntl.flock, fcntl.lockf)):
                _without_locks.add(os.fstat(descriptor).st_dev)
                return True
        finally:
            os.close(descriptor)
    return False


def _is_refused(lock: Callable[[int, int], object], descriptor: int) -> bool:
    import fcntl

    try:
        lock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _NO_LOCKS
    return False


def is_without_locks(path: Path, *, ask: bool) -> bool:
    """Whether that is known of the disk of a file. ask: it is found out with another file that is made for it beside
    it, if one can be made."""
    with suppress(OSError):
        if path.stat().st_dev in _without_locks:
            return True
        if ask:
            file = partial_of(path)
            private.create(file)
            try:
                return knows_no_locks(file)
            finally:
                file.unlink()
    return False


def lock_file(project: Path) -> Path:
    """Returns the path of the program's own lock on a project; SQLite has locks of its own in the project file."""
    return project.with_name(f"{project.name}.lock")
