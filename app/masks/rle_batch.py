"""Many masks of a file at once. Those that are written as we write them, which nearly all are, are checked together; a
mask alone takes ten times as long, most of it numpy's calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.masks.rle import MAX_PIXELS, Mask

_Ints: TypeAlias = NDArray[np.int32]
_Places: TypeAlias = NDArray[np.intp]

_MAX_LENGTH = 10_000
"""Of a string. Longer ones fill memory, and little of their time is numpy's calls."""
_MAX_GROUPS = 6
"""So many characters hold 30 bits: no run of ours needs more."""
_VALUE = np.array([(code & 15) - (code & 16) for code in range(256)], np.int32)
"""Of the last character of a number, with its sign."""


def plain_masks(strings: Sequence[str], sizes: Sequence[tuple[int, int]]) -> list[Mask | None]:
    """Returns the masks of many strings in COCO's compressed RLE. sizes: (height, width) of each. None where a string
    is damaged, does not fill its size or has another form than ours: Mask.from_coco tells what it is."""
    found: list[Mask | None] = [None] * len(strings)
    chosen = [i for i, s in enumerate(strings) if 0 < len(s) <= _MAX_LENGTH and s.isascii() and _is_possible(sizes[i])]
    if chosen:
        parsed = _Parsed([strings[i] for i in chosen], np.array([sizes[i] for i in chosen], np.int32))
        for i, is_fine, bbox, area in zip(chosen, parsed.fine.tolist(), parsed.boxes(), parsed.areas(), strict=True):
            if is_fine:
                found[i] = Mask(sizes[i], strings[i], bbox, area)
    return found


def _is_possible(size: tuple[int, int]) -> bool:
    return size[0] > 0 and size[1] > 0 and size[0] * size[1] <= MAX_PIXELS


class _Parsed:
    """The runs of all strings one behind the other: of each the first one, of zeros, and then pairs of ones and zeros.

    Sums are of 32 bits, which may overflow. What is held against its limits is exact none the less: the first sum of a
    string that is too large is so by one or two of its summands, and fits.
    """

    def __init__(self, strings: list[str], sizes: _Ints) -> None:
        """Parses all strings at once. sizes: (N, 2), height and width."""
        self.fine = np.ones(len(strings), np.bool_)
        """Of each string."""
        self._heights = sizes[:, 0]
        self._totals = sizes.prod(axis=1, dtype=np.int32)
        codes = np.frombuffer("".join(strings).encode("ascii"), np.uint8) - np.uint8(48)
        lasts = np.cumsum([len(s) for s in strings]) - 1
        goes_on = (codes & 32) != 0
        self.fine &= ~goes_on[lasts]
        goes_on[lasts] = False  # what is wrong with a string stays with it
        ends = np.flatnonzero(~goes_on)
        stops = np.searchsorted(ends, lasts, side="right")
        """Behind the last number of each string."""
        values = self._values(codes, ends, stops)
        self._pair(values, stops)
        self._check()

    def _blame(self, places: _Places, stops: _Places) -> None:
        """Each string that has one of the places, which lie before its stop and behind that of the one before."""
        self.fine[np.searchsorted(stops, places, side="right")] = False

    def _values(self, codes: NDArray[np.uint8], ends: _Places, stops: _Places) -> _Ints:
        """The numbers as they are written."""
        groups = np.diff(ends, prepend=-1)
        most = int(groups.max())
        if most > _MAX_GROUPS:
            self._blame(np.flatnonzero(groups > _MAX_GROUPS), stops)
        if codes.max() > 63:
            self._blame(np.searchsorted(ends, np.flatnonzero(codes > 63)), stops)
        values = _VALUE[codes[ends]]
        for back in range(1, min(most, _MAX_GROUPS)):
            longer = np.flatnonzero(groups > back)
            group = (codes[ends[longer] - back] & 31).astype(np.int32)
            if back == 1:  # a last group that only repeats the sign: we would not have written it
                self._blame(longer[values[longer] == -(group >> 4)], stops)
            values[longer] = (values[longer] << 5) | group
        return values

    def _pair(self, values: _Ints, stops: _Places) -> None:
        """Pairs the runs of each string, zeros with ones. From its fourth run on each value is the difference to the
        run two before."""
        counts = np.diff(stops, prepend=0)
        first = stops - counts
        self._pairs = counts // 2
        """Of each string."""
        self._stops = np.cumsum(self._pairs)
        """Behind the last pair of each string."""
        self._lead = values[first]
        """The first run of each string."""
        lacks = self._stops[counts % 2 == 0] - 1
        """The pairs without zeros: the mask reaches the last pixel."""
        runs = np.zeros(2 * int(self._pairs.sum()), np.int32)
        is_run = np.ones(len(runs), np.bool_)
        is_run[2 * lacks + 1] = False
        is_later = np.ones(len(values), np.bool_)
        is_later[first] = False
        runs[is_run] = values[is_later]
        self._ones, self._zeros = self._summed(runs[0::2]), self._summed(runs[1::2])
        self._zeros[lacks] = 0
        self._lacks = lacks

    def _spread(self, values: _Ints) -> _Ints:
        """Repeats the value of each string for each of its pairs."""
        return np.repeat(values, self._pairs)

    def _summed(self, values: _Ints) -> _Ints:
        """The sums up to each value, of each string alone. values: of each pair."""
        sums = np.cumsum(values, dtype=np.int32)
        before = np.append(np.int32(0), sums)[self._stops - self._pairs]
        return sums - self._spread(before)

    def _check(self) -> None:
        """That every run but the first has pixels, and that all together fill the size."""
        self._ends = self._summed(self._ones + self._zeros) + self._spread(self._lead)
        """Of each pair: where its zeros end."""
        totals = self._spread(self._totals).view(np.uint32)
        zeros = self._zeros.copy()
        zeros[self._lacks] = 1
        # what is negative is large without its sign
        is_fine = (self._ones - 1).view(np.uint32) < totals
        is_fine &= (zeros - 1).view(np.uint32) < totals
        is_fine &= self._ends.view(np.uint32) <= totals
        self._blame(np.flatnonzero(~is_fine), self._stops)
        self.fine &= (self._lead >= 0) & (self._lead <= self._totals)
        last = self._lead.copy()
        self._has = np.flatnonzero(self._pairs)
        """The strings that have a pair: the others are empty masks."""
        last[self._has] = self._ends[self._stops[self._has] - 1]
        self.fine &= last == self._totals

    def areas(self) -> list[int]:
        """Returns the area of the mask of each string; a string that is not fine has any number."""
        areas = np.zeros(len(self.fine), np.int32)
        areas[self._has] = np.add.reduceat(self._ones, self._begins) if len(self._has) else 0
        return areas.tolist()

    @property
    def _begins(self) -> _Places:
        """The first pair of each string that has one."""
        return (self._stops - self._pairs)[self._has]

    def boxes(self) -> list[tuple[int, int, int, int]]:
        """Returns the box of each string's mask: x, y, width, height; a string that is not fine has any numbers."""
        boxes = np.zeros((len(self.fine), 4), np.int32)
        if len(self._has):
            begins, last = self._begins, self._stops[self._has] - 1
            ends = self._ends - self._zeros
            starts = ends - self._ones
            heights = self._heights[self._has]
            top = _remainders(starts, self._spread(self._heights))
            bottom = np.maximum.reduceat(top + self._ones, begins)
            crosses = bottom > heights  # into the next column: it touches both borders
            y = np.where(crosses, 0, np.minimum.reduceat(top, begins))
            x = starts[begins] // heights
            width = (ends[last] - 1) // heights - x + 1
            boxes[self._has] = np.stack([x, y, width, np.where(crosses, heights, bottom - y)], axis=1)
        return [(x, y, width, height) for x, y, width, height in boxes.tolist()]


def _remainders(numbers: _Ints, by: _Ints) -> _Ints:
    """Returns the remainders of numbers that are not negative; those of integers take five times as long."""
    return numbers - (numbers / by).astype(np.int32) * by
