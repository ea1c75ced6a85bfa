"""What is left on a disk after a power cut, made from what a program did to it (recording.c): what it waited for is
there; of the rest some writes are and some are not, and some are there in part."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_HEAD = struct.Struct("=c3q")
_SECTOR = 512


@dataclass(frozen=True)
class Act:
    """One thing that was done. kind: w(rite), t(runcate), s(ync), r(ename), u(nlink)."""

    kind: str
    path: str
    number: int
    data: bytes


@dataclass
class _File:
    """content: what is there for certain. waiting: what is not, in its order."""

    content: bytearray = field(default_factory=bytearray)
    waiting: list[Act] = field(default_factory=list[Act])


def recorder(folder: Path) -> Path:
    """Compiles the library that records; skips the test where there is no compiler."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("what is written is recorded by a library that a C compiler makes, on Linux")
    library = folder / "recording.so"
    source = Path(__file__).with_name("recording.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def acts(record: Path) -> Iterator[Act]:
    """Reads them in their order; the last one may have been cut off."""
    content, at = record.read_bytes(), 0
    while at + _HEAD.size <= len(content):
        kind, path_length, number, length = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        if at + path_length + length > len(content):
            return
        path = content[at : at + path_length].decode()
        at += path_length
        yield Act(kind.decode(), path, number, content[at : at + length])
        at += length


def cut(before: Path, folder: Path, record: Path, dice: random.Random) -> None:
    """Makes folder what it is after the power cut; before: a copy of it as it was when the recording began."""
    files = {str(folder / p.relative_to(before)): _File(bytearray(p.read_bytes())) for p in _files(before)}
    for act in acts(record):
        _apply(files, act)
    shutil.rmtree(folder)
    shutil.copytree(before, folder, ignore=lambda _, names: [n for n in names if not (before / n).is_dir()])
    for path, file in files.items():
        if path.endswith("-shm"):
            continue  # memory
        for act in file.waiting:
            _perhaps(file.content, act, dice)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(file.content)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _apply(files: dict[str, _File], act: Act) -> None:
    """Names change in their order, as a journal of the disk keeps it."""
    path = act.path.removesuffix(" (deleted)")
    match act.kind:
        case "r":
            if path in files:
                files[act.data.decode()] = files.pop(path)
        case "u":
            files.pop(path, None)
        case "s":
            if path in files:
                for waiting in files[path].waiting:
                    _do(files[path].content, waiting)
                files[path].waiting.clear()
        case _:
            files.setdefault(path, _File()).waiting.append(act)


def _do(content: bytearray, act: Act) -> None:
    if act.kind == "t":
        content[act.number :] = bytes(max(act.number - len(content), 0))
        return
    if len(content) < act.number:
        content += bytes(act.number - len(content))
    content[act.number : act.number + len(act.data)] = act.data


def _perhaps(content: bytearray, act: Act, dice: random.Random) -> None:
    """All of it, nothing, or whole sectors from its beginning."""
    chance = dice.random()
    if chance < 0.45:
        _do(content, act)
    elif chance < 0.6 and act.kind == "w":
        _do(content, Act("w", act.path, act.number, act.data[: dice.randrange(len(act.data) + 1) // _SECTOR * _SECTOR]))
