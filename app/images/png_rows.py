"""PNG pictures some rows at a time, so that a large one never is in memory twice.

Undoing the filters of rows is left to a decoder: some rows become a PNG of their own, uncompressed, with the row above
them as its first one. As what it is read depends only on how many bytes a pixel has.
Source: PNG, third edition, 9.2. https://www.w3.org/TR/png-3/#9-overview
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from app.images.inflating import Unpacked
from app.problem import Problem
from app.text import say

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_WORDS = (b"eXIf", b"tEXt", b"zTXt", b"iTXt")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By the kind of colours."""
_BITS = (1, 2, 4, 8, 16)
_CARRIERS = {1: (8, 0), 2: (16, 0), 3: (8, 2), 4: (8, 6), 6: (16, 2), 8: (16, 6)}
"""Bits and kind of colours of a PNG that cv2 reads as it is, by the bytes of a pixel."""
_BAND_BYTES, _BAND_PIXELS = 4 << 20, 1 << 20
_MOST_CHUNKS = 1_000_000
_MOST_WIDTH = 1 << 19
"""cv2 reads rows of twice as many pixels."""


@dataclass(frozen=True, eq=False)
class PngRows:
    """The rows of a PNG that is not interlaced."""

    data: bytes
    width: int
    height: int
    bits: int
    colors: int
    places: list[tuple[int, int]]
    """Where its compressed rows lie, and how long they are."""
    early: list[bytes]
    """What is told of it in words before them: whole chunks."""
    late: list[bytes]
    """And behind them, where hardly any file has something."""

    @property
    def channels(self) -> int:
        """The number of channels."""
        return _CHANNELS[self.colors]

    @cached_property
    def row_bytes(self) -> int:
        """The length of a row in bytes, without its filter."""
        return -(-self.width * self.bits * self.channels // 8)

    @property
    def told(self) -> bytes:
        """A PNG of one pixel of which the same is told."""
        head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
        pixel = _chunk(b"IDAT", zlib.compress(bytes(2)))
        return b"".join((_SIGNATURE, _chunk(b"IHDR", head), *self.early, pixel, *self.late, _chunk(b"IEND", b"")))

    def bands(self) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """(the first row, (rows, row_bytes) as stored). Problem when it is damaged or cut off."""
        rows = max(1, min(_BAND_BYTES // (self.row_bytes + 1), _BAND_PIXELS // self.width))
        above = np.zeros(self.row_bytes, np.uint8)
        unpacked = Unpacked(self.data, self.places)
        for top in range(0, self.height, rows):
            count = min(rows, self.height - top)
            filtered = unpacked.take(count * (self.row_bytes + 1))
            band = self._unfiltered(filtered, above)
            above = band[-1]
            yield top, band

    def _unfiltered(self, filtered: bytes, above: NDArray[np.uint8]) -> NDArray[np.uint8]:
        kinds = np.frombuffer(filtered, np.uint8)[:: self.row_bytes + 1]
        if kinds.max() > 4:
            raise _damaged()
        pixel_bytes = max(1, self.bits * self.channels // 8)
        bits, colors = _CARRIERS[pixel_bytes]
        head = struct.pack(">IIBBBBB", self.row_bytes // pixel_bytes, len(kinds) + 1, bits, colors, 0, 0, 0)
        packed = zlib.compress(b"".join((b"\0", above.tobytes(), filtered)), 0)
        file = b"".join((_SIGNATURE, _chunk(b"IHDR", head), _chunk(b"IDAT", packed), _chunk(b"IEND", b"")))
        values = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_UNCHANGED)
        if values is None:
            raise _damaged()
        if colors:
            code = cv2.COLOR_BGR2RGB if colors == 2 else cv2.COLOR_BGRA2RGBA
            values = cv2.cvtColor(values, code)
        stored = values.astype(">u2") if bits == 16 else values
        return stored.reshape(len(kinds) + 1, -1).view(np.uint8)[1:]


def rows_of(data: bytes) -> PngRows | None:
    """Returns the rows of a PNG, to be read one after another. data: a whole file. None when it is interlaced, animated
    or not as it should be: whatever reads all of it tells what it is."""
    chunks = list(islice(_chunks(data), _MOST_CHUNKS))
    kinds = [kind for kind, _, _ in chunks]
    if (
        kinds[:1] != [b"IHDR"]
        or kinds.count(b"IHDR") > 1
        or b"IDAT" not in kinds
        or b"acTL" in kinds
        or chunks[0][2] < 13
    ):
        return None
    width, height, bits, colors, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, chunks[0][1])
    if interlaced or not 0 < width <= _MOST_WIDTH or not height or colors not in _CHANNELS or bits not in _BITS:
        return None
    places = [(at, length) for kind, at, length in chunks if kind == b"IDAT"]
    first = kinds.index(b"IDAT")
    early, late = (
        [data[at - 8 : at + length + 4] for kind, at, length in some if kind in _WORDS]
        for some in (chunks[:first], chunks[first:])
    )
    return PngRows(data, width, height, bits, colors, places, early, late)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where its content begins, how long it is) as far as they are there."""
    at = len(_SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at + 8, min(length, len(data) - at - 8)
        at += length + 12


def _chunk(kind: bytes, content: bytes) -> bytes:
    return b"".join(
        (struct.pack(">I", len(content)), kind, content, struct.pack(">I", zlib.crc32(content, zlib.crc32(kind))))
    )


def _damaged() -> Problem:
    return Problem(say("the picture is damaged or cut off."))
