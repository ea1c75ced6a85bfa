"""A stroke under way, in tiles: the same pixels as the stroke as a whole, and memory only where it goes."""

from __future__ import annotations

import numpy as np
import pytest

from app.masks.painting import TILE_PX, Painting, cut_of_tiles
from app.masks.regions import cut
from app.masks.strokes import Stroke, rasterized
from app.problem import Problem

SIZE = (700, 900)


@pytest.mark.parametrize("is_square", [False, True])
@pytest.mark.parametrize("radius", [0.5, 1, 3.5, 40, 200])
def test_the_pixels_are_those_of_the_whole_stroke(radius, is_square):
    random = np.random.default_rng(0)
    path = np.floor(random.uniform(-100, 1000, (12, 2))) + 0.5
    painting = Painting(SIZE, is_square=is_square)
    for x, y in path.tolist():
        painting.draw_to(x, y, radius)
    expected = rasterized(Stroke(tuple(map(tuple, path.tolist())), radius, is_square=is_square), SIZE)
    whole = (0, 0, SIZE[1], SIZE[0])
    assert (cut(painting.region(), whole) == cut(expected, whole)).all()


def test_what_changed_lies_in_the_box_that_is_told():
    painting = Painting(SIZE)
    painting.draw_to(100.5, 100.5, 10)
    before = cut_of_tiles(painting.tiles, (0, 0, 900, 700))
    x0, y0, x1, y1 = painting.draw_to(300.5, 400.5, 30)
    changed = cut_of_tiles(painting.tiles, (0, 0, 900, 700)) != before
    changed[y0:y1, x0:x1] = False
    assert not changed.any()
    box = painting.draw_to(-500, 2000, 5)
    assert box[0] >= 0
    assert box[3] <= 700


def test_a_huge_image_costs_only_the_tiles_that_are_touched():
    painting = Painting((90_000, 90_000))
    for n in range(200):
        painting.draw_to(1000 + 20 * n, 80_000 + 12 * n, 20)
    bytes_ = sum(tile.nbytes for tile in painting.tiles.values())
    assert len(painting.tiles) < 60
    assert bytes_ == len(painting.tiles) * TILE_PX**2
    before, tiles = painting.region(), len(painting.tiles)
    assert before.bbox[0] == 980
    with pytest.raises(Problem, match="megapixels"):
        painting.draw_to(1000, 1000, 20)
    assert len(painting.tiles) == tiles, "what was drawn before is as it was"
    assert (painting.region().pixels == before.pixels).all()
    painting.draw_to(5100, 82_600, 20)
    assert painting.region().bbox == (980, 79_980, 4140, 2640), "it goes on from where it was"


def test_what_a_stroke_is_added_to_counts_too():
    painting = Painting((90_000, 90_000), around=(0, 0, 100, 100))
    with pytest.raises(Problem, match="megapixels"):
        painting.draw_to(50_000, 50_000, 20)
    assert not painting.tiles
    painting.draw_to(5000, 5000, 20)
    assert painting.tiles


def test_a_changing_width_leaves_no_gap_and_no_step():
    painting = Painting(SIZE)
    painting.draw_to(100, 350, 2)
    painting.draw_to(800, 350, 60)
    heights = cut_of_tiles(painting.tiles, (0, 0, 900, 700)).sum(axis=0)[100:800].astype(int)
    assert (np.diff(heights) >= 0).all()
    assert np.diff(heights).max() <= 2


def test_beside_the_image_nothing_is_painted():
    painting = Painting(SIZE)
    x0, y0, x1, y1 = painting.draw_to(-50, -50, 10)
    assert x0 >= x1 or y0 >= y1
    assert not painting.region().pixels.size
