"""Pictures too large to be read whole: TIFF files in tiles or strips, of which only what is looked at is read.

- A window of one is cut out as a small TIFF file (app.images.tiff_grid), and whatever reads TIFF files reads that:
  colours, bits, transparency and what is done about damaged files are the same as for small ones.
- Smaller copies that a file holds of itself are used where they are enough.
- Their content hash is of what the file says of the picture and of a sample of its bytes: gigabytes would take long,
  and nothing that is not looked at has to be read.
"""

from __future__ import annotations

import hashlib
import math
import struct
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import IO, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from app.images import tiff, tone_mapping
from app.images.decoding import decoded, is_stretched, sentences
from app.images.orientation import SIDEWAYS, oriented
from app.images.page_bytes import tiff_page
from app.images.pages import source_of
from app.images.tiff_grid import Grid, PixelWindow, grid_at
from app.images.tone_mapping import Contrast
from app.problem import Problem
from app.text import say

TilePixels: TypeAlias = NDArray[np.uint8]
"""(h, w, 3) RGB, as displayed: of a picture or of any part of it."""
PixelBox: TypeAlias = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels of the picture as displayed."""

TILED_FROM_PIXELS = 64_000_000
"""Smaller ones are read whole."""
_DECODED_AT_ONCE = 4_000_000
"""Pixels; or one tile, or one strip."""
_KEPT_BYTES = 64 << 20
"""Of decoded strips: windows beside each other need the same ones."""
_SAMPLE_PARTS, _SAMPLE_PIXELS = 64, 8_000_000
"""Of deep pictures, for their contrast."""
_HASHED_PLACES, _HASHED_BYTES = 256, 65536


class TiledPicture:
    """A picture that is read in parts, by any thread. Its file is open only while it is read."""

    def __init__(self, path: Path, grids: list[tuple[int, Grid]], content_hash: str) -> None:
        """Opens a picture that is read in tiles. grids: the picture and its smaller copies, and how many times smaller
        each is; the largest first."""
        self.path = path
        status = source_of(path).file.stat()
        self.size_bytes, self.mtime_ns = status.st_size, status.st_mtime_ns
        self.content_hash = content_hash
        self._grids = grids
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, PixelWindow], TilePixels] = OrderedDict()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) as displayed."""
        return _displayed_size(self._grids[0][1])

    def source(self, shrink: int) -> tuple[int, Grid]:
        """Where pixels so many times smaller are made of: how many times smaller that is, and its parts."""
        return [(factor, grid) for factor, grid in self._grids if factor <= shrink][-1]

    def read(self, box: PixelBox, shrink: int = 1, *, sampled: bool = False) -> TilePixels:
        """(h, w, 3) RGB of ceil(box / shrink) pixels. shrink: a power of two; where a smaller copy serves, the corner
        of the box is moved to a pixel of it. sampled: of what is not compressed only every so many pixels are read,
        instead of the mean of all. Problem when they are damaged, or the file was replaced."""
        with sentences(self.path), source_of(self.path).file.open("rb") as stream:
            self._check_unchanged()
            factor, grid = self.source(shrink)
            x0, y0, x1, y1 = box
            height, width = _displayed_size(grid)
            inner = x0 // factor, y0 // factor, min(-(-x1 // factor), width), min(-(-y1 // factor), height)
            found = self._read(stream, grid, inner, shrink // factor, sampled=sampled and grid.is_plain)
        height, width = -(-(y1 - y0) // shrink), -(-(x1 - x0) // shrink)
        found = _widened(found, max(0, height - found.shape[0]), max(0, width - found.shape[1]))
        return np.ascontiguousarray(found[:height, :width])

    def _read(self, stream: IO[bytes], grid: Grid, box: PixelBox, shrink: int, *, sampled: bool) -> TilePixels:
        if sampled:
            window = _stored(grid, box)
            return np.ascontiguousarray(oriented(self._decoded(grid.file(stream, window, shrink)), grid.orientation))
        axis = 1 if grid.orientation in SIDEWAYS else 0
        bands = [_shrunk(self._pixels(stream, grid, band), shrink) for band in _bands(grid, box, shrink)]
        return np.concatenate(bands, axis)

    def _pixels(self, stream: IO[bytes], grid: Grid, box: PixelBox) -> TilePixels:
        """(h, w, 3), as displayed."""
        window = _stored(grid, box)
        around = grid.around(window)
        whole = self._around(stream, grid, around)
        cut = whole[window.y0 - around.y0 : window.y1 - around.y0, window.x0 - around.x0 : window.x1 - around.x0]
        return np.ascontiguousarray(oriented(cut, grid.orientation))

    def _around(self, stream: IO[bytes], grid: Grid, around: PixelWindow) -> TilePixels:
        key = id(grid), around
        with self._lock:
            known = self._kept.get(key)
        if known is not None:
            return known
        pixels = self._decoded(grid.file(stream, around))
        if pixels.shape[:2] != (around.y1 - around.y0, around.x1 - around.x0):
            raise tiff.damaged()
        if grid.columns > 1:
            return pixels
        with self._lock:
            self._kept[key] = pixels
            while sum(kept.nbytes for kept in self._kept.values()) > _KEPT_BYTES:
                self._kept.popitem(last=False)
        return pixels

    def _decoded(self, data: bytes) -> TilePixels:
        return decoded(data, self._contrast)

    @cached_property
    def _contrast(self) -> Contrast | None:
        """The same for all windows: of tiles from all over the picture. None when the pixels need none."""
        with source_of(self.path).file.open("rb") as stream:
            parts = self._samples(stream)
            first = next(parts, None)
            return tone_mapping.tiff_contrast((first, *parts)) if first and is_stretched(first) else None

    def _samples(self, stream: IO[bytes]) -> Iterator[bytes]:
        grid = self._grids[0][1]
        if grid.is_plain:
            step = max(1, int(np.sqrt(grid.width * grid.height / tone_mapping.SAMPLES)))
            yield grid.file(stream, PixelWindow(0, 0, grid.width, grid.height), step)
            return
        count = max(1, min(_SAMPLE_PARTS, _SAMPLE_PIXELS // (grid.part_width * grid.part_height)))
        for window in grid.samples(count):
            yield grid.file(stream, window)

    def _check_unchanged(self) -> None:
        status = source_of(self.path).file.stat()
        if (status.st_size, status.st_mtime_ns) != (self.size_bytes, self.mtime_ns):
            raise Problem(say("the file was replaced meanwhile: open the image again."))


def open_tiled(path: Path) -> TiledPicture | None:
    """Opens a large TIFF image of a project in tiles. None when it is read whole: it is no TIFF file, not large, or one
    piece. Problem when it is damaged, or cannot be opened."""
    with sentences(path):
        status = source_of(path).file.stat()
        return _opened(path, status.st_size, status.st_mtime_ns, TILED_FROM_PIXELS)


@lru_cache(maxsize=2)
def _opened(path: Path, _size_bytes: int, _mtime_ns: int, from_pixels: int) -> TiledPicture | None:
    offset = tiff_page(path)
    if offset is None:
        return None
    with source_of(path).file.open("rb") as stream:
        grid = _grid(stream, offset)
        if grid is None or grid.width * grid.height < from_pixels:
            return None
        grids = [(1, grid), *sorted(_copies(stream, offset, grid), key=lambda copy: copy[0])]
        return TiledPicture(path, grids, _content_hash(stream, grid))


def _grid(stream: IO[bytes], offset: int) -> Grid | None:
    """None also when it is damaged: decoders forgive more, and tell more."""
    try:
        return grid_at(stream, offset)
    except (Problem, ArithmeticError, LookupError, TypeError, ValueError, struct.error):
        return None


def _copies(stream: IO[bytes], offset: int, grid: Grid) -> Iterator[tuple[int, Grid]]:
    """Yields the copies of a picture in its file that are 2, 4, 8 ... times smaller and of the same kind; the others
    are of no use. Many writers say only of the picture how it is turned: its copies lie as it does."""
    try:
        places = tiff.copies_of(stream, offset)
    except Problem:
        return  # the picture itself is as good without
    for place in places:
        copy = _grid(stream, place)
        if copy is not None and not copy.is_turn_told:
            copy = replace(copy, orientation=grid.orientation)
        factor = _factor(grid, copy) if copy is not None and copy.kind == grid.kind else 0
        if copy is not None and factor > 1:
            yield factor, copy


def _factor(grid: Grid, copy: Grid) -> int:
    """How many times smaller a copy is: 2, 4, 8 ..., else 0."""
    size, small = _displayed_size(grid), _displayed_size(copy)
    factor = 1 << max(0, round(math.log2(size[1] / small[1])))
    sides = zip(size, small, strict=True)
    fits = all(whole // factor <= part <= -(-whole // factor) for whole, part in sides)
    return factor if fits and factor > 1 else 0


def _content_hash(stream: IO[bytes], grid: Grid) -> str:
    """Not of where its parts lie: a page is the same in another file. Nor of what means nothing: it was not read once,
    and the hashes in projects stay true."""
    said = sorted((code, value) for code, value in grid.values.items() if code != tiff.NOTHING)
    found = hashlib.sha256(repr((said, grid.width, grid.height)).encode())
    lengths, places = grid.lengths.reshape(-1), grid.places.reshape(-1)
    found.update(lengths.astype("<i8").tobytes())
    ends = np.cumsum(lengths)
    for n in range(_HASHED_PLACES):
        at = int(ends[-1]) * n // _HASHED_PLACES
        part = min(int(np.searchsorted(ends, at, "right")), len(ends) - 1)
        inside = at - int(ends[part] - lengths[part])
        stream.seek(int(places[part]) + inside)
        found.update(stream.read(min(_HASHED_BYTES, int(lengths[part]) - inside)))
    return found.hexdigest()


def _displayed_size(grid: Grid) -> tuple[int, int]:
    """Returns the (height, width) of a picture as it is displayed, turned by its orientation."""
    return (grid.width, grid.height) if grid.orientation in SIDEWAYS else (grid.height, grid.width)


def _stored(grid: Grid, box: PixelBox) -> PixelWindow:
    """The reverse of oriented."""
    x0, y0, x1, y1 = box
    height, width = _displayed_size(grid)
    if grid.orientation in (3, 4, 7, 8):
        y0, y1 = height - y1, height - y0
    if grid.orientation in (2, 3, 6, 7):
        x0, x1 = width - x1, width - x0
    return PixelWindow(y0, x0, y1, x1) if grid.orientation in SIDEWAYS else PixelWindow(x0, y0, x1, y1)


def _bands(grid: Grid, box: PixelBox, shrink: int) -> Iterator[PixelBox]:
    """Parts of a box one after the other, across the rows of the file, each as much as is decoded at once."""
    x0, y0, x1, y1 = box
    window = grid.around(_stored(grid, box))
    rows = max(1, _DECODED_AT_ONCE // (window.x1 - window.x0) // shrink) * shrink
    if grid.orientation in SIDEWAYS:
        yield from ((x, y0, min(x + rows, x1), y1) for x in range(x0, x1, rows))
    else:
        yield from ((x0, y, x1, min(y + rows, y1)) for y in range(y0, y1, rows))


def cut(pixels: TilePixels, box: PixelBox, shrink: int = 1) -> TilePixels:
    """A box of a picture that is in memory, as TiledPicture.read gives it of one that is not."""
    x0, y0, x1, y1 = box
    rows = max(1, _DECODED_AT_ONCE // max(1, x1 - x0) // shrink) * shrink
    bands = [_shrunk(pixels[top : min(top + rows, y1), x0:x1], shrink) for top in range(y0, y1, rows)]
    return np.ascontiguousarray(np.concatenate(bands))


def _shrunk(pixels: TilePixels, shrink: int) -> TilePixels:
    """The mean of each shrink x shrink pixels; at the right and lower edge of those that are there."""
    if shrink == 1:
        return pixels
    height, width = pixels.shape[:2]
    pixels = _widened(pixels, -height % shrink, -width % shrink)
    size = pixels.shape[1] // shrink, pixels.shape[0] // shrink
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _widened(pixels: TilePixels, below: int, beside: int) -> TilePixels:
    """Widens pixels by copies of their lowest row and their last column."""
    if not below and not beside:
        return pixels
    return np.asarray(cv2.copyMakeBorder(pixels, 0, below, 0, beside, cv2.BORDER_REPLICATE), np.uint8)
