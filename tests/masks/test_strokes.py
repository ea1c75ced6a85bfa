"""What a brush paints: every pixel whose middle lies under it anywhere on its way, and no other."""

from __future__ import annotations

import numpy as np
import pytest

from app.masks.strokes import Stroke, rasterized
from app.problem import Problem


def _expected(path, radius, size, *, is_square):
    """Looked at closely, place by place."""
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    found = np.zeros(size, bool)
    ways = zip(path, path[1:] if len(path) > 1 else path, strict=False)
    for (x0, y0), (x1, y1) in ways:
        for share in np.linspace(0, 1, 801):
            dx, dy = abs(columns - x0 - share * (x1 - x0)), abs(rows - y0 - share * (y1 - y0))
            found |= np.maximum(dx, dy) <= radius if is_square else dx**2 + dy**2 <= radius**2
    return found


def _whole(region):
    pixels = np.zeros(region.image_size, bool)
    x, y, width, height = region.bbox
    pixels[y : y + height, x : x + width] = region.pixels
    return pixels


@pytest.mark.parametrize("is_square", [False, True])
@pytest.mark.parametrize("radius", [0.6, 1.3, 4.7])
def test_a_stroke_covers_what_lies_under_the_brush(radius, is_square):
    rng = np.random.default_rng(3)
    for count in (1, 2, 4):
        path = rng.uniform(-6, 40, (count, 2))
        path[-1] = path[-1].round() + 0.5
        stroke = Stroke(tuple(map(tuple, path)), radius, is_square=is_square)
        found = _whole(rasterized(stroke, (34, 36)))
        wrong = found != _expected(path, radius, (34, 36), is_square=is_square)
        assert wrong.sum() <= 1, "the way is looked at in 800 places"


@pytest.mark.parametrize("is_square", [False, True])
@pytest.mark.parametrize("way", [(20, 0), (0, 20), (-20, 0), (0, -20), (15, 15), (-15, 7)])
def test_a_quick_hand_leaves_no_gap(way, is_square):
    start, radius = (30.5, 30.5), 3.2
    path = start, (start[0] + way[0], start[1] + way[1])
    found = _whole(rasterized(Stroke(path, radius, is_square=is_square), (60, 60)))
    assert (found == _expected(path, radius, (60, 60), is_square=is_square)).all()


def test_the_smallest_brush_paints_the_pixel_under_it():
    found = rasterized(Stroke(((7.2, 3.9),), 0.5), (20, 20))
    assert found.pixels.sum() in (0, 1)
    assert rasterized(Stroke(((7.5, 3.5),), 0.5), (20, 20)).pixels.sum() == 1


def test_a_stroke_beside_the_image_paints_nothing():
    assert not rasterized(Stroke(((-50.0, -50.0), (-30.0, 5.0)), 4), (20, 20)).pixels.size


def test_a_stroke_over_a_huge_image_says_so():
    with pytest.raises(Problem):
        rasterized(Stroke(((0.0, 0.0), (1e5, 1e5)), 4), (100_000, 100_000))
