"""Grow, shrink and smooth a mask: morphology with a disc, on its runs.

What lies beyond the border of the image is taken to go on as it is there: an object that the border cuts does not
shrink away from it, and to grow and to shrink again never loses a pixel.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from app.masks.combining import union
from app.masks.pieces import Pieces, around, pieces_of
from app.masks.rle import Mask, Region

_Box = tuple[int, int, int, int]
"""x, y, width, height"""

_SMOOTHING = 0.02
"""Of the thickness of a mask: so far reaches what one smoothing looks at."""
_MOST_SMOOTHING_PX = 8
_STRIP_PIXELS = 4_000_000
"""So many are made at once while a mask is smoothed."""


def grow(mask: Mask, by: int = 1) -> Mask:
    """Returns the mask with all pixels that are at most so far from one of it, in pixels: dilation with a disc."""
    return _grown(pieces_of(mask), by).mask()


def shrink(mask: Mask, by: int = 1) -> Mask:
    """Returns the mask without the pixels that are at most so far from one outside it: erosion with a disc.

    It may become empty. by: in pixels.
    """
    x, _, width, _ = mask.bbox
    first, last = max(x - by, 0), min(x + width + by, mask.size[1])
    lost = _grown(around(pieces_of(mask), first, last), by)
    return around(lost, x, x + width).mask()


def smooth(mask: Mask, radius: int | None = None) -> Mask:
    """Returns the mask with a smoother outline: what most of the pixels in a square around say (majority, median).

    Corners become round, thin spikes and notches go; straight edges stay where they are. radius: in pixels, else
    `smoothing_radius`. It may become empty: a line of one pixel has more around it than in it.
    """
    radius = smoothing_radius(mask) if radius is None else radius
    if not mask.area:
        return mask
    x, y, width, height = _widened(mask.bbox, radius, mask.size)
    strip = max(_STRIP_PIXELS // height, 1)
    return union(
        [
            _smoothed(mask, (left, y, min(strip, x + width - left), height), radius)
            for left in range(x, x + width, strip)
        ]
    )


def smoothing_radius(mask: Mask) -> int:
    """Returns how far smoothing looks around a pixel, relative to how thick the mask is, in pixels; 1 at least."""
    border = (
        math.pi / 4 * pieces_of(mask).border_length()
    )  # a slanting edge has steps: on average it is so much shorter
    thickness = 4 * mask.area / max(border, 1)  # the diameter of a disc, twice the width of a line
    return min(max(round(_SMOOTHING * thickness), 1), _MOST_SMOOTHING_PX)


def _grown(pieces: Pieces, by: int) -> Pieces:
    """The pieces of all pixels that are at most so far from one of them."""
    height, width = pieces.size
    stride = height + 2 * by + 1  # so that nothing grows into the next column
    starts, ends = pieces.edges(stride)
    shifts = np.arange(-by, by + 1)[:, None]
    half = np.floor(np.sqrt(by**2 - shifts**2)).astype(np.int64)
    starts = np.sort((starts + shifts * stride - half).reshape(-1))
    ends = np.sort((ends + shifts * stride + half).reshape(-1))
    if not len(starts):
        return pieces
    apart = starts[1:] > ends[:-1]  # so many have ended as have begun before
    starts, ends = np.append(starts[:1], starts[1:][apart]), np.append(ends[:-1][apart], ends[-1:])
    columns = (starts + by) // stride
    tops, bottoms = np.maximum(starts - columns * stride, 0), np.minimum(ends - columns * stride, height)
    return Pieces(columns, tops, bottoms, pieces.size).only((columns >= 0) & (columns < width) & (tops < bottoms))


def _widened(box: _Box, by: int, image_size: tuple[int, int]) -> _Box:
    x, y, width, height = box
    left, top = max(x - by, 0), max(y - by, 0)
    right, bottom = min(x + width + by, image_size[1]), min(y + height + by, image_size[0])
    return left, top, right - left, bottom - top


def _smoothed(mask: Mask, box: _Box, radius: int) -> Mask:
    """What is in the box of the mask that was made smooth."""
    x, y, width, height = box
    seen = _widened((x, y, width, 1), radius, mask.size)
    pixels = mask.window(seen[0], y, seen[2], height).view(np.uint8) * np.uint8(255)
    # a square with an odd number of pixels has no ties: the mean is below 127.5, or above it
    blurred = cv2.blur(pixels, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REPLICATE)
    inside = blurred[:, x - seen[0] : x - seen[0] + width] > 127
    return Mask.from_region(Region(x, y, inside, mask.size))
