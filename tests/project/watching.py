"""Every place below a folder that this process looks at: listed, opened, or only asked whether it is there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ASKING = ("stat", "lstat", "readlink", "access")
_watched: list[tuple[tuple[str, ...], list[str]]] = []


def _note(place: object) -> None:
    if not isinstance(place, str | bytes | os.PathLike):
        return
    path = os.fsdecode(place)
    for folders, touched in _watched:
        if path.startswith(folders):
            touched.append(path)


def _hear(event: str, arguments: tuple) -> None:
    if _watched and event in ("open", "os.scandir", "os.listdir", "os.mkdir", "os.rename"):
        _note(arguments[0])


sys.addaudithook(_hear)  # for ever: there is no way to take one back
_real = {name: getattr(os, name) for name in _ASKING}


@contextmanager
def watched(*folders: object) -> Iterator[list[str]]:
    """What is touched at or below them, while the block runs."""
    touched: list[str] = []
    _watched.append((tuple(map(str, folders)), touched))
    for name in _ASKING:
        setattr(os, name, _telling(name))
    try:
        yield touched
    finally:
        _watched.pop()
        if not _watched:
            for name in _ASKING:
                setattr(os, name, _real[name])


def _telling(name: str):
    real = _real[name]

    def ask(place, *arguments, **options):
        _note(place)
        return real(place, *arguments, **options)

    return ask
