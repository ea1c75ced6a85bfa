"""Polygons of COCO and masks. A polygon is a view: the RLE is the master."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pycocotools import mask as coco_mask

from app.masks.outlines import is_hole, outlines
from app.masks.rle import Mask
from app.problem import Problem

MAX_POINTS = 1_000_000


def from_polygons(polygons: Sequence[Sequence[float]], size: tuple[int, int]) -> Mask:
    """Several flat polygons [x0, y0, x1, y1, ...] of one object, united as pycocotools does. size: (height, width).
    Problem when a polygon is none: fewer than three points, an odd count, not a number, absurdly many points."""
    height, width = size
    checked = [_checked(polygon) for polygon in polygons]
    if not checked:
        raise Problem("An object has no polygon.")
    limit = 2.0 * max(height, width)
    # pycocotools walks along the edges pixel by pixel: far-off corners would cost minutes and memory
    near = [np.clip(p, -limit, 2 * limit).tolist() for p in checked]
    rle = coco_mask.merge(coco_mask.frPyObjects(near, height, width))
    return Mask.from_coco((height, width), rle["counts"])


def to_polygons(mask: Mask) -> list[list[float]]:
    """Flat polygons along the pixel edges. COCO unites polygons, so that a hole cannot be said: it is filled, and only
    the RLE keeps it."""
    return [polygon.reshape(-1).tolist() for polygon in outlines(mask.region()) if not is_hole(polygon)]


def _checked(polygon: Sequence[float]) -> np.ndarray:
    try:
        numbers = np.asarray(polygon, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise Problem("A polygon has coordinates that are not numbers.") from error
    if numbers.ndim != 1 or len(numbers) < 6 or len(numbers) % 2:
        raise Problem(f"A polygon of {numbers.size} numbers is none: it takes at least three points.")
    if len(numbers) > 2 * MAX_POINTS:
        raise Problem(f"A polygon of {len(numbers) // 2} points is too large.")
    if not np.isfinite(numbers).all():
        raise Problem("A polygon has coordinates that are not numbers.")
    return numbers
