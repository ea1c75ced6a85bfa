"""Regions that know their RLE: what is made of them knows its own, and it is that of the pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.masks.regions import added, decoded, empty, part_at, removed, tight
from app.masks.rle import Mask, Region
from tests.masks.shapes import masks

SIZE = (40, 50)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """Anywhere in the image, with empty rows and columns around it or without, or without a pixel."""
    pixels = draw(masks())[: SIZE[0], : SIZE[1]]
    y, x = (draw(st.integers(0, whole - part)) for whole, part in zip(SIZE, pixels.shape, strict=True))
    return Region(x, y, pixels, SIZE)


def whole(region: Region) -> np.ndarray:
    page = np.zeros(SIZE, np.bool_)
    height, width = region.pixels.shape
    page[region.y : region.y + height, region.x : region.x + width] = region.pixels
    return page


@given(regions(), regions())
def test_what_is_added_or_removed_is_in_the_rle_too(start, part):
    known = replace(start, rle=Mask.from_region(start))
    for change, expected in ((added, whole(start) | whole(part)), (removed, whole(start) & ~whole(part))):
        after = change(known, part)
        assert np.array_equal(whole(after), expected)
        assert np.array_equal(whole(change(start, part)), expected)
        assert Mask.from_region(after) == Mask.from_array(expected)


@given(regions())
def test_a_region_that_knows_its_rle_is_cut_to_the_same_box(region):
    known = replace(region, rle=Mask.from_region(region))
    assert tight(known).bbox == tight(region).bbox
    assert np.array_equal(tight(known).pixels, tight(region).pixels)
    assert decoded(Mask.from_region(region)).bbox == tight(region).bbox


def test_what_a_stroke_costs_is_the_stroke_and_not_the_object(monkeypatch):
    start = replace(Region(0, 0, np.ones((2000, 2000), np.bool_), (4000, 4000)), rle=None)
    start = replace(start, rle=Mask.from_region(start))
    looked_at = []
    whole_mask = Mask.from_region.__func__
    monkeypatch.setattr(
        Mask, "from_region", classmethod(lambda cls, r: (looked_at.append(r.pixels.size), whole_mask(cls, r))[1])
    )
    part = Region(1990, 50, np.ones((20, 20), np.bool_), (4000, 4000))
    assert added(start, part).rle.area == 4_000_000 + 200
    assert removed(start, part).rle.area == 4_000_000 - 200
    assert max(looked_at) == 400


def test_nothing_is_decoded_to_nothing():
    assert decoded(Mask.from_region(empty(SIZE))).bbox == (0, 0, 0, 0)


@pytest.mark.parametrize("corners", [False, True])
def test_a_part_of_a_very_long_image_is_that_of_the_pixel(corners):
    pixels = np.zeros((70_000, 4), np.bool_)
    pixels[100:200, 1:3] = pixels[65_400:68_000, 1:3] = pixels[68_000:69_000, 3] = True
    expected = np.zeros_like(pixels)
    expected[65_400:68_000, 1:3] = True
    expected[68_000:69_000, 3] = corners
    assert np.array_equal(part_at(pixels, 1, 67_000, corners=corners), expected)
    assert np.array_equal(part_at(pixels.T, 67_000, 1, corners=corners), expected.T)
    assert not part_at(pixels, 0, 67_000).any()
