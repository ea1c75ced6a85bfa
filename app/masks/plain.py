"""Many masks of a file at once. Those that are written as we write them, which nearly all are, are checked together; a
mask alone takes twenty times as long, most of it numpy's calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.masks.rle import MAX_PIXELS, Mask

_Ints: TypeAlias = NDArray[np.int64]
_Bools: TypeAlias = NDArray[np.bool_]

_MAX_LENGTH = 10_000
"""Longer strings fill memory, not time."""
_MAX_GROUPS = 7


def plain_masks(strings: Sequence[str], sizes: Sequence[tuple[int, int]]) -> list[Mask | None]:
    """Of COCO's compressed RLE. sizes: (height, width) of each. None where a string is damaged, does not fill its size
    or has another form than ours: Mask.from_coco tells what it is."""
    found: list[Mask | None] = [None] * len(strings)
    chosen = [i for i, s in enumerate(strings) if 0 < len(s) <= _MAX_LENGTH and s.isascii() and _is_possible(sizes[i])]
    if chosen:
        plain = _Parsed([strings[i] for i in chosen], np.array([sizes[i] for i in chosen], np.int64))
        for i, is_plain, bbox, area in zip(chosen, plain.fine.tolist(), plain.boxes(), plain.areas(), strict=True):
            if is_plain:
                found[i] = Mask(sizes[i], strings[i], bbox, area)
    return found


def _is_possible(size: tuple[int, int]) -> bool:
    return size[0] > 0 and size[1] > 0 and size[0] * size[1] <= MAX_PIXELS


class _Parsed:
    """The runs of all strings one after the other."""

    def __init__(self, strings: list[str], sizes: _Ints) -> None:
        """sizes: (N, 2), height and width."""
        lengths = np.array([len(s) for s in strings], np.int64)
        codes = np.frombuffer("".join(strings).encode("ascii"), np.uint8).astype(np.int64) - 48
        owner = np.repeat(np.arange(len(strings)), lengths)
        self.fine = np.ones(len(strings), np.bool_)
        self._heights = sizes[:, 0]
        self._totals = sizes.prod(axis=1)
        is_end = (codes & 32) == 0
        self._blame(owner, (codes < 0) | (codes > 63))
        last = np.cumsum(lengths) - 1
        self.fine &= is_end[last]
        is_end[last] = True  # what is wrong with a string stays with it
        self._owner = owner[is_end]
        self._first = np.flatnonzero(np.diff(self._owner, prepend=-1))
        """Of each string among the runs."""
        self._counts = np.diff(self._first, append=len(self._owner))
        self._place = np.arange(len(self._owner)) - np.repeat(self._first, self._counts)
        self._runs = self._chained(self._values(codes, np.flatnonzero(is_end)))
        self._check_runs()

    def _blame(self, owner: _Ints, wrong: _Bools) -> None:
        self.fine[owner[wrong]] = False

    def _values(self, codes: _Ints, ends: _Ints) -> _Ints:
        starts = np.concatenate([[0], ends[:-1] + 1])
        groups = ends - starts + 1
        position = np.arange(len(codes)) - np.repeat(starts, groups)
        values = np.add.reduceat((codes & 31) << (5 * np.minimum(position, _MAX_GROUPS)), starts)
        negative = (codes[ends] & 16) != 0
        values[negative] -= np.int64(1) << (5 * np.minimum(groups[negative], _MAX_GROUPS))
        # a last group that only repeats the sign: we would not have written it
        idle = (groups > 1) & ((codes[ends] & 31) == np.where(codes[ends - 1] & 16, 31, 0))
        self._blame(self._owner, (groups > _MAX_GROUPS) | idle)
        return values

    def _chained(self, values: _Ints) -> _Ints:
        """From the fourth run of a string on each value is the difference to the run two before."""
        for chain in (self._place % 2 == 1, (self._place % 2 == 0) & (self._place > 0)):
            values[chain] = _summed(values[chain], self._owner[chain])
        return values

    def _check_runs(self) -> None:
        runs, owner = self._runs, self._owner
        self._blame(owner, (runs < 0) | (runs > self._totals[owner]) | ((runs == 0) & (self._place > 0)))
        self.fine &= np.add.reduceat(runs, self._first) == self._totals

    def areas(self) -> list[int]:
        return np.add.reduceat(np.where(self._place % 2 == 1, self._runs, 0), self._first).tolist()

    def boxes(self) -> list[tuple[int, int, int, int]]:
        """x, y, width, height; of what is not fine anything."""
        ones = self._place % 2 == 1
        owner, heights = self._owner[ones], self._heights[self._owner[ones]]
        stops = _summed(self._runs, self._owner)[ones]
        starts = stops - self._runs[ones]
        boxes = np.zeros((len(self.fine), 4), np.int64)
        if len(owner):
            first = np.flatnonzero(np.diff(owner, prepend=-1))
            last = np.append(first[1:], len(owner)) - 1
            left, right = starts // heights, (stops - 1) // heights
            crosses = np.maximum.reduceat(right - left, first) > 0  # then it touches both borders
            top = np.where(crosses, 0, np.minimum.reduceat(starts % heights, first))
            bottom = np.maximum.reduceat((stops - 1) % heights, first)
            bottom = np.where(crosses, heights[first] - 1, bottom)
            width = right[last] - left[first] + 1
            boxes[owner[first]] = np.stack([left[first], top, width, bottom - top + 1], axis=1)
        return [(x, y, width, height) for x, y, width, height in boxes.tolist()]


def _summed(values: _Ints, owner: _Ints) -> _Ints:
    """The sums up to each value, of each owner alone. owner: ascending."""
    if not len(values):
        return values
    sums = np.cumsum(values)
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    before = sums[first] - values[first]
    return sums - np.repeat(before, np.diff(first, append=len(owner)))
