"""Files and folders that are being written: under a name of their own, beside the one they will have, that tells which
process writes them. So what a killed one left can be told from what another one is just writing, and goes."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Literal
from uuid import uuid4
from zlib import crc32

from app import private
from app.paths import cache_dir, config_dir, data_dir, is_own

_DAY_S = 24 * 60 * 60
_MOST_NOTED, _MOST_CHARACTERS = 200, 1 << 20
"""Of folders."""
_MOST_BYTES = 150
"""Of a name that is kept in another one; a name may have 255."""
_NAME = re.compile(
    r"\.(?P<was>.*)maskwright-(?P<computer>[0-9a-f]{8})-(?P<process>\d+)-[0-9a-f]{12}\.(part|old)(-wal|-shm|-journal)?",
    re.DOTALL,
)


def partial_of(target: Path) -> Path:
    """What will be renamed to target, on the same disk."""
    folder = target.absolute().parent
    _note(folder)
    return folder / f".{_signed()}.part"


def replaced(target: Path) -> Path:
    """What target is called while another one takes its place. It comes back when a kill lets none do so."""
    name = os.fsdecode(os.fsencode(target.name)[:_MOST_BYTES])
    return target.absolute().parent / f".{name}.{_signed()}.old"


@contextmanager
def temporary_folder(parent: Path | None = None) -> Generator[Path]:
    """Private, gone at the end. parent: the system's place for such things, unless told."""
    parent = parent or Path(tempfile.gettempdir())
    remove_leftovers(parent)
    folder = partial_of(parent / "any")
    folder.mkdir(0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Removes what programs that were killed left in a folder. Nothing happens where one may not."""
    with suppress(OSError):
        for path in [Path(entry) for entry in os.scandir(folder) if entry.name.startswith(".")]:
            signed = _NAME.fullmatch(path.name)
            with suppress(OSError):
                if signed and _is_over(signed["computer"], int(signed["process"]), path):
                    _remove(path, signed["was"].removesuffix("."))


def remove_own_leftovers() -> None:
    """Removes the leftovers in the user's own folders and in all that lie below them."""
    for own in (data_dir(), cache_dir(), config_dir()):
        for folder, _, _ in os.walk(own):
            remove_leftovers(Path(folder))


def remove_all_leftovers() -> None:
    """Removes the leftovers in every folder that is known to have been written in. The user's own folders are not among
    them."""
    for folder in _noted():
        remove_leftovers(folder)
    left = [folder for folder in _noted() if not folder.is_dir() or any(map(_NAME.fullmatch, _names(folder)))]
    _remember(left, "w")


def _note(folder: Path) -> None:
    """So that a start finds what a kill left there. The user's own folders and that of temporary files are known."""
    is_inside = any(map(_NAME.fullmatch, folder.parts))
    if not (is_inside or is_own(folder) or folder == Path(tempfile.gettempdir()) or folder in _noted()):
        _remember([folder], "a")


def _remember(folders: list[Path], how: Literal["a", "w"]) -> None:
    """Not where the window was never started: there is no folder for it, and no next start."""
    with (
        suppress(OSError),
        open(_memory(), how, encoding="utf-8", errors="surrogateescape", opener=private.opener) as file,
    ):
        file.write("".join(f"{folder}\0" for folder in folders))


def _noted() -> list[Path]:
    try:
        with open(_memory(), encoding="utf-8", errors="surrogateescape", opener=private.opener) as file:
            names = file.read(_MOST_CHARACTERS).split("\0")
    except OSError:
        return []
    return list(dict.fromkeys(Path(name) for name in names if name))[-_MOST_NOTED:]


def _memory() -> Path:
    return cache_dir() / "unfinished"


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  names are all that is wanted
    except OSError:
        return []


def _remove(path: Path, was: str) -> None:
    """Removes a leftover, or gives a file its name back. was: the name of what was to be replaced; "" of what was to
    replace it."""
    before = path.with_name(was) if was else None
    if before is not None and not os.path.lexists(before):
        if len(os.fsencode(was)) < _MOST_BYTES:
            path.rename(before)
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()


def _is_over(computer: str, process: int, path: Path) -> bool:
    """Whether who writes it is dead; when that cannot be told, whether nothing happened to it for a day."""
    if computer != _computer() or os.name == "nt":
        return process != os.getpid() and time.time() - _last_change(path) > _DAY_S
    return not _runs(process)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)  # asks, and ends nothing
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # of another user
        return True
    return True


def _last_change(path: Path) -> float:
    times = [path.lstat().st_mtime]
    for folder, _, files in os.walk(path):
        for name in ("", *files):
            with suppress(OSError):
                times.append((Path(folder) / name).lstat().st_mtime)
    return max(times)


def _signed() -> str:
    return f"maskwright-{_computer()}-{os.getpid()}-{uuid4().hex[:12]}"


@cache
def _computer() -> str:
    """Two that count their processes apart (computers, containers) have different ones."""
    processes = ""
    with suppress(OSError):
        processes = str(Path("/proc/self/ns/pid").readlink())
    return f"{crc32(f'{platform.node()} {processes}'.encode()):08x}"
