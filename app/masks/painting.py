"""A stroke under way: pixels in tiles that are made where it touches them (sparse raster), however large the image."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.masks.regions import Box, clipped, empty, tight
from app.masks.rle import Region, check_region
from app.masks.strokes import draw

TILE_PX = 256
TilePlace: TypeAlias = tuple[int, int]
"""Column and row of a tile: the first pixel of tile (2, 1) is (512, 256)."""


class Painting:
    """Follows a brush from place to place. Between two places there is no gap, however far apart they are."""

    def __init__(self, image_size: tuple[int, int], *, is_square: bool = False, around: Box | None = None) -> None:
        """Begins with no pixel. image_size: (height, width); around: what it is added to lies there."""
        self._size, self._is_square, self._reach = image_size, is_square, around
        self.tiles: dict[TilePlace, NDArray[np.uint8]] = {}
        """(TILE_PX, TILE_PX) each, 1 where it is painted; one at the border reaches beyond the image."""
        self._last: tuple[float, float, float] | None = None

    def draw_to(self, x: float, y: float, radius: float) -> Box:
        """Draws the brush on to a place, in image pixels; the radius may change on the way.

        Returns the part of the image in which pixels may have been set; empty when the way lies beside it. Problem when
        it would reach over too much of a huge image: then nothing is drawn, and the next way begins where the last did.
        """
        x0, y0, before = self._last or (x, y, radius)
        widest = max(radius, before)
        self._reach = self._grown((min(x0, x) - widest, min(y0, y) - widest, max(x0, x) + widest, max(y0, y) + widest))
        self._last = x, y, radius
        pieces = max(1, math.ceil(math.hypot(x - x0, y - y0) / TILE_PX), math.ceil(2 * abs(radius - before)))
        ways = np.linspace((x0, y0), (x, y), pieces + 1)
        for n in range(pieces):
            self._draw(ways[n : n + 2], before + (radius - before) * (n + 1) / pieces)
        reach = math.ceil(max(radius, before)) + 1
        left, right, top, bottom = min(x0, x), max(x0, x), min(y0, y), max(y0, y)
        box = math.floor(left) - reach, math.floor(top) - reach, math.ceil(right) + reach, math.ceil(bottom) + reach
        return clipped(box, self._size)

    def _grown(self, way: tuple[float, float, float, float]) -> Box | None:
        """The tiles that are there and those on the way, with what they are added to."""
        left, top = (math.floor(v / TILE_PX) * TILE_PX for v in way[:2])
        right, bottom = (math.ceil(v / TILE_PX) * TILE_PX for v in way[2:])
        x0, y0, x1, y1 = clipped((left, top, right, bottom), self._size)
        if x0 >= x1 or y0 >= y1:
            return self._reach
        a0, b0, a1, b1 = self._reach or (x0, y0, x1, y1)
        box = min(x0, a0), min(y0, b0), max(x1, a1), max(y1, b1)
        check_region((box[3] - box[1], box[2] - box[0]), self._size)
        return box

    def region(self) -> Region:
        """Returns what was painted, cut at the border of the image."""
        if not self.tiles:
            return empty(self._size)
        columns, rows = zip(*self.tiles, strict=True)
        x0, y0, x1, y1 = clipped(
            (min(columns) * TILE_PX, min(rows) * TILE_PX, (max(columns) + 1) * TILE_PX, (max(rows) + 1) * TILE_PX),
            self._size,
        )
        return tight(Region(x0, y0, cut_of_tiles(self.tiles, (x0, y0, x1, y1)).view(np.bool_), self._size))

    def _draw(self, way: NDArray[np.float64], radius: float) -> None:
        (left, top), (right, bottom) = (way.min(axis=0) - radius).tolist(), (way.max(axis=0) + radius).tolist()
        height, width = self._size
        columns = range(max(math.floor(left), 0) // TILE_PX, -(-min(math.ceil(right), width) // TILE_PX))
        rows = range(max(math.floor(top), 0) // TILE_PX, -(-min(math.ceil(bottom), height) // TILE_PX))
        for place in product(columns, rows):
            tile = self.tiles.get(place)
            if tile is None:
                tile = np.zeros((TILE_PX, TILE_PX), np.uint8)
            draw(tile, way - np.multiply(place, TILE_PX), radius, is_square=self._is_square)
            if place not in self.tiles and tile.any():
                self.tiles[place] = tile


def cut_of_tiles(tiles: Mapping[TilePlace, NDArray[np.uint8]], box: Box) -> NDArray[np.uint8]:
    """Returns the pixels of a box (x0, y0, x1, y1), (h, w); where no tile is they are 0."""
    x0, y0, x1, y1 = box
    result = np.zeros((max(y1 - y0, 0), max(x1 - x0, 0)), np.uint8)
    if not result.size:
        return result
    for place in product(range(x0 // TILE_PX, -(-x1 // TILE_PX)), range(y0 // TILE_PX, -(-y1 // TILE_PX))):
        tile = tiles.get(place)
        if tile is not None:
            left, top = place[0] * TILE_PX, place[1] * TILE_PX
            a0, b0, a1, b1 = max(x0, left), max(y0, top), min(x1, left + TILE_PX), min(y1, top + TILE_PX)
            result[b0 - y0 : b1 - y0, a0 - x0 : a1 - x0] = tile[b0 - top : b1 - top, a0 - left : a1 - left]
    return result
