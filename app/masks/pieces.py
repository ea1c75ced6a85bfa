"""A mask as vertical pieces, the runs of its columns: morphology and connected components without making pixels.

There are about two pieces in each column that a smooth object spans, whatever its area: a mask of 6 megapixels has some
thousands of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Mask, check_region, pieces_of_runs

_Ints = NDArray[np.int64]


class Pieces(NamedTuple):
    """Pieces of a mask, or of what is around it, sorted by column and then by row.

    Two of one column do not touch. All three arrays have the same length; bottoms are the rows behind the last ones.
    """

    columns: _Ints
    tops: _Ints
    bottoms: _Ints
    size: tuple[int, int]
    """(height, width) of the image."""

    def mask(self) -> Mask:
        """Returns the mask of them."""
        return _mask(*self.edges(self.size[0]), self.size)

    def edges(self, stride: int) -> tuple[_Ints, _Ints]:
        """Returns the beginnings and the ends of the pieces, (n,) each, in one row of numbers; columns are so far apart
        in it."""
        begin = self.columns * stride
        return begin + self.tops, begin + self.bottoms

    def only(self, which: NDArray[np.bool_]) -> Pieces:
        """Returns those of the pieces. which: (n,), a value for each."""
        return Pieces(self.columns[which], self.tops[which], self.bottoms[which], self.size)

    def labels(self, *, by_corners: bool) -> _Ints:
        """Returns for each piece the number of the connected part it lies in, (n,), from 0 in the order of the image.

        by_corners: pixels that touch by a corner hang together (8-connected), else only by an edge (4-connected).
        """
        firsts, seconds = self._neighbours(int(by_corners))
        return _components(len(self.columns), firsts, seconds)

    def _neighbours(self, reach: int) -> tuple[_Ints, _Ints]:
        """The pairs of pieces of neighbouring columns that hang together."""
        stride = self.size[0] + 2
        starts, ends = self.edges(stride)
        low = np.searchsorted(ends, starts + stride - reach, "right")
        high = np.searchsorted(starts, ends + stride + reach, "left")
        counts = np.maximum(high - low, 0)
        firsts = np.repeat(np.arange(len(starts)), counts)
        before = np.cumsum(counts) - counts
        return firsts, np.arange(len(firsts)) + np.repeat(low - before, counts)

    def border_length(self) -> int:
        """Returns the number of edges of pixels between what is set and what is not, the border of the image too."""
        firsts, seconds = self._neighbours(0)
        shared = np.minimum(self.bottoms[firsts], self.bottoms[seconds]) - np.maximum(
            self.tops[firsts], self.tops[seconds]
        )
        return 2 * (len(self.columns) + int((self.bottoms - self.tops).sum()) - int(shared.sum()))


def pieces_of(mask: Mask) -> Pieces:
    """Returns the pieces of a mask; none of an empty one. Problem when it is damaged, or too wide."""
    height, width = mask.size
    check_region((1, width), mask.size)  # of a hostile one each column could be a piece
    columns, tops, bottoms = pieces_of_runs(mask.runs, 0, width, height)
    return Pieces(columns, tops, bottoms, mask.size)


def around(pieces: Pieces, first: int, last: int) -> Pieces:
    """Returns the pieces of what is not set in the image columns first .. last, the last one not included."""
    height = pieces.size[0]
    inside = pieces.only((pieces.columns >= first) & (pieces.columns < last))
    stride = height + 1
    begins = np.arange(first, last) * stride
    starts, ends = inside.edges(stride)
    gap_starts, gap_ends = np.sort(np.concatenate([begins, ends])), np.sort(np.concatenate([starts, begins + height]))
    is_gap = gap_starts < gap_ends
    columns, tops = np.divmod(gap_starts[is_gap], stride)
    return Pieces(columns, tops, tops + (gap_ends - gap_starts)[is_gap], pieces.size)


def together(one: Pieces, other: Pieces) -> Mask:
    """Returns the mask of pieces that do not overlap, but may touch."""
    (starts, ends), (starts_too, ends_too) = one.edges(one.size[0]), other.edges(one.size[0])
    return _mask(np.sort(np.concatenate([starts, starts_too])), np.sort(np.concatenate([ends, ends_too])), one.size)


def _mask(starts: _Ints, ends: _Ints, size: tuple[int, int]) -> Mask:
    edges = np.stack([starts, ends], axis=1).reshape(-1)
    return Mask.from_runs(np.diff(edges, prepend=0, append=size[0] * size[1]), size)


def _components(count: int, firsts: _Ints, seconds: _Ints) -> _Ints:
    """Connected components by hooking and pointer jumping: the smallest number in a part is its root."""
    root = np.arange(count)
    while True:
        ones, others = root[firsts], root[seconds]
        apart = ones != others
        if not apart.any():
            break
        firsts, seconds, ones, others = firsts[apart], seconds[apart], ones[apart], others[apart]
        np.minimum.at(root, np.maximum(ones, others), np.minimum(ones, others))
        while (root != (higher := root[root])).any():
            root = higher
    return np.unique(root, return_inverse=True)[1].reshape(-1)
