"""Snap an outline to the edges of the image: a watershed between what surely is inside and what surely is not.

Both basins grow into a band along the outline, over the smallest differences of colour first, and meet at the strongest
edge between them. See docs/decisions/028.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.regions import Box
from app.masks.rle import Mask, Region
from app.masks.watershed import inner_basin
from app.problem import Problem
from app.text import say

_Image = NDArray[np.uint8]
_Pixels = NDArray[np.bool_]
_Distances = NDArray[np.float32]
MOST_BAND_PX = 64
"""More is never looked for."""
_LEAST_BAND_PX, _MOST_USUAL_BAND_PX = 4, 24
_OF_IMAGE = 0.004
_BLUR = 0.25
"""Of the band: the image is blurred by so much."""
_INWARDS, _OUTWARDS = 0.5, 0.75
"""Of half the thickness that a mask, or a gap in it, has there: the outline moves no farther."""
_LEAST_PX = 0.5
_MOST_PIXELS = 40_000_000
"""Of the part of the image that is looked at: 60 bytes of memory each."""
_MARGIN = 2
"""Bands around the mask are looked at: so that there is something outside."""


def usual_band(size: tuple[int, int]) -> int:
    """Returns how far from the outline edges are looked for, in pixels: farther in an image (height, width) of many."""
    return min(max(round(_OF_IMAGE * max(size)), _LEAST_BAND_PX), _MOST_USUAL_BAND_PX)


def snapping_box(mask: Mask, band: int) -> Box:
    """Returns the part of the image that is looked at to snap a mask. Problem when that is more than is snapped at
    once."""
    x, y, width, height = mask.bbox
    margin = _MARGIN * band
    box = (
        max(x - margin, 0),
        max(y - margin, 0),
        min(x + width + margin, mask.size[1]),
        min(y + height + margin, mask.size[0]),
    )
    if (box[3] - box[1]) * (box[2] - box[0]) > _MOST_PIXELS:
        raise Problem(
            say(
                "With its surroundings the mask spans {width} x {height} pixels, more than the {most} megapixels that "
                "can be snapped at once: snap smaller parts of it.",
                width=box[2] - box[0],
                height=box[3] - box[1],
                most=_MOST_PIXELS // 1_000_000,
            )
        )
    return box


def snap(mask: Mask, image: _Image, box: Box, band: int) -> Mask:
    """Returns the mask with its outline along edges of the image; what is farther than the band stays as it is.

    image: (h, w, 3) RGB of the box, which `snapping_box` tells. Where a mask is thin the band is narrower, and its
    middle stays.
    """
    x0, y0, x1, y1 = box
    pixels = mask.window(x0, y0, x1 - x0, y1 - y0)
    return Mask.from_region(Region(x0, y0, snapped(image, pixels, band), mask.size))


def snapped(image: _Image, mask: _Pixels, band: int) -> _Pixels:
    """Returns the pixels (h, w) of a mask that was snapped; image (h, w, 3) RGB."""
    inside, outside = _sure(mask, band)
    if not inside.any() or not outside.any():
        return mask
    return inner_basin(image, inside, outside, blur=_BLUR * band, around=band)


def _sure(mask: _Pixels, band: int) -> tuple[_Pixels, _Pixels]:
    """What surely is inside and what surely is outside: the outline moves by the band where the mask is thick, and by a
    share of its thickness where it is thin, or a wire would be lost between two edges of its surroundings."""
    (deep, far), (wide, apart) = zip(*(_distances(side, band) for side in (mask, ~mask)), strict=True)
    inwards = np.clip(_INWARDS * wide, _LEAST_PX, band)
    outwards = np.clip(np.minimum(_OUTWARDS * wide, _INWARDS * apart), _LEAST_PX, band)
    return (deep > inwards) | _middle(mask), far > outwards


def _distances(side: _Pixels, band: int) -> tuple[_Distances, _Distances]:
    """Returns how far each pixel is from the other side, and the most of that around it: half the thickness there."""
    deep = np.asarray(cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
    around = np.ones((4 * band + 1, 4 * band + 1), np.uint8)
    return deep, np.asarray(cv2.dilate(deep, around), np.float32)


def _middle(mask: _Pixels) -> _Pixels:
    """The pixels that are farthest from the outline among those around: a line along whatever is thin."""
    padded = np.pad(mask, 1).astype(np.uint8)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
    farthest = cv2.dilate(distance, np.ones((3, 3), np.uint8))
    return mask & (distance >= farthest) & (distance > 1)
