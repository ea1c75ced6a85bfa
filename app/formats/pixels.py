"""Masks as PNG files and index maps (one number a pixel), and back."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.formats.exporting import Named, Page
from app.formats.files import read_bytes
from app.masks.rle import Mask, Region
from app.problem import Problem

_WHAT_PILLOW_RAISES = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, AssertionError, EOFError, MemoryError,
    struct.error, zlib.error,
)  # fmt: skip
_MODES = ("1", "L", "P", "I;16", "I", "RGB")
Index = NDArray[np.int32]
"""(H, W)"""


def decode_png(data: bytes, size: tuple[int, int], *, exact: bool = True) -> Index:
    """The number of each pixel: its value, place in the palette, or R + 256 G + 65536 B. size: (height, width) it must
    have, or must not exceed. Problem when it does, or is no PNG of numbers."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            warnings.simplefilter("ignore")
            width, height = image.size
            if height > size[0] or width > size[1] or (exact and size != (height, width)):
                raise Problem(f"its mask has {width} x {height} pixels, the image {size[1]} x {size[0]}.")
            if image.mode not in _MODES:
                raise Problem(f"its PNG is of the kind {image.mode}, which holds no numbers.")
            pixels = np.asarray(image)
    except _WHAT_PILLOW_RAISES as error:
        raise Problem("its PNG is damaged or cut off.") from error
    if pixels.ndim == 3:
        return (pixels.astype(np.int32) * np.array([1, 256, 65536], np.int32)).sum(axis=2, dtype=np.int32)
    return pixels.astype(np.int32)


def read_png(file: Path, size: tuple[int, int]) -> Index:
    """As decode_png; the Problem names the file."""
    try:
        return decode_png(read_bytes(file), size)
    except Problem as problem:
        raise problem if str(problem).startswith(str(file)) else Problem(f"{file.name}: {problem}") from problem


def encode_png(pixels: NDArray[np.uint8] | NDArray[np.uint16], palette: bytes | None = None) -> bytes:
    """pixels: (H, W), or (H, W, 3) RGB. palette: 768 bytes of colours for 8 bits, which the numbers then are in."""
    image = Image.fromarray(pixels)
    if palette is not None:
        image.putpalette(palette)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def regions(index: Index) -> Iterator[tuple[int, Region]]:
    """Each number but 0 and where it stands, smallest first. Runs of equal numbers cost memory, pixels do not."""
    height, width = index.shape
    begins = np.ones((height, width), np.bool_)
    np.not_equal(index[:, 1:], index[:, :-1], out=begins[:, 1:])
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=height * width)
    numbers = index.reshape(-1)[starts]
    order = np.argsort(numbers, kind="stable")
    values, firsts = np.unique(numbers[order], return_index=True)
    for value, runs in zip(values.tolist(), np.split(order, firsts[1:]), strict=True):
        if value != 0:
            yield value, _region(starts[runs], lengths[runs], (height, width))


def _region(starts: NDArray[np.int64], lengths: NDArray[np.int64], size: tuple[int, int]) -> Region:
    """Of runs along the rows."""
    rows, lefts = np.divmod(starts, size[1])
    rights = lefts + lengths
    x, y = int(lefts.min()), int(rows.min())
    edges = np.zeros((int(rows.max()) - y + 1, int(rights.max()) - x + 1), np.int8)
    edges[rows - y, lefts - x] = 1
    edges[rows - y, rights - x] = -1  # two runs of one number never touch
    return Region(x, y, np.cumsum(edges, axis=1, dtype=np.int8)[:, :-1] == 1, size)


def painted(page: Page, numbers: list[int]) -> Index:
    """The objects one over the other, each with its number; 0 where none is."""
    index = np.zeros(page.size, np.int32)
    for each, number in zip(page.objects, numbers, strict=True):
        paint(index, each.annotation.mask, number)
    return index


def paint(index: Index, mask: Mask, number: int) -> None:
    region = mask.region()
    height, width = region.pixels.shape
    index[region.y : region.y + height, region.x : region.x + width][region.pixels] = number


def visible(index: Index, numbers: list[int], objects: list[Named]) -> list[int]:
    """How many pixels of each object are to be seen on index."""
    counts = np.bincount(index.reshape(-1), minlength=max(numbers, default=0) + 1)
    return [int(counts[number]) for number, _ in zip(numbers, objects, strict=True)]
