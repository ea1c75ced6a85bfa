"""An image at halved sizes, in the byte order that screens want: zooming out of 24 megapixels stays smooth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SMALLEST_PX = 1024
"""No level is made below this long side: drawing it directly is fast enough."""


def pyramid(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    """(H, W, 3) RGB -> levels (H, W, 4) B G R 255, then ceil halves, area-averaged so that nothing shimmers."""
    levels = [as_painted(pixels)]
    while max(levels[-1].shape[:2]) > SMALLEST_PX:
        height, width = levels[-1].shape[:2]
        half = (max(1, (width + 1) // 2), max(1, (height + 1) // 2))
        levels.append(np.asarray(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA), np.uint8))
    return tuple(np.ascontiguousarray(level) for level in levels)


def as_painted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turns RGB (H, W, 3) into the (H, W, 4) that Qt paints: B, G, R and 255."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA), np.uint8)
