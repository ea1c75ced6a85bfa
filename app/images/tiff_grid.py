"""The tiles or strips of one page of a TIFF file, and some of them as a file of their own: of a picture of a gigapixel
only what is looked at is read, by whatever reads TIFF files."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import IO

import numpy as np
from numpy.typing import NDArray

from app.images import tiff
from app.images.tiff import Entries, Entry, TiffLayout
from app.masks.rle import MAX_IMAGE_PIXELS
from app.problem import Problem

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_ORIENTATION, _SAMPLES, _STRIP_ROWS, _PLANES, _TILE_WIDTH, _TILE_HEIGHT, _FORMAT = 274, 277, 278, 284, 322, 323, 339
_OF_THE_PICTURE = frozenset(
    {256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324, 325, 332, 334, 336, 338}
    | {339, 340, 341, 347, 529, 530, 531, 532, tiff.NOTHING}
)
"""What a decoder has to know. The orientation is left to us."""
_PLAIN, _JPEG_COLORS, _SEPARATE = 1, 6, 2
MOST_PART_PIXELS = 8_000_000
"""A tile or strip is decoded as a whole."""
_MOST_PART_WIDTH = 500_000
_MOST_LETTERS = 64
_MOST_PART_BYTES = 64 << 20


@dataclass(frozen=True)
class PixelWindow:
    """The pixels x0 <= x < x1, y0 <= y < y1 of a picture as it is stored."""

    x0: int
    y0: int
    x1: int
    y1: int


@dataclass(frozen=True, eq=False)
class Grid:
    """All in pixels as they are stored, before they are turned as EXIF says."""

    layout: TiffLayout
    entries: Entries
    values: dict[int, bytes]
    width: int
    height: int
    part_width: int
    part_height: int
    places: NDArray[np.int64]
    """(planes, rows, columns) of parts: where they lie."""
    lengths: NDArray[np.int64]
    pixel_bytes: int
    """Of plain strips, whose rows are read alone; 0 for parts that only a decoder can take apart."""
    orientation: int
    """EXIF 1-8"""
    is_turn_told: bool
    """Whether the page says its orientation itself."""
    kind: tuple[object, ...]
    """Of its numbers and colours."""

    @property
    def is_plain(self) -> bool:
        """True for plain strips, whose rows are read alone."""
        return self.pixel_bytes > 0

    @property
    def columns(self) -> int:
        """The number of parts in a row."""
        return self.places.shape[2]

    def around(self, window: PixelWindow) -> PixelWindow:
        """The parts that a window touches."""
        if self.is_plain:
            return window
        x0, y0 = window.x0 // self.part_width * self.part_width, window.y0 // self.part_height * self.part_height
        x1 = min(-(-window.x1 // self.part_width) * self.part_width, self.width)
        y1 = min(-(-window.y1 // self.part_height) * self.part_height, self.height)
        return PixelWindow(x0, y0, x1, y1)

    def file(self, stream: IO[bytes], window: PixelWindow, step: int = 1) -> bytes:
        """A TIFF file of around(window). step: only every so many pixels and rows, of plain strips alone."""
        if self.is_plain:
            return self._plain_file(stream, window, step)
        x0, y0 = window.x0 // self.part_width, window.y0 // self.part_height
        x1, y1 = -(-window.x1 // self.part_width), -(-window.y1 // self.part_height)
        planes = range(self.places.shape[0])
        segments = [self._part(stream, at) for at in product(planes, range(y0, y1), range(x0, x1))]
        around = self.around(window)
        return self._file(around.x1 - around.x0, around.y1 - around.y0, segments)

    def _is_hole(self, at: tuple[int, int, int]) -> bool:
        """Whether a part is not there: programs leave out what holds nothing."""
        return self.places[at] == self.lengths[at] == 0

    def _part(self, stream: IO[bytes], at: tuple[int, int, int]) -> bytes:
        length = int(self.lengths[at])
        if length > _MOST_PART_BYTES:
            raise tiff.damaged()
        return tiff.read_at(stream, int(self.places[at]), length)

    def _plain_file(self, stream: IO[bytes], window: PixelWindow, step: int) -> bytes:
        width = -(-(window.x1 - window.x0) // step)
        rows = [self._row(stream, y, window, step) for y in range(window.y0, window.y1, step)]
        return self._file(width, len(rows), [b"".join(rows)])

    def _row(self, stream: IO[bytes], y: int, window: PixelWindow, step: int) -> bytes:
        strip, row = divmod(y, self.part_height)
        row_bytes = self.width * self.pixel_bytes
        if self._is_hole((0, strip, 0)):
            return bytes(-(-(window.x1 - window.x0) // step) * self.pixel_bytes)
        if (row + 1) * row_bytes > self.lengths[0, strip, 0]:
            raise tiff.damaged()
        at = int(self.places[0, strip, 0]) + row * row_bytes + window.x0 * self.pixel_bytes
        data = tiff.read_at(stream, at, (window.x1 - window.x0) * self.pixel_bytes)
        if step == 1:
            return data
        return np.frombuffer(data, np.uint8).reshape(-1, self.pixel_bytes)[::step].tobytes()

    def _file(self, width: int, height: int, segments: list[bytes]) -> bytes:
        """Returns a TIFF file of so many pixels with these segments."""
        changed = {_WIDTH: [width], _HEIGHT: [height]}
        if self.is_plain:
            changed[_STRIP_ROWS] = [height]
        counts = next(counts for _, counts in tiff.SEGMENTS if counts in self.values)
        changed[counts] = [len(segment) for segment in segments]
        entries = [
            Entry(e.code, tiff.LONG, len(changed[e.code]), b"") if e.code in changed else e for e in self.entries
        ]
        packed = {code: struct.pack(f"{self.layout.order}{len(n)}I", *n) for code, n in changed.items()}
        is_chunky = len(self.places) == 1
        told = [segment or (None if is_chunky else b"") for segment in segments]
        return tiff.file_of(self.layout, entries, self.values | packed, told)

    def samples(self, count: int) -> Iterator[PixelWindow]:
        """At most about so many parts, evenly over the picture, all that are there when there are no more."""
        for row, column in self._sampled(count):
            x0, y0 = column * self.part_width, row * self.part_height
            yield PixelWindow(x0, y0, min(x0 + self.part_width, self.width), min(y0 + self.part_height, self.height))

    def _sampled(self, count: int) -> Iterator[tuple[int, int]]:
        rows = self.places.shape[1]
        there = np.argwhere((self.places[0] != 0) | (self.lengths[0] != 0))
        if len(there) < rows * self.columns:
            return ((row, column) for row, column in there[:: max(1, -(-len(there) // count))].tolist())
        step = max(1, int(np.ceil(np.sqrt(rows * self.columns / count))))
        across = step if self.columns > 1 else 1
        down = step if self.columns > 1 else max(1, -(-rows // count))
        return product(range(0, rows, down), range(0, self.columns, across))


def grid_at(stream: IO[bytes], offset: int) -> Grid | None:
    """Reads the grid of the page that lies there. None when it is nothing that can be read in parts: reading it whole
    tells more. Problem when it is damaged."""
    layout = tiff.layout_of(stream)
    if layout is None:
        return None
    stream.seek(offset)
    entries = [entry for entry in tiff.entries_of(stream, layout) if entry.code in _OF_THE_PICTURE | {_ORIENTATION}]
    entries = [entry for entry in entries if entry.code != tiff.NOTHING or _is_short(stream, layout, entry)]
    return _Reading(stream, layout, entries).grid()


def _is_short(stream: IO[bytes], layout: TiffLayout, entry: Entry) -> bool:
    """Whether what programs say beside the picture can be read, and is no longer than a number."""
    try:
        return entry.count <= _MOST_LETTERS and bool(tiff.value_of(stream, layout, entry))
    except Problem:
        return False


class _Reading:
    """A reading of one page of a TIFF file, which ends in its grid."""

    def __init__(self, stream: IO[bytes], layout: TiffLayout, entries: Entries) -> None:
        self._stream, self._layout = stream, layout
        self._entries = entries
        self._by_code = {entry.code: entry for entry in entries}

    def grid(self) -> Grid | None:
        width, height = self._number(_WIDTH), self._number(_HEIGHT)
        part_width, part_height = self._part_size(width, height)
        if min(width, height, part_width, part_height) <= 0 or width * height > MAX_IMAGE_PIXELS:
            return None
        pixel_bytes = self._pixel_bytes()
        if self._number(_COMPRESSION, _PLAIN) == tiff.OLD_JPEG:
            return None
        if not pixel_bytes and (part_width * part_height > MOST_PART_PIXELS or part_width > _MOST_PART_WIDTH):
            return None
        parts = self._parts(-(-height // part_height), -(-width // part_width))
        if parts is None:
            return None
        entries = [entry for entry in self._entries if entry.code != _ORIENTATION]
        values = self._values(entries)
        orientation = self._number(_ORIENTATION, 1)
        kind = tuple(values.get(code) for code in (_BITS, _SAMPLES, _PHOTOMETRIC, _FORMAT))
        return Grid(
            self._layout, entries, values, width, height, part_width, part_height, *parts, pixel_bytes,
            orientation if 1 <= orientation <= 8 else 1, _ORIENTATION in self._by_code, kind,
        )  # fmt: skip

    def _part_size(self, width: int, height: int) -> tuple[int, int]:
        if _TILE_WIDTH in self._by_code:
            return self._number(_TILE_WIDTH), self._number(_TILE_HEIGHT)
        return width, min(self._number(_STRIP_ROWS, height), height)

    def _pixel_bytes(self) -> int:
        """0 unless rows of the strips can be read alone."""
        samples = self._number(_SAMPLES, 1)
        bits = self._numbers(_BITS, [1])
        is_plain = (
            self._number(_COMPRESSION, _PLAIN) == _PLAIN
            and _TILE_WIDTH not in self._by_code
            and self._number(_PHOTOMETRIC, 0) != _JPEG_COLORS
            and (samples == 1 or self._number(_PLANES, 1) != _SEPARATE)
            and len(set(bits)) == 1
            and bits[0] in (8, 16, 32, 64)
        )
        return samples * bits[0] // 8 if is_plain else 0

    def _parts(self, rows: int, columns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        planes = self._number(_SAMPLES, 1) if self._number(_PLANES, 1) == _SEPARATE else 1
        for offsets, counts in tiff.SEGMENTS:
            if offsets in self._by_code and counts in self._by_code:
                places, lengths = (
                    tiff.array_of(self._stream, self._layout, self._by_code[code]) for code in (offsets, counts)
                )
                if len(places) == len(lengths) == planes * rows * columns and lengths.min() >= 0:
                    shape = planes, rows, columns
                    return places.reshape(shape), lengths.reshape(shape)
        return None

    def _values(self, entries: Entries) -> dict[int, bytes]:
        """Where the parts lie is said anew in each file."""
        segments = {code for pair in tiff.SEGMENTS for code in pair}
        return {
            entry.code: b"" if entry.code in segments else tiff.value_of(self._stream, self._layout, entry)
            for entry in entries
        }

    def _number(self, code: int, otherwise: int = 0) -> int:
        return int(next(iter(self._numbers(code, [otherwise])), otherwise))

    def _numbers(self, code: int, otherwise: list[int]) -> list[int]:
        entry = self._by_code.get(code)
        return otherwise if entry is None else [int(n) for n in tiff.numbers(self._stream, self._layout, entry)]
