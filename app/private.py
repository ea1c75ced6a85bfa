"""Rights of what the program writes by itself: on a computer of many people it is for its owner alone, a project, its
backups and the user's own folders. What the person wants to have elsewhere gets the rights that the system gives.

Windows has no such bits: there the folders of a user are private already.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from app.paths import is_own

_FILE, _FOLDER = 0o600, 0o700


def make_folder(folder: Path) -> None:
    """Makes a folder with all that are missing above it; private when it is one of the user's own. OSError as of
    mkdir."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(_FOLDER if is_own(folder) else 0o777, exist_ok=True)


def opener(path: str, flags: int) -> int:
    """Opens a file for open(), as its `opener`: a file that it makes is private."""
    return os.open(path, flags, _FILE)


def create(file: Path, *, like: Path | None = None) -> None:
    """An empty file for the owner alone, or for all who may use another one. FileExistsError when it is there."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE))
    if like is not None:
        share(file, like)


def share(file: Path, like: Path) -> None:
    """Shares a file with those who may read or write another file, if that is there."""
    with suppress(OSError):
        _share(file, like.stat(), like.stat().st_mode & 0o666)


def share_with_nobody(folder: Path) -> None:
    """A folder that was copied with the rights that it had elsewhere, with all that is in it."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(_FOLDER if path.is_dir() else _FILE)


def make_folder_like(folder: Path, file: Path) -> None:
    """Makes a folder for all who may read or write a file. OSError as of mkdir."""
    with suppress(FileExistsError):
        folder.mkdir(_FOLDER)
        with suppress(OSError):
            mode = file.stat().st_mode & 0o666
            _share(folder, file.stat(), mode | (mode & 0o444) >> 2)


def _share(path: Path, status: os.stat_result, mode: int) -> None:
    """Gives a path the mode and the group of another. Where the group cannot be given, nobody gets what the group
    had."""
    if os.name == "nt":
        return
    if path.stat().st_gid != status.st_gid:
        try:
            os.chown(path, -1, status.st_gid)
        except OSError:
            mode &= ~0o070
    path.chmod(mode)
