"""Shapes of strangers as masks. Pixel (x, y) covers [x, x + 1) x [y, y + 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from app.formats.kit.report import Nowhere
from app.masks.polygons import from_polygons
from app.masks.rle import Mask
from app.problem import Problem
from app.text import say

_ELLIPSE_POINTS = 256
Point = tuple[float, float]


def points_in(value: object) -> list[Point]:
    """Returns the points of a list of pairs. Problem when it is none."""
    points = cast(list[Any], value) if isinstance(value, list) else []
    try:
        numbers = np.asarray(points, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise Problem(say("its points are not pairs of numbers.")) from error
    if not len(points) or numbers.ndim != 2 or numbers.shape[1] != 2 or not np.isfinite(numbers).all():
        raise Problem(say("its points are not pairs of numbers."))
    return [(x, y) for x, y in numbers.tolist()]


def polygon_mask(points: Sequence[Point], size: tuple[int, int]) -> Mask:
    """Fills a polygon as pycocotools does. size: (height, width). Problem when it is none, or covers no pixel."""
    mask = from_polygons([[number for point in points for number in point]], size)
    if not mask.area:
        raise Nowhere(say("it covers no pixel of the image."))
    return mask


def box_mask(x0: float, y0: float, x1: float, y1: float, *, size: tuple[int, int]) -> Mask:
    """Fills a box, whose corners come in any order. size: (height, width). Problem when it is none."""
    return polygon_mask(box_points(x0, y0, x1, y1), size)


def ellipse_mask(center: Point, radii: Point, size: tuple[int, int], *, degrees: float = 0.0) -> Mask:
    """Fills an ellipse, which is turned clockwise by so many degrees. size: (height, width). Problem when it is
    absurd."""
    if not np.isfinite([*center, *radii, degrees]).all() or max(np.abs([*center, *radii])) > 1e7:
        raise Problem(say("its circle is absurdly large."))
    return polygon_mask(ellipse_points(center, radii, degrees), size)


def ellipse_points(center: Point, radii: Point, degrees: float = 0.0) -> list[Point]:
    """Returns the corners of the polygon that an ellipse is filled as."""
    angles = np.linspace(0, 2 * np.pi, _ELLIPSE_POINTS, endpoint=False)
    xs, ys = center[0] + radii[0] * np.cos(angles), center[1] + radii[1] * np.sin(angles)
    return rotate(list(zip(xs.tolist(), ys.tolist(), strict=True)), degrees, center)


def box_points(x0: float, y0: float, x1: float, y1: float, degrees: float = 0.0) -> list[Point]:
    """Returns the corners of a box, which is turned clockwise around its middle."""
    corners: list[Point] = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return rotate(corners, degrees, ((x0 + x1) / 2, (y0 + y1) / 2)) if degrees else corners


def rotate(points: Sequence[Point], degrees: float, middle: Point) -> list[Point]:
    """Turns points around the middle, clockwise on the screen."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    from_middle = np.asarray(points, np.float64) - middle
    return [(float(x), float(y)) for x, y in from_middle @ np.array([[cos, sin], [-sin, cos]]) + middle]
