"""What lies inside polygons: scanline filling by the even-odd rule. A pixel is inside when its middle is.

An edge toggles all that lies to the right of it. So holes, islands and outlines that cross themselves need no care, and
of two outlines that differ in some edges those edges alone tell which pixels differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.masks.regions import Box, clipped, empty
from app.masks.rle import Region, check_region
from app.problem import Problem
from app.text import say

Points = NDArray[np.float64]
"""(N, 2) x, y in image pixels: (0.5, 0.5) is the middle of the first one."""
Edges = NDArray[np.float64]
"""(N, 4) x0, y0, x1, y1: from one point to the next."""
_MOST_CROSSINGS = 50_000_000
"""Of edges and rows of pixels; a hundred bytes of memory each."""
_MOST_COMPARED = 4000
"""Edges that are compared with each other, to see whether they cross."""
_AT_ONCE = 256


def filled(rings: Sequence[Points], image_size: tuple[int, int]) -> Region:
    """Returns the pixels of the image inside closed polygons, which may leave it. image_size: (height, width).

    Raises Problem when they reach over too much of a huge image.
    """
    edges = edges_of(rings)
    box = clipped(around(edges), image_size) if len(edges) else (0, 0, 0, 0)
    if box[0] >= box[2] or box[1] >= box[3]:
        return empty(image_size)
    return Region(box[0], box[1], inside(edges, box, image_size), image_size)


def inside(edges: Edges, box: Box, image_size: tuple[int, int]) -> NDArray[np.bool_]:
    """Returns which pixels of a box lie inside edges, (h, w). Every point that an edge begins at, others end at.

    Raises Problem when the box is too much of a huge image.
    """
    x0, y0, x1, y1 = box
    check_region((y1 - y0, x1 - x0), image_size)
    lengths = _lengths(edges, box)
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(y1 - y0, x1 - x0)


def area_inside(edges: Edges, box: Box) -> int:
    """Returns how many pixels of a box lie inside edges, which are as those of `inside`, without making them."""
    return int(_lengths(edges, box)[1::2].sum())


def _lengths(edges: Edges, box: Box) -> NDArray[np.int64]:
    """Returns how many pixels lie outside and inside in turn, row by row of a box."""
    x0, y0, x1, y1 = box
    rows, columns = _crossings(edges, box)
    width = x1 - x0
    toggles = np.sort((rows - y0) * width + np.clip(columns - x0, 0, width))
    return np.diff(toggles, prepend=0, append=(y1 - y0) * width)


def _crossings(edges: Edges, box: Box) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns for each edge and each row of pixels whose middle it crosses, the row and the first column beyond it."""
    edges = np.where((edges[:, 1] <= edges[:, 3])[:, None], edges, edges[:, [2, 3, 0, 1]])  # alike in both directions
    firsts = np.clip(np.ceil(edges[:, 1] - 0.5), box[1], box[3]).astype(np.int64)
    ends = np.clip(np.ceil(edges[:, 3] - 0.5), box[1], box[3]).astype(np.int64)
    counts = ends - firsts
    edges, firsts, counts = edges[counts > 0], firsts[counts > 0], counts[counts > 0]
    if counts.sum() > _MOST_CROSSINGS:
        raise Problem(say("The outline of an object is absurdly long."))
    begins = np.cumsum(counts) - counts
    rows = np.arange(int(counts.sum())) - np.repeat(begins - firsts, counts)
    x, y, slope = edges[:, 0], edges[:, 1], (edges[:, 2] - edges[:, 0]) / (edges[:, 3] - edges[:, 1])
    at = np.repeat(x, counts) + (rows + 0.5 - np.repeat(y, counts)) * np.repeat(slope, counts)
    return rows, np.ceil(np.clip(at, box[0], box[2] + 1) - 0.5).astype(np.int64)


def edges_of(rings: Sequence[Points]) -> Edges:
    """Returns the edges of closed polygons."""
    parts = [np.concatenate([ring, np.roll(ring, -1, axis=0)], axis=1) for ring in rings if len(ring)]
    return np.concatenate(parts).astype(np.float64) if parts else np.empty((0, 4))


def around(edges: Edges) -> Box:
    """Returns the box of pixels that edges may toggle; there is one edge at least."""
    points = edges.reshape(-1, 2)
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)


def crosses_itself(ring: Points) -> bool:
    """Returns True if two edges of a closed polygon cross; to touch is not to cross. Not looked for in thousands."""
    edges = edges_of([ring])
    if len(edges) > _MOST_COMPARED:
        return False
    return any(edges_cross(edges[i : i + _AT_ONCE], edges) for i in range(0, len(edges), _AT_ONCE))


def edges_cross(some: Edges, others: Edges) -> bool:
    """Returns True if one of some crosses one of the others: each has its ends on both sides of the other."""
    a, b = some[:, None], others[None]
    return bool(((_sides(a, b) < 0) & (_sides(b, a) < 0)).any())


def _sides(line: NDArray[np.float64], edge: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns what is negative where the ends of an edge lie on different sides of a line."""
    dx, dy = line[..., 2] - line[..., 0], line[..., 3] - line[..., 1]
    first, second = (
        dx * (edge[..., i + 1] - line[..., 1]) - dy * (edge[..., i] - line[..., 0]) for i in (0, 2)
    )  # fmt: skip
    return np.sign(first) * np.sign(second)
