"""Grow from a click to the edges of the image: where a model says nothing of a place, or has no end there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.watershed import inner_basin

_Pixels = NDArray[np.bool_]
_BLUR, _LEAST_BLUR_PX = 0.1, 0.6
_AROUND, _LEAST_AROUND_PX = 0.3, 2
_SMOOTH = 0.2
"""All of them times the distance from the click to the border of the mask, as it is looked at. Measured."""


def grown(image: NDArray[np.uint8], inside: _Pixels, outside: _Pixels, distance: float) -> _Pixels:
    """Returns what is reached from inside before it is from outside, over the edges of the image: (h, w) bool, as both.

    image: (h', w', 3) RGB of the same, perhaps smaller. distance: from the click to the border of the mask, in pixels.
    """
    (height, width), (rows, columns) = inside.shape, image.shape[:2]
    distance *= columns / width
    blur, around = max(_BLUR * distance, _LEAST_BLUR_PX), max(int(_AROUND * distance), _LEAST_AROUND_PX)
    seen_inside, seen_outside = (_resized(each.astype(np.float32), rows, columns) > 0.5 for each in (inside, outside))
    found = inner_basin(image, seen_inside, seen_outside & ~seen_inside, blur=blur, around=around)
    side = 2 * round(_SMOOTH * distance) + 1
    blurred = cv2.blur(found.astype(np.float32), (side, side), borderType=cv2.BORDER_REPLICATE)
    soft = np.asarray(blurred, np.float32)
    return inside | ((_resized(soft, height, width) > 0.5) & ~outside)


def _resized(share: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    if share.shape == (rows, columns):
        return share
    return np.asarray(cv2.resize(share, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)
