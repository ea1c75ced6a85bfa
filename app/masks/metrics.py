"""How alike two masks are, and where a person would click on one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Mask, Region


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks of one size; two empty masks are alike: 1."""
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 1.0


def mask_iou(a: Mask, b: Mask) -> float:
    """Of two masks of one image, looking only where their boxes meet; two empty masks are alike: 1."""
    common = _common(a.region(), b.region())
    union = a.area + b.area - common
    return common / union if union else 1.0


def _common(a: Region, b: Region) -> int:
    """Pixels in both."""
    left, top = max(a.x, b.x), max(a.y, b.y)
    right = min(a.x + a.pixels.shape[1], b.x + b.pixels.shape[1])
    bottom = min(a.y + a.pixels.shape[0], b.y + b.pixels.shape[0])
    if left >= right or top >= bottom:
        return 0
    parts = (r.pixels[top - r.y : bottom - r.y, left - r.x : right - r.x] for r in (a, b))
    return int(np.count_nonzero(np.logical_and(*parts)))


def interior_distance(pixels: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(h, w) float32: distance of each pixel of the mask to the nearest one outside it; beyond the border is outside.
    Source: RITM's clicker (padding by one pixel, cv2.DIST_L2, exact)."""
    padded = np.pad(pixels, 1).astype(np.uint8)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance[1:-1, 1:-1], np.float32)


def interior_point(pixels: NDArray[np.bool_]) -> tuple[float, float]:
    """x, y of the middle of the pixel farthest inside, the first in row order; ValueError for an empty mask."""
    if not pixels.any():
        raise ValueError("An empty mask has no interior point.")
    y, x = np.unravel_index(int(interior_distance(pixels).argmax()), pixels.shape)
    return float(x) + 0.5, float(y) + 0.5
