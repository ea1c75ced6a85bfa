"""A huge picture made so small that it is seen as a whole. Where its file holds no small copy of it, all of it is read
for that, a part here and a part there first, so that one sees what it is long before the end."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from itertools import product

import numpy as np

from app.images.orientation import SIDEWAYS
from app.images.tiled_tiff import TiledPicture, TilePixels, cut
from app.problem import Problem

OVERVIEW_PIXELS = 10_000_000
_CELL_PIXELS = 1_000_000
"""So many are read between two looks at what else is wanted."""
_LARGEST_CELL = 8192
_GLIMPSE_CELLS = 100


def overview_shrink(size: tuple[int, int]) -> int:
    """Returns how many times smaller the overview of a picture is, a power of two. size: (height, width)."""
    shrink = 1
    while -(-size[0] // shrink) * -(-size[1] // shrink) > OVERVIEW_PIXELS:
        shrink *= 2
    return shrink


def overview_size(size: tuple[int, int]) -> tuple[int, int]:
    """(height, width) of the overview of a picture of this size."""
    shrink = overview_shrink(size)
    return -(-size[0] // shrink), -(-size[1] // shrink)


def overview(picture: TiledPicture) -> Generator[tuple[TilePixels, float], None, TilePixels]:
    """Yields (h, w, 3) RGB, the same array each time, and the share of it that is done; the rest has the colour of its
    neighbours. Returns it. Damaged parts stay grey; Problem when all of them are."""
    return (yield from _steps_of(picture, None))


def overview_of(pixels: TilePixels) -> TilePixels:
    """The overview of a picture that is in memory."""
    return cut(pixels, (0, 0, pixels.shape[1], pixels.shape[0]), overview_shrink(pixels.shape[:2]))


def made(picture: TiledPicture) -> TilePixels:
    """All of the overview, at once. Problem as overview()."""
    return _finished(overview(picture))


def glimpse(picture: TiledPicture) -> TilePixels:
    """A first coarse look, quickly: of a few parts all over the picture."""
    return _finished(_steps_of(picture, _GLIMPSE_CELLS))


def _finished(steps: Generator[tuple[TilePixels, float], None, TilePixels]) -> TilePixels:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def _steps_of(picture: TiledPicture, at_most: int | None) -> Generator[tuple[TilePixels, float], None, TilePixels]:
    """Makes an overview step by step: yields its pixels and the share of cells done. at_most: about so many cells are
    read."""
    height, width = picture.size
    shrink = overview_shrink(picture.size)
    pixels = np.full((*overview_size(picture.size), 3), 128, np.uint8)
    cell = _cell(picture, shrink)
    columns, rows = -(-width // cell[0]), -(-height // cell[1])
    problem: Problem | None = None
    read = 0
    for done, (column, row, step) in enumerate(_interlaced(columns, rows, _steps(columns * rows, at_most))):
        x, y = column * cell[0], row * cell[1]
        box = x, y, min(x + cell[0], width), min(y + cell[1], height)
        try:
            part = picture.read(box, shrink, sampled=True)
        except Problem as error:
            problem = error
        else:
            read += 1
            _lay(pixels, part, (x // shrink, y // shrink), (step * cell[0] // shrink, step * cell[1] // shrink))
        yield pixels, (done + 1) / (columns * rows)
    if problem is not None and not read:
        raise problem
    return pixels


def _lay(pixels: TilePixels, part: TilePixels, at: tuple[int, int], around: tuple[int, int]) -> None:
    """Lays a part on an overview, and its mean colour around it. around: (width, height) of what has that colour until
    more is known."""
    x, y = at
    pixels[y : y + around[1], x : x + around[0]] = part.reshape(-1, 3).mean(axis=0)
    pixels[y : y + part.shape[0], x : x + part.shape[1]] = part


def _cell(picture: TiledPicture, shrink: int) -> tuple[int, int]:
    """(width, height) of what is read at a time, in pixels of the picture: whole tiles, or whole strips."""
    factor, grid = picture.source(shrink)
    if grid.columns == 1:
        width = -(-grid.width * factor // shrink) * shrink
        wanted = _CELL_PIXELS * (shrink // factor if grid.is_plain else 1)
        height = _multiple(1 if grid.is_plain else grid.part_height, factor, shrink, wanted // grid.width)
    else:
        side = math.isqrt(_CELL_PIXELS)
        width, height = (_multiple(part, factor, shrink, side) for part in (grid.part_width, grid.part_height))
    return (height, width) if grid.orientation in SIDEWAYS else (width, height)


def _multiple(part: int, factor: int, shrink: int, wanted: int) -> int:
    """About `wanted` pixels of the source, in pixels of the picture: of whole parts where that is possible."""
    unit = math.lcm(part * factor, shrink)
    unit = unit if unit <= max(_LARGEST_CELL, shrink) else shrink
    return unit * max(1, wanted * factor // unit)


def _steps(cells: int, at_most: int | None) -> tuple[int, ...]:
    if at_most is None:
        return 8, 4, 2, 1
    return (1 << max(0, math.ceil(math.log2(cells / at_most) / 2)),)


def _interlaced(columns: int, rows: int, steps: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(column, row, step): first those of the largest step, then those in the middle between them, each once."""
    for number, step in enumerate(steps):
        for row, column in product(range(0, rows, step), range(0, columns, step)):
            if number == 0 or row % steps[number - 1] or column % steps[number - 1]:
                yield column, row, step
