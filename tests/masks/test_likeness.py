"""Which side a pixel looks like, and how the picture finishes a stroke up to an edge."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

from app.masks.fitting import fitted
from app.masks.likeness import likeness
from app.masks.regions import added, removed
from app.masks.rle import Region
from app.masks.strokes import Stroke, rasterized
from tests.masks.test_fitting import SIZE, drawn, square, whole


@pytest.fixture
def picture() -> np.ndarray:
    """Green above, red from row 20 on, with some noise."""
    image = np.random.default_rng(0).integers(0, 12, (*SIZE, 3), dtype=np.uint8)
    image[:20, :, 1] += 150
    image[20:, :, 0] += 150
    return image


def test_what_looks_like_the_inside_is_positive_and_like_the_outside_negative(picture):
    inside, outside = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    inside[26:34, 30:60], outside[4:12, 30:60] = True, True
    found = likeness(picture, inside, outside, 6)
    assert found.dtype == np.float32
    assert (found[22:30, 35:55][np.abs(found[22:30, 35:55]) > 0] > 1).all()
    near = found[12:18, 35:55]
    assert (near[near != 0] < -1).all()
    assert (found[60:] == 0).all(), "nothing is known there"
    assert (likeness(picture, inside, np.zeros(SIZE, bool), 6) == 0).all(), "of one side alone nothing is known"


@pytest.mark.parametrize("positive", [True, False])
def test_a_stroke_is_finished_up_to_the_edge_that_the_picture_has(picture, positive):
    """A stroke along the edge leaves half a notch: what lies beyond the edge stays as it is."""
    truth = square(10, 20, 80, 40)
    notched = removed(truth, square(30, 20, 40, 7))
    stroke = Stroke(((33.0, 24.5), (66.0, 24.5)), 2.5, positive)
    if not positive:
        everything = square(0, 0, SIZE[1], SIZE[0])
        truth, notched = removed(everything, truth), removed(everything, notched)
    mask = drawn(notched, stroke)
    with_it = whole(fitted(mask, stroke, look=lambda box: picture[box[1] : box[3], box[0] : box[2]]))
    without, wanted = whole(fitted(mask, stroke)), whole(truth)
    assert (with_it != wanted).sum() < (without != wanted).sum()
    beyond = with_it[:20] != whole(mask)[:20]
    assert not beyond.any()


def test_a_picture_that_is_not_at_hand_is_no_loss():
    before, stroke = square(10, 20, 60, 40), Stroke(((20.0, 19.0), (50.0, 19.0)), 2)
    mask = drawn(before, stroke)
    assert (whole(fitted(mask, stroke, look=lambda _box: None)) == whole(fitted(mask, stroke))).all()


@pytest.mark.serial
def test_of_a_large_picture_a_smaller_one_is_looked_at():
    size = (3000, 4000)
    image = np.zeros((*size, 3), np.uint8)
    image[:, 2000:] = 200
    inside, outside = np.zeros(size, bool), np.zeros(size, bool)
    inside[:, :1900], outside[:, 2100:] = True, True
    began = perf_counter()
    found = likeness(image, inside, outside, 100)
    assert perf_counter() - began < 5
    assert found.shape == size
    assert found[1500, 1950] > 1
    assert found[1500, 2050] < -1


def test_a_stroke_over_the_border_looks_only_at_the_image(picture):
    stroke = Stroke(((-5.0, 18.0), (20.0, 18.0)), 4)
    seen: list[tuple[int, ...]] = []

    def look(box: tuple[int, int, int, int]) -> np.ndarray:
        seen.append(box)
        return picture[box[1] : box[3], box[0] : box[2]]

    found = fitted(added(Region(0, 0, np.zeros((0, 0), bool), SIZE), rasterized(stroke, SIZE)), stroke, look=look)
    [box] = seen
    assert box[0] == 0
    assert found.image_size == SIZE
