"""The watershed: two markers grow over the smallest differences of colour first, and meet at the strongest edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_Image = NDArray[np.uint8]
_Pixels = NDArray[np.bool_]


def inner_basin(image: _Image, inside: _Pixels, outside: _Pixels, *, blur: float, around: int) -> _Pixels:
    """Returns the pixels that are reached from inside before they are from outside, both included: (h, w) bool.

    image: (h, w, 3) RGB; it is blurred by so many pixels (sigma), or its noise would be followed. around: the colours
    of a basin are those so near. Nothing that is marked changes sides; where nothing is outside, all is inside.
    """
    if not outside.any():
        return np.ones_like(inside)
    markers = np.where(inside, 1, np.where(outside, 2, 0)).astype(np.int32)
    cv2.watershed(cv2.GaussianBlur(image, (0, 0), blur), markers)
    found = _settled(image, markers, around)
    smooth = cv2.blur(found.astype(np.uint8) * np.uint8(255), (3, 3), borderType=cv2.BORDER_REPLICATE) > 127
    return inside | (smooth & ~outside)


def _settled(image: _Image, markers: NDArray[np.int32], around: int) -> _Pixels:
    """The inner basin, and of the line between the two, which is of neither, what is more like it.

    The colours of a basin are those nearby, but not at the line, where both mix.
    """
    near = cv2.dilate((markers == -1).astype(np.uint8), np.ones((3, 3), np.uint8)) == 1
    colours, side = image.astype(np.float32), (2 * around + 1, 2 * around + 1)
    distances: list[NDArray[np.float32]] = []
    for basin in (1, 2):
        is_in = ((markers == basin) & ~near).astype(np.float32)
        weight = np.maximum(np.asarray(cv2.blur(is_in, side), np.float32), np.float32(1e-6))[..., None]
        mean = np.asarray(cv2.blur(colours * is_in[..., None], side), np.float32) / weight
        distances.append(((colours - mean) ** 2).sum(2))
    return np.where(markers == -1, distances[0] < distances[1], markers == 1)
