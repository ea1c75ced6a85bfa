"""Reads Qt's compiled resource files (.rcc). Source: qtbase, src/tools/rcc/rcc.cpp."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from app.problem import Problem
from app.text import say

_COMPRESSED, _FOLDER = 1, 2
_MAX_DEPTH = 32
_MAX_BYTES = 64 << 20
"""Of one resource: nothing larger is unpacked."""


def resources(path: Path) -> Iterator[tuple[str, bytes]]:
    """Path and content of every resource. Problem when the file is damaged."""
    data = path.read_bytes()
    if data[:4] != b"qres":
        raise Problem(say("{file} is not a Qt resource file.", file=path.name))
    try:
        yield from _Tree(data).below(0, "", 0)
    except (struct.error, zlib.error, UnicodeDecodeError) as error:
        raise Problem(say("{file} is damaged: {error}", file=path.name, error=error)) from error


class _Tree:
    def __init__(self, data: bytes) -> None:
        self._data = data
        version, self._nodes, self._contents, self._names = struct.unpack_from(">4I", data, 4)
        self._node_size = 22 if version >= 2 else 14  # version 2 keeps the time of the last change

    def below(self, index: int, prefix: str, depth: int) -> Iterator[tuple[str, bytes]]:
        at = self._nodes + index * self._node_size
        name, flags, first, second = struct.unpack_from(">IHII", self._data, at)
        path = f"{prefix}/{self._name(name)}" if depth else ""
        if not flags & _FOLDER:
            yield path, self._content(struct.unpack_from(">I", self._data, at + 10)[0], flags)
        elif depth < _MAX_DEPTH:
            for child in range(second, second + first):
                yield from self.below(child, path, depth + 1)

    def _name(self, offset: int) -> str:
        start = self._names + offset
        (length,) = struct.unpack_from(">H", self._data, start)
        return self._data[start + 6 : start + 6 + 2 * length].decode("utf-16-be")

    def _content(self, offset: int, flags: int) -> bytes:
        start = self._contents + offset
        (length,) = struct.unpack_from(">I", self._data, start)
        content = self._data[start + 4 : start + 4 + length]
        if flags & _COMPRESSED:  # four bytes of length first
            content = zlib.decompressobj().decompress(content[4:], _MAX_BYTES)
        return content
