"""Rectangles and ellipses have the pixels whose middle lies inside; holes and parts are found by a place in them."""

from __future__ import annotations

import numpy as np
import pytest

from app.masks.flooding import alike, color_distance, enlarged, with_hole_filled, without_part
from app.masks.rle import Region
from app.masks.shapes import TurnedBox, ellipse, rectangle
from app.problem import Problem

SIZE = (40, 60)


def whole(region):
    pixels = np.zeros(region.image_size, bool)
    x, y, width, height = region.bbox
    pixels[y : y + height, x : x + width] = region.pixels
    return pixels


def test_an_upright_rectangle_has_the_pixels_inside():
    expected = np.zeros(SIZE, bool)
    expected[5:15, 10:31] = True
    for box in (
        TurnedBox((9.6, 4.9), (21, 0), (0, 10.2)),
        TurnedBox((30.6, 15.1), (-21, 0), (0, -10.2)),
        TurnedBox((9.6, 15.1), (0, -10.2), (21, 0)),
    ):
        assert (whole(rectangle(box, SIZE)) == expected).all()


@pytest.mark.parametrize("make", [rectangle, ellipse])
def test_a_turned_one_is_what_lies_inside_its_outline(make):
    import math

    turn, (rows, columns) = math.radians(30), np.mgrid[:40, :60] + 0.5
    along, across = (30 * math.cos(turn), 30 * math.sin(turn)), (-12 * math.sin(turn), 12 * math.cos(turn))
    middle = (20 + (along[0] + across[0]) / 2, 3 + (along[1] + across[1]) / 2)
    u = (columns - middle[0]) * math.cos(turn) + (rows - middle[1]) * math.sin(turn)
    v = -(columns - middle[0]) * math.sin(turn) + (rows - middle[1]) * math.cos(turn)
    expected = (abs(u) < 15) & (abs(v) < 6) if make is rectangle else (u / 15) ** 2 + (v / 6) ** 2 < 1
    assert (whole(make(TurnedBox((20, 3), along, across), SIZE)) == expected).all()


def test_what_lies_outside_the_image_is_cut_off():
    assert whole(rectangle(TurnedBox((-10, -10), (15, 0), (0, 15)), SIZE)).sum() == 25
    assert not rectangle(TurnedBox((-10, -10), (5, 0), (0, 5)), SIZE).pixels.size
    assert not ellipse(TurnedBox((5, 5), (0, 0), (0, 5)), SIZE).pixels.size


def test_a_large_one_is_made_in_bands_and_a_huge_one_is_refused():
    found = ellipse(TurnedBox((0, 0), (3000, 0), (0, 2000)), (2000, 3000))
    assert found.pixels.sum() == pytest.approx(np.pi * 1500 * 1000, rel=1e-4)
    with pytest.raises(Problem):
        rectangle(TurnedBox((0, 0), (1e5, 0), (0, 1e5)), (100_000, 100_000))


def test_colours_are_as_far_apart_as_they_look():
    pixels = np.array([[[0, 0, 0], [255, 255, 255], [128, 128, 128], [130, 128, 128]]], np.uint8)
    distance = color_distance(pixels, 0, 0)
    assert distance[0, 0] == 0
    assert distance[0, 1] == pytest.approx(100, abs=0.1)
    assert color_distance(pixels, 2, 0)[0, 3] < 2.3


def test_the_wand_takes_what_hangs_together_or_all():
    distance = np.array([[0, 1, 9, 1], [1, 9, 9, 1]], np.float32)
    assert alike(distance, 0, 0, 2).sum() == 3
    assert alike(distance, 0, 0, 2, contiguous=False).sum() == 5
    assert enlarged(alike(distance, 0, 0, 2), 2, 4, 7).shape == (4, 7)


def ring():
    pixels = np.ones((9, 9), bool)
    pixels[2:5, 2:5] = False
    pixels[6, 6] = False
    return Region(10, 20, pixels, SIZE)


def test_a_hole_is_filled_by_a_place_in_it_and_the_others_stay():
    filled = with_hole_filled(ring(), 13, 23)
    assert filled.pixels.sum() == 80
    assert with_hole_filled(ring(), 16, 26).pixels.sum() == 72
    assert with_hole_filled(ring(), 10, 20) is None, "it is set there"
    assert with_hole_filled(ring(), 5, 5) is None, "it is outside"
    pixels = ring().pixels.copy()
    pixels[:3, 3] = False
    assert with_hole_filled(Region(10, 20, pixels, SIZE), 13, 23) is None, "it is open"


def test_one_part_goes_and_the_others_stay():
    pixels = np.zeros((9, 9), bool)
    pixels[:3, :3] = pixels[6:, 6:] = True
    mask = Region(0, 0, pixels, SIZE)
    assert without_part(mask, 1, 1).bbox == (6, 6, 3, 3)
    assert without_part(mask, 4, 4) is None
