"""Polygons of COCO and masks. A polygon is a view: the RLE is the master."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pycocotools import mask as coco_mask

from app.masks.rle import Mask
from app.problem import Problem
from app.text import say, say_n

MAX_POINTS = 1_000_000
MAX_COORDINATE = 1e12
"""Corners farther away are pulled to it: from there float64 could not tell where an edge crosses the image."""
MAX_PERIMETER_PX = 4_000_000
"""Of all polygons of one object. pycocotools takes 100 bytes for each pixel of it, and crashes where there are none."""
MOST_PIXELS = (1 << 31) - 1
"""Of an image: pycocotools counts them in C's int."""


def from_polygons(polygons: Sequence[Sequence[float]], size: tuple[int, int]) -> Mask:
    """Several flat polygons [x0, y0, x1, y1, ...] of one object, united as pycocotools does. size: (height, width).
    What lies far outside the image is cut off, which changes nothing inside it.
    Problem when a polygon is none: fewer than three points, an odd count, not a number, absurdly many points; and when
    the image is larger than MOST_PIXELS."""
    height, width = size
    if height <= 0 or width <= 0:
        raise Problem(say("A mask has the impossible size of {height} x {width} pixels.", height=height, width=width))
    if height * width > MOST_PIXELS:
        raise Problem(
            say(
                "An image of {width} x {height} pixels is too large for polygons, "
                "which are read in images of up to {most} megapixels.",
                width=width,
                height=height,
                most=MOST_PIXELS // 1_000_000,
            )
        )
    checked = [_checked(polygon) for polygon in polygons]
    if not checked:
        raise Problem(say("An object has no polygon."))
    near = [part for polygon in checked if len(part := _near(polygon.reshape(-1, 2), size)) >= 3]
    if sum(map(perimeter_px, near)) > MAX_PERIMETER_PX:
        raise Problem(say("The outline of an object is absurdly long."))
    if not near:
        return Mask.from_runs([height * width], size)
    rle = coco_mask.merge(coco_mask.frPyObjects([p.reshape(-1).tolist() for p in near], height, width))
    return Mask.from_coco((height, width), rle["counts"])


def _near(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The polygon (N, 2) cut off where it is more than an image's side away: pycocotools walks along the edges pixel
    by pixel. The pixels inside the image stay the same. Source: Sutherland and Hodgman, 1974."""
    height, width = size
    margin = max(height, width)
    if -margin <= points.min() and (points.max(axis=0) <= (width + margin, height + margin)).all():  # as nearly all
        return points
    for axis, limit, side in ((0, -margin, -1), (0, width + margin, 1), (1, -margin, -1), (1, height + margin, 1)):
        points = _cut(points, axis, limit=limit, side=side)
    return points


def _cut(points: np.ndarray, axis: int, *, limit: float, side: int) -> np.ndarray:
    """Along one line; what lies on its side (-1 below, 1 above limit) goes."""
    ends = np.roll(points, -1, axis=0)
    kept, kept_end = ((p[:, axis] - limit) * side <= 0 for p in (points, ends))
    crosses = kept != kept_end
    share = np.zeros((len(points), 1))
    share[crosses, 0] = (limit - points[crosses, axis]) / (ends - points)[crosses, axis]
    crossings = points + share * (ends - points)
    crossings[:, axis] = limit
    return np.stack([points, crossings], axis=1)[np.stack([kept, crosses], axis=1)]


def perimeter_px(points: np.ndarray) -> float:
    """Returns the length of the closed polygon (N, 2) in the steps of pycocotools: a diagonal one is as long as a
    straight one."""
    return float(np.abs(points - np.roll(points, 1, axis=0)).max(axis=1).sum())


def _checked(polygon: Sequence[float]) -> np.ndarray:
    try:
        numbers = np.asarray(polygon, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise Problem(say("A polygon has coordinates that are not numbers.")) from error
    if numbers.ndim != 1 or len(numbers) < 6 or len(numbers) % 2:
        raise Problem(
            say_n(
                "A polygon of {n} number is none: it takes at least three points.",
                "A polygon of {n} numbers is none: it takes at least three points.",
                numbers.size,
            )
        )
    if len(numbers) > 2 * MAX_POINTS:
        raise Problem(say("A polygon of {numbers} points is too large.", numbers=len(numbers) // 2))
    if not np.isfinite(numbers).all():
        raise Problem(say("A polygon has coordinates that are not numbers."))
    return np.clip(numbers, -MAX_COORDINATE, MAX_COORDINATE)
