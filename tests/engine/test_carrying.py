"""Masks are carried by the engine: moved to where their patch is found, and refined there with the starter."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.engine.carrying import carried
from app.images.matching import shift_between
from app.images.reading import read_image
from app.masks.metrics import iou
from app.masks.rle import Mask
from app.paths import resource
from app.sam.load import load_predictor


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return read_image(resource("samples/astronaut.png")).pixels


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (40, 25), (-60, 10)])
@pytest.mark.parametrize("box", [(130, 350, 90, 90), (170, 60, 120, 130), (120, 350, 9, 9)])
def test_a_thing_is_found_where_it_has_moved(photo, box, shift):
    if max(box[2:]) < 20 and max(map(abs, shift)) > 32:
        pytest.skip("so far a small thing is not searched")
    noise = np.random.default_rng(0).normal(0, 5, photo.shape)
    after = np.clip(np.roll(photo, shift[::-1], (0, 1)) + noise, 0, 255).astype(np.uint8)
    found = shift_between(photo, after, box)
    assert max(abs(found[0] - shift[0]), abs(found[1] - shift[1])) <= 1


def test_what_is_not_there_stays_where_it_was(photo):
    other = read_image(resource("samples/chelsea.png")).pixels
    other = cv2.resize(other, photo.shape[1::-1])
    assert shift_between(photo, other, (350, 440, 90, 60)) == (0, 0)
    flat = np.full_like(photo, 90)
    assert shift_between(flat, flat, (10, 10, 40, 40)) == (0, 0)
    assert shift_between(photo, photo, (0, 0, photo.shape[1], photo.shape[0])) == (0, 0)
    assert shift_between(photo, photo, (511, 511, 1, 1)) == (0, 0)


@pytest.mark.slow
def test_the_starter_refines_what_moved_and_what_is_unlike_comes_second(photo):
    predictor = load_predictor("starter")
    y, x = np.ogrid[: photo.shape[0], : photo.shape[1]]
    badge = (x - 171) ** 2 + (y - 395) ** 2 < 40**2
    after = np.ascontiguousarray(np.roll(photo, (15, 22), (0, 1)))
    truth = np.roll(badge, (15, 22), (0, 1))
    first, *_ = carried(predictor, predictor.encode(after), Mask.from_array(badge), (photo, after))
    assert iou(Mask.from_region(first.region).to_array(), truth) > 0.8
    alone = carried(predictor, predictor.encode(after), Mask.from_array(badge), None)
    regions = [Mask.from_region(each.region) for each in alone]
    assert Mask.from_array(badge) in regions
