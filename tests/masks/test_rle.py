"""The RLE against pycocotools, the referee; and strings of strangers, which must never reach it unchecked."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as referee

from app.masks.outlines import outlines_of
from app.masks.rle import MAX_IMAGE_PIXELS, MAX_PIXELS, Mask, Region
from app.problem import Problem
from tests.masks.shapes import flower, masks


@given(masks())
def test_string_box_and_area_are_those_of_pycocotools(pixels):
    mask = Mask.from_array(pixels)
    theirs = referee.encode(np.asfortranarray(pixels, np.uint8))
    assert mask.size == tuple(theirs["size"])
    assert mask.counts == theirs["counts"].decode()
    assert mask.bbox == tuple(referee.toBbox(theirs))
    assert mask.area == referee.area(theirs)


@given(masks())
def test_mask_gives_its_pixels_back_whole_and_cut_out(pixels):
    mask = Mask.from_array(pixels)
    assert np.array_equal(mask.to_array(), pixels)
    region = mask.region()
    x, y, width, height = mask.bbox
    assert (region.x, region.y, region.image_size) == (x, y, pixels.shape)
    assert np.array_equal(region.pixels, pixels[y : y + height, x : x + width])


@given(masks(max_side=6), st.tuples(*[st.integers(0, 4)] * 4))
def test_region_anywhere_in_its_image_makes_the_same_mask_as_the_whole_image(pixels, margins):
    left, right, above, below = margins
    whole = np.pad(pixels, ((above, below), (left, right)))
    assert Mask.from_region(Region(left, above, pixels, whole.shape)) == Mask.from_array(whole)


def test_region_without_pixels_is_an_empty_mask():
    mask = Mask.from_region(Region(3, 2, np.zeros((0, 0), np.bool_), (5, 7)))
    assert (mask.area, mask.bbox) == (0, (0, 0, 0, 0))
    assert mask.region().pixels.size == 0


@given(masks())
def test_every_form_of_coco_rle_reads_as_the_same_mask(pixels):
    mask = Mask.from_array(pixels)
    runs = mask.runs.tolist()
    theirs = referee.frPyObjects({"size": list(pixels.shape), "counts": runs}, *pixels.shape)
    for counts in (mask.counts, mask.counts.encode(), runs, theirs["counts"]):
        assert Mask.from_coco(list(pixels.shape), counts) == mask


def test_runs_of_nothing_inside_a_mask_are_joined():
    assert Mask.from_coco((2, 3), [1, 1, 0, 2, 2, 0]) == Mask.from_coco((2, 3), [1, 3, 2])


def test_run_of_a_large_image_survives_its_string():
    size = (20_000, 20_000)
    runs = [123_456_789, 1, 200_000_000, 2, 400_000_000 - 323_456_792]
    mask = Mask.from_coco(size, runs)
    assert mask.runs.tolist() == runs
    theirs = referee.frPyObjects({"size": list(size), "counts": runs}, *size)
    assert (mask.counts, list(mask.bbox)) == (theirs["counts"].decode(), referee.toBbox(theirs).tolist())


GOOD = Mask.from_array(np.eye(4, dtype=np.bool_)).counts


@pytest.mark.parametrize(
    ("size", "counts"),
    [
        ((4, 4), ""),
        ((4, 4), []),
        ((4, 4), GOOD[:-1]),
        ((4, 4), GOOD + "5"),
        ((4, 4), "P" * 40),
        ((4, 4), "oooooooooooooooooooo0"),
        ((4, 4), "\x00\x01"),
        ((3, 5), "é"),  # "?" would be a run of 15
        ((4, 4), "日本"),
        ((4, 4), "\ud800"),
        ((4, 4), b"\xff\xfe"),
        ((4, 4), [17]),
        ((4, 4), [-1, 17]),
        ((4, 4), [8, -8, 16]),
        ((4, 4), [10**30]),
        ((4, 4), [2**63 - 1, 2**63 - 1, 18]),
        ((4, 4), [16.0]),
        ((4, 4), [True] * 16),
        ((4, 4), ["16"]),
        ((4, 4), [None, 16]),
        ((4, 4), None),
        ((4, 4), {}),
        ((4, 4), 16),
        (None, GOOD),
        ((4, 5), GOOD),
        ((0, 4), [0]),
        ((-4, -4), [16]),
        ((4,), [4]),
        ((2, 2, 4), [16]),
        ((4.0, 4.0), [16]),
        ((True, 16), [16]),
        ((10**6, 10**6), [10**12]),
        ((MAX_IMAGE_PIXELS + 1, 1), [MAX_IMAGE_PIXELS + 1]),
    ],
)
def test_damaged_or_hostile_rle_is_one_sentence(size, counts):
    with pytest.raises(Problem, match=r"^[A-Z].*\.$"):
        Mask.from_coco(size, counts)


@given(st.text(alphabet=st.characters(min_codepoint=40, max_codepoint=120), max_size=30), st.integers(1, 9))
def test_any_string_is_a_mask_of_its_size_or_a_problem(counts, side):
    try:
        mask = Mask.from_coco((side, side), counts)
    except Problem:
        return
    assert mask == Mask.from_array(mask.to_array())


def test_mask_of_a_foreign_project_file_is_checked_before_it_is_decoded():
    good = Mask.from_array(flower(40))
    for wrong in (
        Mask((40, 41), good.counts, good.bbox, good.area),
        Mask(good.size, good.counts, (0, 0, 10**9, 10**9), good.area),
        Mask(good.size, good.counts, (-3, 0, 5, 5), good.area),
        Mask((10**9, 10**9), "P1", (0, 0, 10**9, 10**9), 0),
        Mask(good.size, "\ud800", good.bbox, good.area),
    ):
        with pytest.raises(Problem):
            wrong.region()


@pytest.mark.serial
def test_object_in_a_24_megapixel_image_is_cut_out_and_put_back_within_a_millisecond_and_little_memory():
    pixels = flower(300)
    mask = Mask.from_region(Region(2000, 1500, pixels, (4000, 6000)))
    tracemalloc.start()
    again = Mask.from_region(mask.region())
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert again == mask
    assert peak_bytes < 8_000_000  # the image has 24
    assert min(_seconds(mask.region) for _ in range(20)) < 0.001
    region = mask.region()
    assert min(_seconds(lambda: Mask.from_region(region)) for _ in range(20)) < 0.001


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


HUGE = (30_000, 40_000)


def test_mask_of_a_gigapixel_keeps_its_pixels():
    region = Region(39_000, 29_000, flower(500), HUGE)
    mask = Mask.from_region(region)
    assert Mask.from_coco(HUGE, mask.counts) == mask
    assert np.array_equal(mask.region().pixels, region.pixels[np.ix_(region.pixels.any(1), region.pixels.any(0))])
    for x, y in ((250, 250), (0, 0), (499, 3), (100, 300)):
        assert mask.covers(39_000 + x, 29_000 + y) == region.pixels[y, x]
    assert np.array_equal(mask.window(39_000, 29_000, 500, 500), region.pixels)
    assert not mask.window(0, 0, 500, 500).any()


@pytest.mark.parametrize("runs", [[0, 30_000 * 40_000], [5, 30_000 * 40_000 - 9, 4]])
def test_huge_mask_is_never_made_whole(runs):
    mask = Mask.from_runs(runs, HUGE)
    tracemalloc.start()
    for make in (mask.region, mask.to_array):
        with pytest.raises(Problem, match=r"spans 40000 x 30000 pixels.*50 megapixels"):
            make()
    assert mask.sampled(1000)[1:, 1:].all()
    assert mask.window(10, 10, 300, 200).all()
    assert mask.covers(20_000, 15_000)
    [outline] = outlines_of(mask)
    assert outline.min(0).tolist() == [0, 0]
    assert np.abs(outline.max(0) - (40_000, 30_000)).max() < 40
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 200_000_000


def test_large_picture_of_today_is_still_made_whole():
    size = (20_000, 20_000)
    assert size[0] * size[1] == MAX_PIXELS
    mask = Mask.from_region(Region(19_990, 0, np.ones((20_000, 10), np.bool_), size))
    assert mask.region().pixels.shape == (20_000, 10)


@given(st.data())
def test_any_window_of_any_mask(data):
    height, width = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))
    bits = data.draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    pixels = np.array(bits).reshape(height, width)
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    w, h = data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y))
    mask = Mask.from_array(pixels)
    assert np.array_equal(mask.window(x, y, w, h), pixels[y : y + h, x : x + w])
    assert mask.covers(x, y) == pixels[y, x]
    left, top, wide, high = mask.bbox
    assert np.array_equal(mask.sampled(3), pixels[top : top + high, left : left + wide][::3, ::3])
