"""Masks as PNG files and index maps (one number a pixel), and back."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.formats.kit.exporting import LabelledObject, Page
from app.formats.kit.files import read_bytes
from app.formats.kit.report import Report
from app.masks.rle import MAX_PIXELS, Mask, Region
from app.problem import Problem
from app.text import say

_WHAT_PILLOW_RAISES = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, AssertionError, EOFError, MemoryError,
    struct.error, zlib.error,
)  # fmt: skip
NUMBERS = ("1", "L", "P", "I;16", "I")
_MODES = ("1", "L", "P", "I;16", "I", "RGB")
VOID = 255
"""What a map of classes has where nobody is to look: around objects, or where it is not clear what is there."""
Index = NDArray[np.int32]
"""(H, W)"""


def decode_png(
    data: bytes,
    size: tuple[int, int],
    *,
    exact: bool = True,
    modes: Sequence[str] = _MODES,
    colors: Mapping[int, int] | None = None,
) -> Index:
    """Returns the number of each pixel, (H, W) int32: its value, place in the palette, or R + 256 G + 65536 B; with
    colors, what stands there under that. size: (height, width) it must have, or must not exceed. Problem when it does,
    or is no PNG of numbers."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            warnings.simplefilter("ignore")
            width, height = image.size
            if height > size[0] or width > size[1] or (exact and size != (height, width)):
                raise Problem(
                    say(
                        "its mask has {width} x {height} pixels, the image {its_width} x {its_height}.",
                        width=width,
                        height=height,
                        its_width=size[1],
                        its_height=size[0],
                    )
                )
            if width * height > MAX_PIXELS:
                raise Problem(say("a map of {width} x {height} pixels is not read.", width=width, height=height))
            if image.mode not in modes:
                raise Problem(
                    say("its PNG is of the kind {mode}, not {modes}.", mode=image.mode, modes=" or ".join(modes))
                )
            pixels = np.asarray(image)
    except _WHAT_PILLOW_RAISES as error:
        raise Problem(say("its PNG is damaged or cut off.")) from error
    if pixels.ndim == 2:
        return pixels.astype(np.int32)
    packed = (pixels.astype(np.int32) * np.array([1, 256, 65536], np.int32)).sum(axis=2, dtype=np.int32)
    return packed if colors is None else _looked_up(packed, colors)


def _looked_up(packed: Index, colors: Mapping[int, int]) -> Index:
    values, places = np.unique(packed, return_inverse=True)
    unknown = next((value for value in values.tolist() if value not in colors), None)
    if unknown is not None:
        red, green, blue = (unknown >> shift & 255 for shift in (0, 8, 16))
        raise Problem(
            say(
                "its PNG has the colour {red}, {green}, {blue}, which stands for nothing.",
                red=red,
                green=green,
                blue=blue,
            )
        )
    numbers = np.array([colors[value] for value in values.tolist()], np.int32)
    return numbers[places].reshape(packed.shape)


def read_png(
    file: Path, size: tuple[int, int], *, modes: Sequence[str] = _MODES, colors: Mapping[int, int] | None = None
) -> Index:
    """Reads a file as decode_png; the Problem names the file."""
    try:
        return decode_png(read_bytes(file), size, modes=modes, colors=colors)
    except Problem as problem:
        raise problem if str(problem).startswith(str(file)) else Problem(f"{file.name}: {problem}") from problem


def encode_png(pixels: NDArray[np.uint8] | NDArray[np.uint16], palette: bytes | None = None) -> bytes:
    """Writes pixels, (H, W) or (H, W, 3) RGB. palette: 768 bytes of colours for 8 bits, which the numbers then are
    in."""
    image = Image.fromarray(pixels)
    if palette is not None:
        image.putpalette(palette)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def regions(index: Index) -> Iterator[tuple[int, Region]]:
    """Yields each number of a map but 0 and where it stands, smallest first. Runs of equal numbers cost memory, pixels
    do not."""
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


def without_void(
    found: Iterable[tuple[int, Region]], file: str, report: Report, *, known: Container[int] = ()
) -> Iterator[tuple[int, Region]]:
    """Yields regions with the numbers of their classes but those that are void, of which a word is said. known: numbers
    that the file tells to be classes, which VOID may be too."""
    is_void = is_painted = False
    for number, region in found:
        if number == VOID and number not in known:
            is_void = True
        else:
            is_painted = True
            yield number, region
    if is_void and is_painted:
        report.remark(say("void pixels (255) are of no object."), file)
    elif is_void:
        report.leave_out(say("{file}: all that is painted there is void (255): no object.", file=file), of="file")


def _region(starts: NDArray[np.int64], lengths: NDArray[np.int64], size: tuple[int, int]) -> Region:
    """Returns the region that runs along the rows of an image fill."""
    rows, lefts = np.divmod(starts, size[1])
    rights = lefts + lengths
    x, y = int(lefts.min()), int(rows.min())
    edges = np.zeros((int(rows.max()) - y + 1, int(rights.max()) - x + 1), np.int8)
    edges[rows - y, lefts - x] = 1
    edges[rows - y, rights - x] = -1  # two runs of one number never touch
    return Region(x, y, np.cumsum(edges, axis=1, dtype=np.int8)[:, :-1] == 1, size)


@dataclass(frozen=True, eq=False)
class Flat:
    """Objects painted one over the other, as formats with one number a pixel hold them."""

    index: Index
    """0 where none is, else 1, 2, ... for the first, second, ... of objects."""
    objects: list[LabelledObject]
    """Those that are to be seen."""


def flatten(page: Page, report: Report, *, at_most: int) -> Flat:
    """Paints the objects of a page one over the other. at_most: so many objects have numbers. What is covered, or one
    too many, is counted in the report by name."""
    for each in page.objects[at_most:]:
        report.leave_out(
            say(
                "{place}: the format holds {at_most} objects an image.",
                place=page.place(each.annotation),
                at_most=at_most,
            )
        )
    objects = page.objects[:at_most]
    index = np.zeros(page.size, np.int32)
    for number, each in enumerate(objects, start=1):
        paint(index, each.annotation.mask, number)
    shown = np.bincount(index.reshape(-1), minlength=len(objects) + 1)
    for each, area in zip(objects, shown[1:].tolist(), strict=True):
        if not area:
            report.leave_out(
                say(
                    "{place}: it is covered by others, which the format cannot hold.", place=page.place(each.annotation)
                )
            )
        if area < each.annotation.mask.area:
            report.lose("covered pixels", page.place(each.annotation))
    renumbered = np.cumsum(shown > 0, dtype=np.int32) - (1 if shown[0] else 0)
    kept = [each for each, area in zip(objects, shown[1:].tolist(), strict=True) if area]
    return Flat(np.where(index > 0, renumbered[index], 0).astype(np.int32), kept)


def paint(index: Index, mask: Mask, number: int) -> None:
    """Writes a number into the map wherever the mask is set."""
    region = mask.region()
    height, width = region.pixels.shape
    index[region.y : region.y + height, region.x : region.x + width][region.pixels] = number


def renumber(index: Index, numbers: Sequence[int]) -> Index:
    """Gives each object of a Flat one of numbers."""
    return np.array([0, *numbers], np.int32)[index]


def most_under(index: Index, region: Region) -> int:
    """Returns the number that most pixels of a region have."""
    height, width = region.pixels.shape
    under = index[region.y : region.y + height, region.x : region.x + width][region.pixels]
    values, counts = np.unique(under, return_counts=True)
    return int(values[counts.argmax()])
