"""The master copy of every annotation: COCO compressed RLE. Holes and islands survive.

Runs are column-major and the first one counts zeros, as in COCO. Strings are parsed by our own code before anything
else sees them: pycocotools writes out of bounds when the runs of a hostile string do not fit the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from app.problem import Problem
from app.text import say

MAX_PIXELS = 400_000_000
"""So many are made at once, of an image or of a mask: a few bytes of a hostile file can claim to be a terabyte."""
MAX_IMAGE_PIXELS = 1 << 33
"""A mask of a larger image is refused."""
_MOST_OF_HUGE = 50_000_000
"""Pixels that are made of one mask of an image larger than MAX_PIXELS."""
MOST_LETTERS = 16_000_000
"""Of a mask: 60 bytes of memory each while it is read. A mask of noise has so many in an image of 30 megapixels."""
_RAGGED = 64
"""One edge of a mask in so many pixels: sorting them takes longer than to turn the mask."""
_MAX_GROUPS = 7
"""So many characters hold 35 bits: no run of an image below MAX_IMAGE_PIXELS needs more."""


@dataclass(frozen=True, eq=False)
class Region:
    """A mask cut out of its image: pixels (h, w) bool whose top left corner lies at (x, y) of an image_size image."""

    x: int
    y: int
    pixels: NDArray[np.bool_]
    image_size: tuple[int, int]
    """(height, width)"""
    rle: Mask | None = None
    """The same as RLE, where it is known already."""

    @property
    def bbox(self) -> tuple[int, int, int, int]:
        """The x, y, width and height of the cut, which may be wider than what is set in it."""
        height, width = self.pixels.shape
        return self.x, self.y, width, height


class Mask(Struct, frozen=True):
    """A binary mask as COCO compressed RLE."""

    size: tuple[int, int]
    """(height, width)"""
    counts: str
    bbox: tuple[int, int, int, int]
    """x, y, width, height as pycocotools.mask.toBbox: width counts pixels. (0, 0, 0, 0) when empty."""
    area: int
    """In pixels."""

    @classmethod
    def from_array(cls, pixels: NDArray[np.bool_]) -> Mask:
        """Makes a mask from the pixels (H, W) of the whole image."""
        height, width = pixels.shape
        return cls.from_region(Region(0, 0, np.asarray(pixels, np.bool_), (height, width)))

    @classmethod
    def from_region(cls, region: Region) -> Mask:
        """Only the pixels of the region are looked at, if at all; the image around it is never made."""
        if region.rle is not None:
            return region.rle
        return _mask_of_runs(_runs_of_region(region), region.image_size)

    @classmethod
    def from_coco(cls, size: Sequence[int], counts: str | bytes | Sequence[int]) -> Mask:
        """Compressed (str, bytes) or uncompressed (list of runs) RLE of anybody. Problem when it is not one."""
        if not _are_integers(size) or len(size) != 2:
            raise Problem(say("A mask has the impossible size {size}.", size=size))
        if isinstance(counts, (str, bytes, list, tuple)):
            check_letters(len(counts), (size[0], size[1]))
        if isinstance(counts, (str, bytes)):
            return cls.from_runs(_parsed(counts), (size[0], size[1]))
        if not _are_integers(counts):
            raise Problem(say("A mask has runs that are not whole numbers."))
        return cls.from_runs(counts, (size[0], size[1]))

    @classmethod
    def from_runs(cls, runs: Sequence[int] | NDArray[np.int64], size: tuple[int, int]) -> Mask:
        """Makes the mask of runs (n,), lengths of zeros, ones, zeros, ... which together are the image, down its
        columns. Problem when they are not."""
        try:
            lengths = np.asarray(runs, np.int64).reshape(-1)
        except (OverflowError, ValueError) as error:
            raise Problem(say("A mask has runs that are no lengths.")) from error
        return _mask_of_runs(_canonical(_checked(lengths, size)), size)

    @property
    def runs(self) -> NDArray[np.int64]:
        """Lengths of zeros, ones, zeros, ... as (n,). Problem when counts is damaged: a row of a stranger's project
        file."""
        check_letters(len(self.counts), self.size)
        return _checked(_parsed(self.counts), self.size)

    def to_array(self) -> NDArray[np.bool_]:
        """(H, W), the whole image. Problem when that is too large."""
        height, width = self.size
        return self.window(0, 0, width, height)

    def window(self, x: int, y: int, width: int, height: int) -> NDArray[np.bool_]:
        """Returns the pixels there, (h, w), which may lie outside its box but not outside the image. Problem when it is
        damaged, or so many are not made at once."""
        check_region((height, width), self.size)
        return _window(self.runs, (x, y, width, height), self.size[0])

    def region(self) -> Region:
        """The pixels inside bbox, decoded without ever making the whole image. Problem as window()."""
        runs, (x, y, width, height) = self._runs_in_box(), self.bbox
        check_region((height, width), self.size)
        return Region(x, y, _window(runs, self.bbox, self.size[0]), self.size)

    def sampled(self, step: int, box: tuple[int, int, int, int] | None = None) -> NDArray[np.bool_]:
        """Every so many pixels and rows of a box (x, y, width, height), else of bbox, as (h, w): of any mask, however
        large."""
        x, y, width, height = box or self.bbox
        runs = self._runs_in_box()
        at = np.arange(x, x + width, step)[None] * self.size[0] + np.arange(y, y + height, step)[:, None]
        return np.searchsorted(np.cumsum(runs), at, "right") % 2 == 1

    def covers(self, x: int, y: int) -> bool:
        """Whether it has that pixel of the image."""
        return bool(np.searchsorted(np.cumsum(self.runs), x * self.size[0] + y, "right") % 2)

    def toggled(self, change: Mask | Region) -> Mask:
        """The mask with all pixels of the change the other way round. Problem when either is damaged, or they are of
        two sizes."""
        is_mask = isinstance(change, Mask)
        if (change.size if is_mask else change.image_size) != self.size:
            raise Problem(say("Two masks are of different sizes."))
        runs = change.runs if is_mask else _runs_of_region(change)
        places = np.concatenate([np.cumsum(self.runs)[:-1], np.cumsum(runs)[:-1]])
        places.sort(kind="stable")  # sorted ones one after the other: a merge
        begins = np.flatnonzero(np.diff(places, prepend=-1))
        times = np.diff(begins, append=len(places))
        edges = places[begins[times % 2 == 1]]  # where both begin or end nothing does
        return Mask.from_runs(np.diff(edges, prepend=0, append=self.size[0] * self.size[1]), self.size)

    def _runs_in_box(self) -> NDArray[np.int64]:
        runs = self.runs
        if self.bbox != _bbox(runs, self.size[0]):
            raise Problem(say("A mask does not fill its box: it is damaged."))
        return runs


def most_letters(size: tuple[int, int]) -> int:
    """So long is the string of a mask (height, width) at most, or the list of its runs. Ours have no more letters than
    the image has pixels, and one: a run of 16 pixels takes 3 letters at most. Others also write empty runs."""
    return 2 * max(0, size[0] * size[1]) + 16


def check_letters(count: int, size: tuple[int, int]) -> None:
    """Problem when the string of a mask is too long to be true, or to be worked on; before anything is made of it."""
    if count > most_letters(size):
        raise Problem(
            say(
                "A mask is longer than its size of {height} x {width} pixels can need: it is damaged.",
                height=size[0],
                width=size[1],
            )
        )
    if count > MOST_LETTERS:
        raise Problem(
            say(
                "A mask has more than the {most_letters} million runs that can be worked on at once.",
                most_letters=MOST_LETTERS // 1_000_000,
            )
        )


def most_pixels(image_size: tuple[int, int]) -> int:
    """So many pixels are made of one mask of such an image (height, width)."""
    return MAX_PIXELS if image_size[0] * image_size[1] <= MAX_PIXELS else _MOST_OF_HUGE


def check_region(size: tuple[int, int], image_size: tuple[int, int]) -> None:
    """Problem when so many pixels (height, width) of a mask are not made at once."""
    if size[0] * size[1] > most_pixels(image_size):
        most = most_pixels(image_size) // 1_000_000
        spans = say("The mask spans {width} x {height} pixels", width=size[1], height=size[0])
        raise Problem(
            say("{spans}, more than the {most} megapixels that can be worked on at once.", spans=spans, most=most)
        )


def _are_integers(values: object) -> bool:
    """What JSON holds may be anything; True is no integer here."""
    return isinstance(values, (list, tuple)) and all(type(n) is int for n in cast("list[object]", values))


def _mask_of_runs(runs: NDArray[np.int64], size: tuple[int, int]) -> Mask:
    return Mask(size, _written(runs), _bbox(runs, size[0]), int(runs[1::2].sum()))


def _checked(runs: NDArray[np.int64], size: tuple[int, int]) -> NDArray[np.int64]:
    total = size[0] * size[1]
    if size[0] <= 0 or size[1] <= 0 or total > MAX_IMAGE_PIXELS:
        raise Problem(
            say("A mask has the impossible size of {height} x {width} pixels.", height=size[0], width=size[1])
        )
    if (runs < 0).any() or (runs > total).any() or int(runs.sum()) != total:
        raise Problem(
            say(
                "The runs of a mask do not add up to its size of {height} x {width} pixels.",
                height=size[0],
                width=size[1],
            )
        )
    return runs


def _canonical(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Without empty runs in the middle or at the end: one mask has one string."""
    values = np.arange(len(runs)) % 2
    values, runs = values[runs > 0], runs[runs > 0]
    starts = np.flatnonzero(np.diff(values, prepend=-1))
    merged = np.add.reduceat(runs, starts) if len(runs) else np.zeros(1, np.int64)
    return np.insert(merged, 0, 0) if len(runs) and values[0] == 1 else merged


def _runs_of_region(region: Region) -> NDArray[np.int64]:
    height, width = region.image_size
    edges = _edges(region)
    starts, ends = edges[::2], edges[1::2]
    apart = starts[1:] != ends[:-1]  # a run that goes on at the top of the next column is one run
    edges = np.zeros(2 * np.count_nonzero(apart) + (4 if len(starts) else 2), np.int64)
    if len(starts):
        edges[1:-1:2] = np.concatenate([starts[:1], starts[1:][apart]])
        edges[2:-1:2] = np.concatenate([ends[:-1][apart], ends[-1:]])
    edges[-1] = height * width
    runs = np.diff(edges)
    return runs if runs[-1] or len(runs) == 1 else runs[:-1]


def _edges(region: Region) -> NDArray[np.int64]:
    """The beginning and the end of every run of ones in each column, as pixels of the image column by column."""
    height, _ = region.image_size
    rows, columns = region.pixels.shape
    # each column between two zeros: every run of ones has a beginning and an end of its own there
    padded = np.zeros((rows + 2, columns), np.bool_)
    padded[1:-1] = region.pixels
    changes = padded[1:] != padded[:-1]
    if np.count_nonzero(changes) * _RAGGED < changes.size:  # along rows, as memory lies, and then sorted
        row, column = np.divmod(np.flatnonzero(changes), columns)
        return np.sort((column + region.x) * height + row + region.y)
    column, row = np.divmod(np.flatnonzero(np.ascontiguousarray(changes.T)), rows + 1)
    return (column + region.x) * height + row + region.y


def _window(runs: NDArray[np.int64], box: tuple[int, int, int, int], image_height: int) -> NDArray[np.bool_]:
    """Returns the pixels of a box, (height, width), from the runs of a whole mask. box: x, y, width, height."""
    x, y, width, height = box
    if height == image_height:
        return _columns_of_runs(runs, x, width, height)
    columns, tops, bottoms = pieces_of_runs(runs, x, width, image_height)
    tops, bottoms = np.clip(tops, y, y + height) - y, np.clip(bottoms, y, y + height) - y
    edges = np.empty(2 * len(columns) + 2, np.int64)
    edges[0], edges[-1] = 0, width * height
    edges[1:-1:2], edges[2:-1:2] = (columns - x) * height + tops, (columns - x) * height + bottoms
    flat = np.repeat(np.arange(len(edges) - 1) % 2 == 1, np.diff(edges))
    return np.ascontiguousarray(flat.reshape(width, height).T)


def _columns_of_runs(runs: NDArray[np.int64], x: int, width: int, height: int) -> NDArray[np.bool_]:
    """The columns x .. x + width as (height, width)."""
    first, last = x * height, (x + width) * height
    ends = np.cumsum(runs)
    inside = np.clip(ends, first, last) - np.clip(ends - runs, first, last)
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, inside)
    return np.ascontiguousarray(flat.reshape(width, height).T)


def pieces_of_runs(runs: NDArray[np.int64], x: int, width: int, height: int) -> tuple[NDArray[np.int64], ...]:
    """Returns column, top and bottom of every piece of a mask in these columns, (n,) each.

    A run that goes on in the next column is a piece in each of them; bottom is the row behind the last one.
    """
    ends = np.cumsum(runs)
    starts = np.clip((ends - runs)[1::2], x * height, (x + width) * height)
    ends = np.clip(ends[1::2], x * height, (x + width) * height)
    is_there = starts < ends
    starts, ends = starts[is_there], ends[is_there]
    counts: NDArray[np.int64] = (ends - 1) // height - starts // height + 1
    firsts = np.cumsum(counts) - counts
    columns = np.arange(int(counts.sum())) - np.repeat(firsts - starts // height, counts)
    tops, bottoms = np.zeros(len(columns), np.int64), np.full(len(columns), height, np.int64)
    tops[firsts], bottoms[firsts + counts - 1] = starts % height, (ends - 1) % height + 1
    return columns, tops, bottoms


def _bbox(runs: NDArray[np.int64], height: int) -> tuple[int, int, int, int]:
    ends = np.cumsum(runs)[1::2]
    starts = ends - runs[1::2]
    if len(starts) == 0:
        return (0, 0, 0, 0)
    left, right = int(starts[0] // height), int((ends[-1] - 1) // height)
    top, bottom = starts % height, (ends - 1) % height
    if (starts // height != (ends - 1) // height).any():  # a run that goes on in the next column touches both borders
        return left, 0, right - left + 1, height
    y = int(top.min())
    return left, y, right - left + 1, int(bottom.max()) - y + 1


def _written(runs: NDArray[np.int64]) -> str:
    """COCO's string: from the fourth run on the difference to the one two before; 5 bits a character, low first."""
    values = runs.copy()
    values[3:] -= runs[1:-2]
    shifts = 5 * np.arange(_MAX_GROUPS)
    groups = (values[:, None] >> shifts) & 31
    # another character follows while what is left is more than the sign that bit 4 of this one says
    left = values[:, None] >> (shifts + 5)
    done = left == -((groups >> 4) & 1)
    count = np.argmax(done, axis=1) + 1
    used = np.arange(_MAX_GROUPS) < count[:, None]
    more = np.arange(_MAX_GROUPS) < count[:, None] - 1
    characters = (groups | (more << 5)) + 48
    return characters[used].astype(np.uint8).tobytes().decode("ascii")


def _parsed(counts: str | bytes) -> NDArray[np.int64]:
    """The runs of COCO's string. Problem when it is none; the lengths are not checked."""
    data = counts if isinstance(counts, bytes) else counts.encode("utf-8", "surrogatepass")
    codes = np.frombuffer(data, np.uint8).astype(np.int64) - 48
    if len(codes) == 0 or ((codes < 0) | (codes > 63)).any() or codes[-1] & 32:
        raise Problem(say("A mask's compressed RLE is damaged."))
    ends = np.flatnonzero((codes & 32) == 0)
    starts = np.concatenate([[0], ends[:-1] + 1])
    if (ends - starts).max() >= _MAX_GROUPS:
        raise Problem(say("A mask's compressed RLE is damaged."))
    position = np.arange(len(codes)) - np.repeat(starts, ends - starts + 1)
    values = np.add.reduceat((codes & 31) << (5 * position), starts)
    negative = (codes[ends] & 16) != 0
    values[negative] -= np.int64(1) << (5 * (ends - starts + 1)[negative])
    # from the fourth run on each value is the difference to the run two before
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values
