"""Many masks of a file at once. Those that are written as we write them, which nearly all are, are checked together; a
mask alone takes ten times as long, most of it numpy's calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.masks.rle import MAX_PIXELS, Mask

_Ints: TypeAlias = NDArray[np.int64]
_Bools: TypeAlias = NDArray[np.bool_]

_MAX_LENGTH = 10_000
"""Of a string. Longer ones fill memory, and little of their time is numpy's calls."""
_MAX_GROUPS = 6
"""So many characters hold 30 bits: no run of ours needs more."""


def plain_masks(strings: Sequence[str], sizes: Sequence[tuple[int, int]]) -> list[Mask | None]:
    """Of COCO's compressed RLE. sizes: (height, width) of each. None where a string is damaged, does not fill its size
    or has another form than ours: Mask.from_coco tells what it is."""
    found: list[Mask | None] = [None] * len(strings)
    chosen = [i for i, s in enumerate(strings) if 0 < len(s) <= _MAX_LENGTH and s.isascii() and _is_possible(sizes[i])]
    if chosen:
        parsed = _Parsed([strings[i] for i in chosen], np.array([sizes[i] for i in chosen], np.int64))
        for i, is_fine, bbox, area in zip(chosen, parsed.fine.tolist(), parsed.boxes(), parsed.areas(), strict=True):
            if is_fine:
                found[i] = Mask(sizes[i], strings[i], bbox, area)
    return found


def _is_possible(size: tuple[int, int]) -> bool:
    return size[0] > 0 and size[1] > 0 and size[0] * size[1] <= MAX_PIXELS


class _Parsed:
    """The runs of all strings one behind the other."""

    def __init__(self, strings: list[str], sizes: _Ints) -> None:
        """sizes: (N, 2), height and width."""
        self.fine = np.ones(len(strings), np.bool_)
        """Of each string."""
        self._heights = sizes[:, 0]
        self._totals = sizes.prod(axis=1)
        codes = np.frombuffer("".join(strings).encode("ascii"), np.uint8) - np.uint8(48)
        lasts = np.cumsum([len(s) for s in strings]) - 1
        goes_on = (codes & 32) != 0
        self.fine &= ~goes_on[lasts]
        goes_on[lasts] = False  # what is wrong with a string stays with it
        ends = np.flatnonzero(~goes_on)
        self._counts = np.diff(np.searchsorted(ends, lasts, side="right"), prepend=0)
        """Runs of each string."""
        self._first = np.cumsum(self._counts) - self._counts
        self._owner = np.repeat(np.arange(len(strings)), self._counts)
        self._runs = self._chained(self._values(codes, ends))
        self._check_runs()

    def _blame(self, wrong: _Bools) -> None:
        """wrong: of each run."""
        self.fine[self._owner[wrong]] = False

    def _values(self, codes: NDArray[np.uint8], ends: NDArray[np.intp]) -> _Ints:
        groups = np.diff(ends, prepend=-1)
        self._blame((groups > _MAX_GROUPS) | (np.maximum.reduceat(codes, ends - groups + 1) > 63))
        last = codes[ends]
        values = (last & 15).astype(np.int64) - (last & 16)  # with its sign
        for back in range(1, min(int(groups.max()), _MAX_GROUPS)):
            longer = np.flatnonzero(groups > back)
            group = codes[ends[longer] - back] & 31
            if back == 1:  # a last group that only repeats the sign: we would not have written it
                idle = values[longer] == -(group >> 4).astype(np.int64)
                self.fine[self._owner[longer[idle]]] = False
            values[longer] = (values[longer] << 5) | group
        return values

    def _chained(self, values: _Ints) -> _Ints:
        """From the fourth run of a string on each value is the difference to the run two before."""
        place = np.arange(len(values)) - np.repeat(self._first, self._counts)
        self._ones = (place & 1).astype(np.bool_)
        self._later = place > 0
        even = np.where(self._ones | ~self._later, 0, values)
        odd = np.where(self._ones, values, 0)
        summed = np.where(self._ones, self._summed(odd), self._summed(even))
        return np.where(self._later, summed, values)

    def _summed(self, values: _Ints) -> _Ints:
        """The sums up to each value, of each string alone."""
        sums = np.cumsum(values)
        return sums - np.repeat(sums[self._first] - values[self._first], self._counts)

    def _check_runs(self) -> None:
        totals = np.repeat(self._totals, self._counts)
        self._blame((self._runs < 0) | (self._runs > totals) | ((self._runs == 0) & self._later))
        self.fine &= np.add.reduceat(self._runs, self._first) == self._totals

    def areas(self) -> list[int]:
        return np.add.reduceat(np.where(self._ones, self._runs, 0), self._first).tolist()

    def boxes(self) -> list[tuple[int, int, int, int]]:
        """x, y, width, height; of what is not fine anything."""
        boxes = np.zeros((len(self.fine), 4), np.int64)
        owner = self._owner[self._ones]
        if len(owner):
            stops = self._summed(self._runs)[self._ones]
            heights = self._heights[owner]
            left, top = _divided(stops - self._runs[self._ones], heights)
            right, bottom = _divided(stops - 1, heights)
            first = np.flatnonzero(np.diff(owner, prepend=-1))
            crosses = np.maximum.reduceat(right - left, first) > 0  # then it touches both borders
            x, y = left[first], np.where(crosses, 0, np.minimum.reduceat(top, first))
            width = right[np.append(first[1:], len(owner)) - 1] - x + 1
            height = np.where(crosses, heights[first], np.maximum.reduceat(bottom, first) - y + 1)
            boxes[owner[first]] = np.stack([x, y, width, height], axis=1)
        return [(x, y, width, height) for x, y, width, height in boxes.tolist()]


def _divided(numbers: _Ints, by: _Ints) -> tuple[_Ints, _Ints]:
    """Quotients and remainders of what is not negative; those of integers take five times as long."""
    quotients = (numbers / by).astype(np.int64)
    return quotients, numbers - quotients * by
