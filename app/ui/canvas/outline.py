"""Outlines of masks for painting: exact for zooming in, simpler for zooming out."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainterPath

from app.ui.canvas.paths import painter_path

# Outlines are drawn to within a screen pixel: the largest deviation in image pixels, and the scale it is meant for.
_TOLERANCES = ((0.0, 1.0), (0.7, 0.35), (2.5, 0.1), (8.0, 0.03), (25.0, 0.0))
_STRIDE = 1 << 32
"""More than an image is high."""
Polygons = Sequence[NDArray[np.float32]]


class Outline:
    """One mask's outline; each level is made when first drawn."""

    def __init__(self, polygons: Polygons) -> None:
        """Keeps the exact outlines of an object, (N, 2) xy in image pixels, to simplify them when asked."""
        self.corners = sum(map(len, polygons))
        """Of the exact outlines."""
        self._polygons: dict[float, Polygons] = {0.0: polygons}
        self._paths: dict[float, QPainterPath] = {}

    def at(self, scale: float) -> QPainterPath:
        """Returns the outline for that scale, in device pixels per image pixel."""
        tolerance = _tolerance(scale)
        if tolerance not in self._paths:
            self._paths[tolerance] = painter_path(self.polygons(scale))
        return self._paths[tolerance]

    def polygons(self, scale: float) -> Polygons:
        """Returns the points of the outline for that scale: closed polygons (N, 2) float32 xy in image pixels."""
        tolerance = _tolerance(scale)
        if tolerance not in self._polygons:
            self._polygons[tolerance] = _simplified(self._polygons[0.0], tolerance)
        return self._polygons[tolerance]

    def corners_at(self, scale: float) -> int:
        """Returns how many points the outline has for that scale."""
        return sum(map(len, self.polygons(scale)))

    def changed_from(self, before: Outline) -> tuple[float, float, float, float] | None:
        """Returns where the mask is another one than that of an outline before: x0, y0, x1, y1 in image pixels; None
        where there is no such place. All around it the two outlines are the same to within a pixel of the screen."""
        there, here = _corners(before._polygons[0.0]), _corners(self._polygons[0.0])
        corners, which = np.unique(np.concatenate([there, here]), return_inverse=True)
        times = np.bincount(which[len(there) :], minlength=len(corners)) - np.bincount(
            which[: len(there)], minlength=len(corners)
        )
        changed = corners[times != 0]  # where two pixels touch by a corner there are two corners at one place
        if not len(changed):
            return None
        xs, ys = np.divmod(changed, _STRIDE)
        return float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max())


def _corners(polygons: Polygons) -> NDArray[np.int64]:
    """A number for each corner."""
    points = np.concatenate([np.zeros((0, 2), np.float32), *polygons]).astype(np.int64)
    return points[:, 0] * _STRIDE + points[:, 1]


def _tolerance(scale: float) -> float:
    return next(tolerance for tolerance, smallest in _TOLERANCES if scale >= smallest)


def _simplified(polygons: Polygons, tolerance: float) -> Polygons:
    simple = (cv2.approxPolyDP(p.reshape(-1, 1, 2), tolerance, True) for p in polygons)
    return [np.asarray(p.reshape(-1, 2), np.float32) for p in simple]
