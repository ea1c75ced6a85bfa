"""The connected parts of a mask and its holes: fill holes, drop islands, keep one part, split.

Pixels of a mask hang together by corners too (8-connected); so a gap of a corner's width does not open a hole
(4-connected).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.masks.pieces import Pieces, around, pieces_of, together
from app.masks.rle import Mask

_LEAST_PX = 16
_OF_IMAGE = 1e-6


class Parts(NamedTuple):
    """The connected parts of pieces: of each piece the number of its part, of each part its pixels."""

    pieces: Pieces
    labels: NDArray[np.int64]
    areas: NDArray[np.int64]

    def only(self, which: NDArray[np.bool_]) -> Pieces:
        """Returns the pieces of some parts. which: (count,), a value for each part."""
        return self.pieces.only(which[self.labels])


def parts_of(mask: Mask) -> Parts:
    """Returns the parts of a mask, in the order of the image."""
    return _connected(pieces_of(mask), by_corners=True)


def holes_of(mask: Mask) -> Parts:
    """Returns the holes of a mask, in the order of the image. What the border of the image cuts off is none."""
    x, _, width, _ = mask.bbox
    first, last = max(x - 1, 0), min(x + width + 1, mask.size[1])
    beside = _connected(around(pieces_of(mask), first, last), by_corners=False)
    columns, tops, bottoms, _ = beside.pieces
    is_outside = np.zeros(len(beside.areas), np.bool_)
    is_outside[beside.labels[(columns == first) | (columns == last - 1) | (tops == 0) | (bottoms == mask.size[0])]] = (
        True
    )
    kept, number = beside.only(~is_outside), np.cumsum(~is_outside) - 1
    return Parts(kept, number[beside.labels[~is_outside[beside.labels]]], beside.areas[~is_outside])


def speck_size(mask: Mask, share: float) -> int:
    """Returns up to how many pixels a hole or an island is too small to be meant: that share of the mask.

    Of a small mask it is at least what is hardly seen, which is more on a large image.
    """
    height, width = mask.size
    return max(round(share * mask.area), _LEAST_PX, round(_OF_IMAGE * height * width))


def fill_holes(mask: Mask, up_to: int) -> Mask:
    """Returns the mask without its holes of at most so many pixels."""
    holes = holes_of(mask)
    return together(pieces_of(mask), holes.only(holes.areas <= up_to))


def drop_islands(mask: Mask, up_to: int) -> Mask:
    """Returns the mask without its parts of at most so many pixels; the largest always stays."""
    parts = parts_of(mask)
    stays = parts.areas > up_to
    if len(stays):
        stays[parts.areas.argmax()] = True
    return parts.only(stays).mask()


def part_at(mask: Mask, x: int, y: int) -> Mask | None:
    """Returns the part that has the pixel in column x, row y of the image; None when the mask does not have it."""
    parts = parts_of(mask)
    columns, tops, bottoms, _ = parts.pieces
    here = parts.labels[(columns == x) & (tops <= y) & (y < bottoms)]
    return parts.pieces.only(parts.labels == here[0]).mask() if len(here) else None


def split(mask: Mask) -> list[Mask]:
    """Returns the parts of the mask, the largest first; none of an empty one."""
    parts = parts_of(mask)
    by_part = np.argsort(parts.labels, kind="stable")
    ends = np.cumsum(np.bincount(parts.labels))
    columns, tops, bottoms, size = parts.pieces
    found = [Pieces(columns[i], tops[i], bottoms[i], size).mask() for i in np.split(by_part, ends[:-1]) if len(i)]
    return sorted(found, key=lambda part: -part.area)


def _connected(pieces: Pieces, *, by_corners: bool) -> Parts:
    labels = pieces.labels(by_corners=by_corners)
    areas = np.bincount(labels, pieces.bottoms - pieces.tops).astype(np.int64)
    return Parts(pieces, labels, areas)
