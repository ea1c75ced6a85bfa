"""Tools that look at colours get the pixels of a part of the image from the thread that reads images."""

from __future__ import annotations

import numpy as np
from PIL import Image

from app.labeling.events import Changed
from app.labeling.pixels import MOST_PIXELS, shrink_of


def _asked(desk, *box):
    pixels = desk.session.pixels
    assert pixels.ask(*box) is None
    desk.until(lambda: Changed("pixels") in desk.events)
    return pixels.ask(*box)


def test_a_part_of_the_image_arrives_and_is_kept(desk):
    crop = _asked(desk, 10.5, 4.2, 30.9, 20)
    assert crop.box == (10, 4, 31, 21)
    with Image.open(desk.project.image_path(desk.session.image)) as image:
        expected = np.asarray(image.convert("RGB"))[4:21, 10:31]
    assert np.array_equal(crop.pixels, expected)
    asked = len(desk.requests)
    assert desk.session.pixels.ask(12, 6, 20, 18) is crop, "it lies in what is there"
    assert len(desk.requests) == asked


def test_what_lies_outside_the_image_is_cut_off(desk):
    crop = _asked(desk, -20, -5, 1e6, 1e6)
    assert crop.box == (0, 0, 64, 48)
    assert desk.session.pixels.ask(-20, -5, -3, -1) is None


def test_another_image_has_other_pixels(desk):
    crop = _asked(desk, 0, 0, 10, 10)
    desk.open(1)
    desk.events.clear()
    other = _asked(desk, 0, 0, 10, 10)
    assert other is not crop
    assert not np.array_equal(other.pixels, crop.pixels)


def test_a_large_part_is_made_smaller():
    assert shrink_of((0, 0, 2000, 2000)) == 1
    assert shrink_of((0, 0, 2001, 2000)) == 2
    assert MOST_PIXELS * shrink_of((0, 0, 100_000, 100_000)) ** 2 >= 100_000**2
