"""Exact outlines of a mask along pixel edges, and simpler ones for drawing.

Where an outline turns there is a corner. Sorted by rows, each two corners that follow each other are the ends of a
horizontal edge; sorted by columns, of a vertical one. Going along them in turn closes the polygons.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Region


def outlines(region: Region, tolerance: float = 0.0) -> list[NDArray[np.float32]]:
    """Closed polygons (N, 2) xy in image pixels along the edges of pixels; filled with the even-odd rule they give the
    region back exactly when tolerance is 0. Outer ones turn clockwise on the screen (signed area > 0), holes the other
    way. tolerance: largest deviation allowed, in pixels."""
    xs, ys, across, along = _corners(region.pixels)
    points = np.stack([xs + region.x, ys + region.y], axis=1).astype(np.float32)
    # A loop starts with its topmost edge, to the right: inside is below it, except in holes.
    below = np.pad(region.pixels, ((0, 1), (0, 1)))[ys, xs]
    polygons = [points[loop if below[loop[0]] else loop[::-1]] for loop in _loops(across, along)]
    return [_simplified(p, tolerance) for p in polygons] if tolerance else polygons


def is_hole(polygon: NDArray[np.float32]) -> bool:
    """Of a polygon of `outlines` without tolerance."""
    x, y = polygon.astype(np.float64).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) < 0


def _simplified(polygon: NDArray[np.float32], tolerance: float) -> NDArray[np.float32]:
    """What would shrink to a line or a point stays as it is: an object of one pixel is still to be seen."""
    simple = cv2.approxPolyDP(polygon.reshape(-1, 1, 2), tolerance, True).reshape(-1, 2)
    return np.asarray(simple, np.float32) if len(simple) >= 3 else polygon


_Ints = NDArray[np.int64]


def _corners(pixels: NDArray[np.bool_]) -> tuple[_Ints, _Ints, _Ints, _Ints]:
    """x and y of every corner, and for each the other end of its horizontal and of its vertical edge. Where two pixels
    touch only diagonally there are two corners: pixels are 4-connected."""
    padded = np.pad(pixels, 1).view(np.uint8)
    upper_left, upper_right = padded[:-1, :-1], padded[:-1, 1:]
    lower_left, lower_right = padded[1:, :-1], padded[1:, 1:]
    turns = (upper_left ^ upper_right ^ lower_left ^ lower_right) == 1
    saddles = (upper_left == lower_right) & (upper_right == lower_left) & (upper_left != upper_right)
    ys, xs = np.nonzero(turns | saddles)
    # Row order: at a saddle the first twin ends the edge from the left, the second begins the one to the right.
    twins = np.repeat(np.arange(len(xs)), 1 + saddles[ys, xs])
    second = np.diff(twins, prepend=-1) == 0
    xs, ys = xs[twins], ys[twins]
    falling = upper_left[ys, xs] == 1
    across = np.arange(len(xs)) ^ 1
    # Column order: the first ends the edge from above, which belongs to the pixel that the left edge (falling
    # diagonal) or the right edge (rising one) belongs to.
    by_column = np.lexsort((second ^ ~falling, ys, xs))
    along = np.empty(len(xs), np.int64)
    along[by_column[0::2]], along[by_column[1::2]] = by_column[1::2], by_column[0::2]
    return xs, ys, across, along


def _loops(across: _Ints, along: _Ints) -> list[list[int]]:
    """The corners of each polygon, in order."""
    across_of, along_of = across.tolist(), along.tolist()
    seen = bytearray(len(across_of))
    loops: list[list[int]] = []
    for start in range(len(across_of)):
        if seen[start]:
            continue
        loop: list[int] = []
        at = start
        while not seen[at]:
            end = across_of[at]
            seen[at] = seen[end] = 1
            loop += (at, end)
            at = along_of[end]
        loops.append(loop)
    return loops
