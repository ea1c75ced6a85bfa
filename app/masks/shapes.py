"""Rectangles and ellipses, upright or turned, as pixels: those whose middle lies inside."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.masks.regions import Box, clipped, empty
from app.masks.rle import Region, check_region

_BAND_PIXELS = 1_000_000
"""So many are looked at at once: what is calculated takes eight times the memory of the pixels."""
_Floats = NDArray[np.float64]
_Test = Callable[[_Floats, _Floats], NDArray[np.bool_]]


@dataclass(frozen=True)
class TurnedBox:
    """A rectangle in image pixels: a corner, and the two sides that begin there, at right angles to each other."""

    corner: tuple[float, float]
    along: tuple[float, float]
    across: tuple[float, float]

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """The four corners, one after the other around it."""
        (x, y), (ax, ay), (bx, by) = self.corner, self.along, self.across
        return (x, y), (x + ax, y + ay), (x + ax + bx, y + ay + by), (x + bx, y + by)

    @property
    def ring(self) -> tuple[tuple[float, float], ...]:
        """The ellipse that touches all four sides, as a ring of points."""
        (x, y), (ax, ay), (bx, by) = self.corner, self.along, self.across
        places = [(0.5 + math.cos(turn) / 2, 0.5 + math.sin(turn) / 2) for turn in np.linspace(0, math.tau, 73)[:-1]]
        return tuple((x + u * ax + v * bx, y + u * ay + v * by) for u, v in places)


def rectangle(box: TurnedBox, image_size: tuple[int, int]) -> Region:
    """Returns the pixels of the box that lie in the image. image_size: (height, width).

    Raises Problem when it covers too much of a huge image.
    """
    return _inside(box, image_size, lambda u, v: (u >= 0) & (u < 1) & (v >= 0) & (v < 1))


def ellipse(box: TurnedBox, image_size: tuple[int, int]) -> Region:
    """Returns the pixels of the ellipse that touches the sides of the box; image_size and Problem as `rectangle`."""
    return _inside(box, image_size, lambda u, v: (u - 0.5) ** 2 + (v - 0.5) ** 2 <= 0.25)


def _inside(
    box: TurnedBox, image_size: tuple[int, int], test: Callable[[_Floats, _Floats], NDArray[np.bool_]]
) -> Region:
    """The pixels that pass. Where a pixel lies is given to the test as shares of the sides."""
    x0, y0, x1, y1 = _reach(box, image_size)
    lengths = [dx * dx + dy * dy for dx, dy in (box.along, box.across)]
    if x0 >= x1 or y0 >= y1 or not all(lengths):
        return empty(image_size)
    check_region((y1 - y0, x1 - x0), image_size)
    pixels = np.zeros((y1 - y0, x1 - x0), np.bool_)
    columns: _Floats = np.arange(x0, x1, dtype=np.float64) + 0.5 - box.corner[0]
    step = max(1, _BAND_PIXELS // (x1 - x0))
    for top in range(0, y1 - y0, step):
        band = pixels[top : top + step]
        rows: _Floats = np.arange(y0 + top, y0 + top + len(band), dtype=np.float64)[:, None] + 0.5 - box.corner[1]
        u, v = ((dx * columns + dy * rows) / length for (dx, dy), length in zip(_sides(box), lengths, strict=True))
        band[:] = test(u, v)
    return Region(x0, y0, pixels, image_size)


def _sides(box: TurnedBox) -> tuple[tuple[float, float], tuple[float, float]]:
    return box.along, box.across


def _reach(box: TurnedBox, image_size: tuple[int, int]) -> Box:
    xs, ys = zip(*box.corners, strict=True)
    return clipped((math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))), image_size)
