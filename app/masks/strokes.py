"""Strokes of a brush: the path of the pointer, and the pixels that it paints."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.masks.regions import empty
from app.masks.rle import Region, check_region

_LITTLE = 1e-9
"""Rounding does not leave out the pixel whose middle lies on the border."""


@dataclass(frozen=True)
class Stroke:
    """A brush drawn along a path. positive: it paints; otherwise it erases."""

    path: tuple[tuple[float, float], ...]
    """At least one place, in image pixels: (0.5, 0.5) is the middle of the first one. It may leave the image."""
    radius: float
    """Half the width of the brush in image pixels. 0.5 paints single pixels."""
    positive: bool = True
    is_square: bool = False


def rasterized(stroke: Stroke, image_size: tuple[int, int]) -> Region:
    """Returns the pixels of the image that the stroke covers; none when it lies beside it.

    image_size: (height, width). Between two places of the path there is no gap. Raises Problem when it reaches over too
    much of a huge image.
    """
    height, width = image_size
    path, reach = np.asarray(stroke.path, np.float64), math.ceil(stroke.radius) + 1
    x0, y0 = (max(math.floor(v) - reach, 0) for v in path.min(axis=0).tolist())
    right, bottom = path.max(axis=0).tolist()
    x1, y1 = min(math.ceil(right) + reach, width), min(math.ceil(bottom) + reach, height)
    if x0 >= x1 or y0 >= y1:
        return empty(image_size)
    check_region((y1 - y0, x1 - x0), image_size)
    canvas = np.zeros((y1 - y0, x1 - x0), np.uint8)
    draw(canvas, path - (x0, y0), stroke.radius, is_square=stroke.is_square)
    return Region(x0, y0, canvas.view(np.bool_), image_size)


def draw(canvas: NDArray[np.uint8], path: NDArray[np.float64], radius: float, *, is_square: bool = False) -> None:
    """Sets the pixels of a canvas to 1 whose middle a brush covers on its way. canvas: (h, w), changed in place.

    path: (N, 2) x, y in pixels of the canvas.
    """
    for start, end in zip(path, path[1:] if len(path) > 1 else path, strict=False):
        _draw_part(canvas, start, end, radius, is_square=is_square)


def _draw_part(
    canvas: NDArray[np.uint8], start: NDArray[np.float64], end: NDArray[np.float64], radius: float, *, is_square: bool
) -> None:
    """What a brush covers on a straight way is convex: of each row one piece."""
    height, width = canvas.shape
    left, top = (np.minimum(start, end) - radius).tolist()
    right, bottom = (np.maximum(start, end) + radius).tolist()
    x0, y0, x1, y1 = max(math.floor(left), 0), max(math.floor(top), 0), math.ceil(right), math.ceil(bottom)
    x1, y1 = min(x1, width), min(y1, height)
    if x0 >= x1 or y0 >= y1:
        return
    rows: NDArray[np.float64] = np.arange(y0, y1, dtype=np.float64) + 0.5
    columns: NDArray[np.float64] = np.arange(x0, x1, dtype=np.float64) + 0.5
    lefts, rights = _pieces(rows - start[1], end - start, radius, is_square=is_square)
    columns -= start[0]
    canvas[y0:y1, x0:x1] |= (columns >= lefts[:, None]) & (columns <= rights[:, None])


def _pieces(
    rows: NDArray[np.float64], way: NDArray[np.float64], radius: float, *, is_square: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the first and the last place covered in each row, seen from where the way begins.

    A row is in reach of the brush for a part of the way, from `near` to `far` as shares of it. A square covers most at
    the ends of that part, a disc where the border of all that it covers, which is parallel to the way, meets the row.
    """
    dx, dy = way.tolist()
    if dy:
        ends = (rows - radius) / dy, (rows + radius) / dy
        near, far = np.clip(np.minimum(*ends), 0, 1), np.clip(np.maximum(*ends), 0, 1)
    else:
        near, far = np.zeros(len(rows)), np.ones(len(rows))
    least, most = (near, far) if dx >= 0 else (far, near)
    if not is_square and dy:
        aslant = math.copysign(radius, dy) * dx / math.hypot(dx, dy)
        least, most = (np.clip((rows + side * aslant) / dy, near, far) for side in (-1, 1))
    halves: list[NDArray[np.float64]] = []
    for share in (least, most):
        off = np.abs(rows - dy * share)
        half = np.full(len(rows), radius) if is_square else np.sqrt(np.maximum(radius**2 - off**2, 0))
        halves.append(np.where(off <= radius + _LITTLE, half + _LITTLE, -np.inf))
    return dx * least - halves[0], dx * most + halves[1]
