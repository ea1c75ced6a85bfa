"""TIFF files of which some tiles or strips are not there: programs for maps leave out those that hold nothing.

Decoders show what lies beside such a hole, or take it for damage. Here another part of the picture stands in for it
while that is decoded. What nothing was stored of is black then, or white where zeros are transparent or no ink.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from app.images import budget, costs, tiff
from app.images.orientation import ORIENTATION, oriented
from app.images.raw_numbers import upright

Pixels = NDArray[np.uint8]
"""(H, W, 3) RGB."""
_WHITE_OF_ZEROS = ("RGBA", "RGBa", "LA", "La", "PA", "CMYK")
_TILES, _STRIPS = tiff.SEGMENTS
_TILE_WIDTH, _PLANES, _SEPARATE = 322, 284, 2


def has_holes(image: Image.Image) -> bool:
    """Whether some tiles or strips of an image are not there, and another can stand in for them. image: as Pillow
    opened it. Not of one whose channels lie in parts of their own: what one lacks the others have."""
    if image.format != "TIFF":
        return False
    tags: Any = getattr(image, "tag_v2")  # noqa: B009  only TIFF images have it
    is_tiled = _TILE_WIDTH in tags
    offsets, lengths = (tags.get(code, ()) for code in (_TILES if is_tiled else _STRIPS))
    if 0 not in lengths or tags.get(_PLANES, 1) == _SEPARATE:
        return False
    if not is_tiled and any(lengths) and not any(lengths[:-1]):
        return False  # the last strip may be too short for the others
    return any(at == length == 0 for at, length in zip(offsets, lengths, strict=False))


def pixels_around(image: Image.Image, data: bytes, decode: Callable[[bytes], Pixels], limit_bytes: int) -> Pixels:
    """(H, W, 3) RGB of a file that has holes. decode: makes that of one without. OverBudget as budget.check."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        size, orientation = (page.imagewidth, page.imagelength), int(page.tags.valueof(ORIENTATION, default=1))
        offsets, lengths = (np.atleast_1d(page.tags[code].value) for code in _codes(page))
        holes = np.flatnonzero((offsets == 0) & (lengths == 0))
        if not len(holes):  # libraries do not agree on what is stored where
            raise tiff.damaged()
        boxes = list(_boxes(page, holes))
        others = lengths if page.is_tiled else lengths[:-1]  # the last strip may be too short to stand in
        filled = _filled(page, data, holes, int(others.argmax())) if lengths.any() else None
    pixels = _nothing(size, data, limit_bytes) if filled is None else decode(filled)
    for box in boxes:
        pixels[box] = 255 if image.mode in _WHITE_OF_ZEROS else 0
    return np.ascontiguousarray(oriented(pixels, orientation))


def _nothing(size: tuple[int, int], data: bytes, limit_bytes: int) -> Pixels:
    needed = costs.least(size, len(data))
    budget.check(size, needed, len(data), limit_bytes)
    with budget.turn(needed):
        return np.zeros((size[1], size[0], 3), np.uint8)


def _codes(page: tifffile.TiffPage) -> tuple[int, int]:
    return _TILES if page.is_tiled else _STRIPS


def _filled(page: tifffile.TiffPage, data: bytes, holes: NDArray[np.int64], other: int) -> bytes:
    """Returns the same file, standing upright, in which another part is in the place of each hole."""
    changed = bytearray(upright(page, data))
    for code in _codes(page):
        tag = page.tags[code]
        kind = np.dtype(f"u{tag.valuebytecount // tag.count}").newbyteorder(page.parent.byteorder)
        numbers = np.frombuffer(changed, kind, tag.count, tag.valueoffset)
        numbers[holes] = numbers[other]
    return bytes(changed)


def _boxes(page: tifffile.TiffPage, holes: NDArray[np.int64]) -> Iterator[tuple[slice, slice]]:
    """Yields the rows and columns that the parts with these numbers have in a picture that stands upright."""
    width = page.imagewidth
    part_width, part_height = (page.tilewidth, page.tilelength) if page.is_tiled else (width, page.rowsperstrip)
    columns = -(-width // part_width)
    for hole in holes.tolist():
        y, x = divmod(hole, columns)
        yield (
            slice(y * part_height, (y + 1) * part_height),
            slice(x * part_width, (x + 1) * part_width),
        )
