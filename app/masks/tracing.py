"""Outlines for readers of polygons: exact or simplified, and drawn in so that each way of filling gives the same mask.

pycocotools fills what lies inside. OpenCV and Pillow cut coordinates off to pixels and fill those on the line too: to
them an outline along the right side of a pixel lies in the pixel beyond. Drawn in by a hair it lies in the pixel
itself, and is filled to the very mask by all three.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.outlines import outlines
from app.masks.rle import Region

INSET = 0.05
"""Pixels. pycocotools rounds to a fifth of a pixel and does not see it; it is more than what is lost where coordinates
are written as shares with six decimals, or read as float32, in an image of 100,000 pixels."""
_LEAST_SIDE = 2
"""Where two sides of at least so many pixels meet there is a corner; shorter ones are steps of a slanting line."""
_FINEST = 0.5
"""Pixels: a tolerance below that leaves steps as they are."""
_MOST_CHANGE = 0.05
"""Of the area of an outline, by simplifying it: small ones deviate less than they may."""


def traced(region: Region, tolerance: float = 0.0, inset: float = 0.0) -> list[NDArray[np.float64]]:
    """Closed polygons (N, 2) float64 xy in image pixels, which turn as those of `outlines`. tolerance: largest
    deviation in pixels from the line through the middles of the pixel edges; 0 for the very edges. inset: so far into
    the mask."""
    corner = np.array([region.x, region.y], np.float64)
    here = Region(0, 0, region.pixels, region.image_size)
    rings: list[NDArray[np.float64]] = []
    for polygon in outlines(here):
        corners = polygon.astype(np.float64)
        ring = corners + inset * _inwards(corners) if inset else corners
        rings.append((_simplified(ring, corners, tolerance, inset) if tolerance else ring) + corner)
    return rings


def _inwards(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The way into the mask from each corner: (N, 2), -1 or 1 in x and y. Corners come in pairs, the ends of the
    horizontal edges; inside is on the right of who goes along."""
    x, y = corners[:, 0], corners[:, 1]
    ways = np.empty_like(corners)
    ways[0::2, 1] = ways[1::2, 1] = np.sign(x[1::2] - x[0::2])
    ways[1::2, 0] = np.sign(y[1::2] - np.append(y[2::2], y[0]))
    ways[2::2, 0], ways[0, 0] = ways[1:-1:2, 0], ways[-1, 0]
    return ways


def _simplified(
    exact: NDArray[np.float64], corners: NDArray[np.float64], tolerance: float, inset: float
) -> NDArray[np.float64]:
    ends = np.roll(corners, -1, axis=0)
    sides = ends - corners
    inwards = inset * np.sign(sides[:, ::-1] * (-1, 1))
    points = np.stack([exact, (corners + ends) / 2 + inwards], axis=1)[turns(corners)]
    return simplest(points, tolerance, _area(exact), otherwise=exact)


def turns(corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Returns which corners of an outline, (N, 2), and middles of the edges from them say how it goes: (N, 2) bool. The
    middles do, and of the corners those that are no steps of a slanting line."""
    is_long = np.abs(np.roll(corners, -1, axis=0) - corners).sum(axis=1) >= _LEAST_SIDE
    return np.stack([is_long & np.roll(is_long, 1), np.ones(len(corners), np.bool_)], axis=1)


def simplest(
    points: NDArray[np.float64], tolerance: float, area: float, *, otherwise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns the points of a closed polygon, (N, 2) xy, that keep it within the tolerance, in pixels; `otherwise`,
    where no three of them keep its area about what it is to be. Source: Douglas and Peucker, 1973."""
    near = points.astype(np.float32).reshape(-1, 1, 2)
    halvings = max(2, math.ceil(math.log2(max(tolerance / _FINEST, 1))))  # a small part of a coarse outline too
    for most in tolerance / 2.0 ** np.arange(halvings + 1):
        simple = cv2.approxPolyDP(near, most, True).reshape(-1, 2).astype(np.float64)
        if len(simple) >= 3 and abs(_area(simple) - area) <= _MOST_CHANGE * abs(area):
            return simple
    return otherwise


def _area(polygon: NDArray[np.float64]) -> float:
    x, y = polygon.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
