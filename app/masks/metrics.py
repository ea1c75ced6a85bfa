"""How alike two masks are, and where a person would click on one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Region


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks (H, W) of one size; two empty masks are alike: 1."""
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 1.0


def region_iou(a: Region, b: Region) -> float:
    """Intersection over union of two masks of one image; two empty ones are alike: 1."""
    areas = int(np.count_nonzero(a.pixels)) + int(np.count_nonzero(b.pixels))
    x0, y0 = max(a.x, b.x), max(a.y, b.y)
    x1 = min(a.x + a.pixels.shape[1], b.x + b.pixels.shape[1])
    y1 = min(a.y + a.pixels.shape[0], b.y + b.pixels.shape[0])
    common = 0
    if x0 < x1 and y0 < y1:
        one, other = (r.pixels[y0 - r.y : y1 - r.y, x0 - r.x : x1 - r.x] for r in (a, b))
        common = int(np.count_nonzero(one & other))
    return common / (areas - common) if areas else 1.0


def interior_distance(pixels: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(h, w) float32: distance of each pixel of the mask to the nearest one outside it; beyond the border is outside.
    Source: RITM's clicker (padding by one pixel, cv2.DIST_L2, exact)."""
    padded = np.pad(pixels, 1).astype(np.uint8)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance[1:-1, 1:-1], np.float32)


def interior_point(pixels: NDArray[np.bool_]) -> tuple[float, float]:
    """Returns x, y of the middle of the pixel farthest inside a mask (h, w), the first in row order. ValueError for an
    empty one."""
    if not pixels.any():
        raise ValueError("An empty mask has no interior point.")
    y, x = np.unravel_index(int(interior_distance(pixels).argmax()), pixels.shape)
    return float(x) + 0.5, float(y) + 0.5
