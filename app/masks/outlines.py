"""Exact outlines of a mask along pixel edges, and simpler ones for drawing.

Where an outline turns there is a corner. Sorted by rows, each two corners that follow each other are the ends of a
horizontal edge; sorted by columns, of a vertical one. Going along them in turn closes the polygons.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.pieces import Pieces, pieces_of
from app.masks.rle import Mask, Region, most_pixels

_COARSE_PIXELS = 4_000_000


def outlines(region: Region, tolerance: float = 0.0) -> list[NDArray[np.float32]]:
    """Closed polygons (N, 2) xy in image pixels along the edges of pixels; filled with the even-odd rule they give the
    region back exactly when tolerance is 0. Outer ones turn clockwise on the screen (signed area > 0), holes the other
    way. tolerance: largest deviation allowed, in pixels. A region whose RLE is known costs what its outline is long,
    however many pixels it has."""
    if region.rle is not None:
        xs, ys, inside_below, along = _corners_of_runs(pieces_of(region.rle))
    else:
        xs, ys, inside_below, along = _corners(region.pixels)
        xs, ys = xs + region.x, ys + region.y
    points = np.stack([xs, ys], axis=1).astype(np.float32)
    # A loop starts with its topmost edge, to the right: inside is below it, except in holes.
    polygons = [points[loop if inside_below[loop[0] // 2] else loop[::-1]] for loop in _loops(along)]
    return [_simplified(p, tolerance) for p in polygons] if tolerance else polygons


def outlines_of(mask: Mask) -> list[NDArray[np.float32]]:
    """Returns the outlines of a mask, (N, 2), as `outlines` does; those of a mask too large for that to within some
    pixels: good enough to be seen as a whole."""
    x, y, width, height = mask.bbox
    if width * height <= most_pixels(mask.size):
        return outlines(mask.region())
    step = math.ceil(math.sqrt(width * height / _COARSE_PIXELS))
    corner = np.array([x, y], np.float32)
    return [p * np.float32(step) + corner for p in outlines(Region(0, 0, mask.sampled(step), mask.size))]


def is_hole(polygon: NDArray[np.float32]) -> bool:
    """Whether a polygon of `outlines` without tolerance, (N, 2) x y in pixels, goes round a hole."""
    x, y = polygon.astype(np.float64).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) < 0


def _simplified(polygon: NDArray[np.float32], tolerance: float) -> NDArray[np.float32]:
    """What would shrink to a line or a point stays as it is: an object of one pixel is still to be seen."""
    simple = cv2.approxPolyDP(polygon.reshape(-1, 1, 2), tolerance, True).reshape(-1, 2)
    return np.asarray(simple, np.float32) if len(simple) >= 3 else polygon


_Ints = NDArray[np.int64]


def _corners(pixels: NDArray[np.bool_]) -> tuple[_Ints, _Ints, NDArray[np.bool_], _Ints]:
    """Finds the corners of a mask: x and y of every corner, two by two the ends of the horizontal edges from left to
    right, row by row; for each edge whether the mask is below it; for each corner the other end of its vertical edge.
    Where two pixels touch only diagonally there are two corners: pixels are 4-connected. Only the border of the mask is
    looked at in detail: a mask of 12 megapixels costs two passes over it."""
    padded = np.pad(pixels, 1)
    width = padded.shape[1]
    steps = np.flatnonzero(padded[1:] != padded[:-1])  # pixel columns with another pixel below
    is_above = padded.reshape(-1)[steps]
    together = (np.diff(steps) == 1) & (is_above[1:] == is_above[:-1])
    first, last = (
        np.flatnonzero(np.r_[True, ~together][: len(steps)]),
        np.flatnonzero(np.r_[~together, True][: len(steps)]),
    )
    xs, ys = np.empty(2 * len(first), np.int64), np.repeat(steps[first] // width, 2)
    xs[0::2], xs[1::2] = steps[first] % width - 1, steps[last] % width
    # At a saddle an edge begins where the one to its left ended: two corners at one place.
    second = np.zeros(len(xs), np.bool_)
    second[2::2] = (xs[2::2] == xs[1:-1:2]) & (ys[2::2] == ys[1:-1:2])
    falling = np.zeros(len(xs), np.bool_)
    falling[1::2] = is_above[last]
    falling[2::2] = is_above[last][:-1]
    # Column order: the first ends the edge from above, which belongs to the pixel that the left edge (falling
    # diagonal) or the right edge (rising one) belongs to.
    by_column = np.lexsort((second ^ ~falling, ys, xs))
    along = np.empty(len(xs), np.int64)
    along[by_column[0::2]], along[by_column[1::2]] = by_column[1::2], by_column[0::2]
    return xs, ys, ~is_above[first], along


def _corners_of_runs(pieces: Pieces) -> tuple[_Ints, _Ints, NDArray[np.bool_], _Ints]:
    """Finds the same corners from the vertical pieces of a mask, in pixels of the image. A corner is where the borders
    of the pieces on the left of a line between two columns are no borders of those on its right."""
    stride = pieces.size[0] + 1
    right = np.stack(pieces.edges(stride), axis=1).reshape(-1)  # seen from the line on their left
    signs = np.where(np.arange(len(right)) % 2, -1, 1)
    places, of_right = np.concatenate([right, right + stride]), np.concatenate([signs, 0 * signs])
    steps = np.concatenate([signs, -signs])
    order = np.argsort(places, kind="stable")  # sorted ones one after the other: a merge
    places, steps, of_right = places[order], steps[order], of_right[order]
    firsts = np.flatnonzero(np.diff(places, prepend=-1))
    if not len(firsts):
        return places, places, np.zeros(0, np.bool_), places
    steps, of_right, places = np.add.reduceat(steps, firsts), np.add.reduceat(of_right, firsts), places[firsts]
    at = np.repeat(np.arange(len(places)), np.abs(steps))  # two corners at a saddle
    xs, ys = np.divmod(places[at], stride)
    is_second = np.append(False, at[1:] == at[:-1])
    # In the order of columns the first ends the edge from above; in that of rows the first ends the edge from the left.
    # Both are of one pixel where the diagonal falls, of two where it rises.
    is_saddle = np.abs(steps[at]) == 2
    comes_later = is_second ^ (is_saddle & (steps[at] < 0))
    by_row = np.lexsort((comes_later, xs, ys))
    place_in_rows = np.empty(len(by_row), np.int64)
    place_in_rows[by_row] = np.arange(len(by_row))
    return xs[by_row], ys[by_row], of_right[at][by_row[0::2]] > 0, place_in_rows[by_row ^ 1]


def _loops(along: _Ints) -> list[list[int]]:
    """The corners of each polygon, in order: across the horizontal edge (its ends are 2k and 2k + 1), along the
    vertical one, and so on."""
    along_of = along.tolist()
    seen = bytearray(len(along_of))
    loops: list[list[int]] = []
    for start in range(0, len(along_of), 2):
        if seen[start]:
            continue
        loop: list[int] = []
        at = start
        while not seen[at]:
            end = at ^ 1
            seen[at] = seen[end] = 1
            loop += (at, end)
            at = along_of[end]
        loops.append(loop)
    return loops
