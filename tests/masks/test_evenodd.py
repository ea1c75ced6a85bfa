"""Scanline filling by the even-odd rule: exact on outlines, alike for all who share an edge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from app.masks.evenodd import area_inside, crosses_itself, edges_of, filled, inside
from app.masks.outlines import outlines
from app.masks.rle import Region
from app.problem import Problem
from tests.masks.shapes import masks

SIZE = (40, 50)


def pixels(region):
    whole = np.zeros(region.image_size, bool)
    x, y, width, height = region.bbox
    whole[y : y + height, x : x + width] = region.pixels
    return whole


def by_hand(points, size=SIZE):
    """Each pixel for itself: an odd number of edges lies to its left."""
    result = np.zeros(size, bool)
    for row in range(size[0]):
        for column in range(size[1]):
            x, y, odd = column + 0.5, row + 0.5, False
            for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
                if (y0 <= y) != (y1 <= y) and x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x:
                    odd = not odd
            result[row, column] = odd
    return result


@pytest.mark.parametrize("seed", range(20))
def test_polygons_are_filled_as_by_hand_also_outside_and_crossing_themselves(seed):
    points = np.random.default_rng(seed).uniform(-20, 70, (7, 2))
    assert np.array_equal(pixels(filled([points], SIZE)), by_hand(points.tolist()))


@given(masks())
def test_outlines_give_the_very_mask_back(mask):
    region = Region(0, 0, mask, mask.shape)
    assert np.array_equal(pixels(filled([p.astype(float) for p in outlines(region)], mask.shape)), mask)


def test_a_square_of_one_pixel():
    square = np.array([[7, 5], [8, 5], [8, 6], [7, 6]], float)
    assert np.argwhere(pixels(filled([square], SIZE))).tolist() == [[5, 7]]
    assert not filled([square + 100], SIZE).pixels.any(), "it lies outside"
    assert not filled([np.array([[7, 5], [7.2, 5], [7.2, 6]])], SIZE).pixels.any(), "no middle of a pixel is inside"
    assert not filled([], SIZE).pixels.any()


def test_two_that_share_an_edge_neither_overlap_nor_leave_a_gap():
    a, b = np.array([[0, 0], [31, 3], [17, 39]], float), np.array([[50, 0], [17, 39], [31, 3]], float)
    both = pixels(filled([a], SIZE)).astype(int) + pixels(filled([b], SIZE))
    assert both.max() == 1
    whole = np.array([[0, 0], [31, 3], [50, 0], [17, 39]], float)
    assert np.array_equal(both.astype(bool), pixels(filled([whole], SIZE)))


def test_a_part_is_that_part_of_the_whole():
    points = np.random.default_rng(3).uniform(-20, 70, (9, 2))
    part = inside(edges_of([points]), (5, 6, 20, 30), SIZE)
    assert np.array_equal(part, pixels(filled([points], SIZE))[6:30, 5:20])
    assert area_inside(edges_of([points]), (5, 6, 20, 30)) == part.sum()


def test_only_so_much_of_a_huge_image_is_made():
    huge = np.array([[0, 0], [80_000, 0], [80_000, 80_000]], float)
    with pytest.raises(Problem):
        filled([huge], (80_000, 80_000))
    assert filled([huge / 100 + 70_000], (80_000, 80_000)).pixels.shape == (800, 800)


@pytest.mark.parametrize(
    ("points", "crosses"),
    [
        ([(0, 0), (10, 0), (10, 10), (0, 10)], False),
        ([(0, 0), (10, 10), (10, 0), (0, 10)], True),
        ([(0, 0), (10, 0), (5, 0), (5, 5)], False),
        ([(0, 0), (10, 0), (10, 10), (5, 0), (0, 10)], False),
        ([(0, 0), (10, 0), (10, 10), (5, -1), (0, 10)], True),
    ],
)
def test_whether_a_polygon_crosses_itself(points, crosses):
    assert crosses_itself(np.array(points, float)) == crosses
