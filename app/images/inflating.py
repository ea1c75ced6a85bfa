"""Deflate unpacked a piece at a time: a few bytes unpack to a thousand times as many."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from app.problem import Problem
from app.text import say

_PACKED_BYTES, _UNPACKED_BYTES = 1 << 20, 4 << 20


class Unpacked:
    """What is packed in some places of a file, one after the other; never much more than is asked for."""

    def __init__(self, data: bytes, places: Iterable[tuple[int, int]]) -> None:
        """Prepares to unpack some places of a file. places: where they begin, and how long they are."""
        self._pieces = _pieces(data, places)
        self._inflate = zlib.decompressobj()

    def take(self, length: int) -> bytes:
        """Problem when there are fewer bytes."""
        parts: list[bytes] = []
        missing = length
        while missing:
            piece = self._inflate.unconsumed_tail or next(self._pieces, b"")
            part = self._inflate.decompress(piece, missing)
            if not part and not piece:
                raise Problem(say("the picture is damaged or cut off."))
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def inflated(data: bytes, place: tuple[int, int], length: int) -> NDArray[np.uint8]:
    """So many bytes, (length,), without a copy of all of them. Problem as Unpacked.take."""
    made, unpacked = np.empty(length, np.uint8), Unpacked(data, [place])
    for at in range(0, length, _UNPACKED_BYTES):
        some = made[at : at + _UNPACKED_BYTES]
        some[:] = np.frombuffer(unpacked.take(len(some)), np.uint8)
    return made


def _pieces(data: bytes, places: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    for start, length in places:
        for at in range(start, start + length, _PACKED_BYTES):
            yield data[at : min(at + _PACKED_BYTES, start + length)]
