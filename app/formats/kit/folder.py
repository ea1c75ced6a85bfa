"""Folders that are written whole or not at all, and that take the place of nothing but what we wrote ourselves."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from app.atomic import replacing
from app.formats.kit.files import UNDECODABLE
from app.partial import partial_of, replaced
from app.problem import Problem
from app.project.scan import EXPORTED
from app.text import say


@contextmanager
def replacing_folder(folder: Path) -> Generator[Path]:
    """Makes a new folder beside folder, which takes its place when the block ends well; otherwise nothing changes.
    Problem when it cannot be written, or folder holds anything else than what an export put there."""
    folder = folder.absolute()
    _check_ours(folder)
    part = partial_of(folder)
    try:
        part.mkdir()
        yield part
        listed = _listed(part)
        with replacing(part / EXPORTED) as stream:
            stream.write(msgspec.json.encode(listed))
        _take_place(part, folder)
    except OSError as error:
        raise Problem(say("{folder} cannot be written: {reason}.", folder=folder, reason=error.strerror)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def may_be_replaced(folder: Path) -> bool:
    """Returns True if nothing lies there, or what an export wrote; what else has come to that is told at the end."""
    if folder.is_symlink() or not folder.is_dir():
        return not os.path.lexists(folder)
    try:
        return (folder / EXPORTED).is_file() or not any(folder.iterdir())
    except OSError:
        return False


def _check_ours(folder: Path) -> None:
    try:
        if not folder.exists() and not folder.is_symlink():
            return
        if folder.is_symlink() or not folder.is_dir():
            raise Problem(say("{folder} is not a folder; choose another name.", folder=folder.name))
        there = _listed(folder)
        written = _list_of(folder) if there else {}
    except OSError as error:
        raise Problem(say("{folder} cannot be written: {reason}.", folder=folder, reason=error.strerror)) from error
    foreign = sorted(there.keys() - written.keys()) or sorted(name for name in there if there[name] != written[name])
    if foreign:
        raise Problem(
            say(
                "{folder} holds what no export wrote ({foreign_1}); choose another name or an empty folder.",
                folder=folder.name,
                foreign_1=foreign[0],
            )
        )


def _list_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Nothing when it is not ours."""
    try:
        return msgspec.json.decode((folder / EXPORTED).read_bytes(), type=dict[str, tuple[int, int]])
    except (OSError, *UNDECODABLE):
        return {}


def _listed(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time by path, of what is no folder."""
    return {
        path.relative_to(folder).as_posix(): ((status := path.lstat()).st_size, status.st_mtime_ns)
        for path in folder.rglob("*")
        if path != folder / EXPORTED and (path.is_symlink() or not path.is_dir())
    }


def _take_place(part: Path, folder: Path) -> None:
    """The old one is only gone when the new one is there."""
    _check_ours(folder)  # again: an export may take minutes
    if not folder.exists():
        part.rename(folder)
        return
    old = replaced(folder)
    folder.rename(old)
    try:
        part.rename(folder)
    except OSError:
        with suppress(OSError):
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
