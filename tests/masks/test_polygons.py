"""Polygons in and out, pycocotools being the referee."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pycocotools import mask as referee

from app.masks.outlines import is_hole, outlines
from app.masks.polygons import from_polygons
from app.masks.rle import Mask
from app.problem import Problem
from tests.masks.shapes import flower, masks

coordinates = st.floats(-20, 60, allow_nan=False)
polygons = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8).map(
    lambda points: [n for point in points for n in point]
)


def to_polygons(mask: Mask) -> list[list[float]]:
    """Flat polygons along the pixel edges; holes are filled, for COCO unites polygons."""
    return [polygon.reshape(-1).tolist() for polygon in outlines(mask.region()) if not is_hole(polygon)]


@given(st.lists(polygons, min_size=1, max_size=3))
def test_polygons_of_one_object_are_united_as_pycocotools_does(parts):
    theirs = referee.merge(referee.frPyObjects(parts, 30, 40))
    assert from_polygons(parts, (30, 40)).counts == theirs["counts"].decode()


@given(masks())
def test_polygons_of_a_mask_give_it_back_with_its_holes_filled(pixels):
    mask = Mask.from_array(pixels)
    parts = to_polygons(mask)
    again = from_polygons(parts, mask.size).to_array() if parts else np.zeros_like(pixels)
    outside = np.pad(~pixels, 1, constant_values=True).astype(np.uint8)
    labels = cv2.connectedComponents(outside, connectivity=8)[1]
    assert np.array_equal(again, (labels != labels[0, 0])[1:-1, 1:-1])


def test_polygons_of_a_mask_without_holes_give_it_back_exactly():
    pixels = np.zeros((90, 120), np.bool_)
    pixels[5:65, 10:70] = flower(60)
    mask = Mask.from_array(pixels)
    assert from_polygons(to_polygons(mask), mask.size) == mask


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [[]],
        [[1.0, 1.0, 5.0, 5.0]],
        [[1.0, 1.0, 5.0, 5.0, 9.0]],
        [[1.0, 1.0, 5.0, 1.0, float("nan"), 5.0]],
        [[1.0, 1.0, 5.0, 1.0, float("inf"), 5.0]],
        [[1, 1, 5, 1, 5, 5], [2, 2]],
        [[[1, 1], [5, 1], [5, 5]]],
        [["a", "b", "c", "d", "e", "f"]],
        [[None] * 6],
        [[1, 1, 5, 1, {}, 5]],
        [5],
        ["123456"],
        [[10**400] * 6],
    ],
)
def test_what_is_no_polygon_is_one_sentence(parts):
    with pytest.raises(Problem, match=r"^[A-Z].*\.$"):
        from_polygons(parts, (10, 10))


def test_absurdly_far_corners_cost_neither_time_nor_memory():
    """pycocotools walks along the edges pixel by pixel: 1e12 pixels would never end."""
    start = time.perf_counter()
    mask = from_polygons([[0.0, 0.0, 1e12, 0.0, 1e12, 1e12, 0.0, 1e12]], (100, 200))
    assert mask.area == 100 * 200
    assert time.perf_counter() - start < 1


@given(
    st.lists(st.tuples(st.integers(-3000, 3000), st.integers(-3000, 3000)), min_size=3, max_size=8),
    st.integers(0, 2),
)
@example([(0, 0), (-9, 81), (86, -534)], 1)
def test_far_corners_change_nothing_but_the_rounding_at_the_edges(points, decimals):
    """The referee walks all the way; we cut off what is far outside. Edges that cross the image keep their slope."""
    flat = [round(n / 7, decimals) for point in points for n in point]
    ours = from_polygons([flat], (30, 40)).to_array()
    theirs = referee.decode(referee.merge(referee.frPyObjects([flat], 30, 40))).astype(bool)
    differ = (ours != theirs).astype(np.uint8)
    # no patch, at most a line of single pixels; what lies beyond the image does not differ
    patches = cv2.erode(differ, np.ones((2, 2), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    assert patches.sum() == 0


@pytest.mark.parametrize("far", [1e3, 1e6, 1e9, 1e12])
def test_edge_to_a_far_corner_keeps_its_slope(far):
    """One row down for every two columns, however far away the triangle goes on."""
    pixels = from_polygons([[0, 0, far, far / 2, 0, far]], (100, 100)).to_array()
    y, x = np.mgrid[:100, :100]
    assert pixels[2 * y > x + 3].all()
    assert not pixels[2 * y < x - 3].any()


def test_corners_beyond_all_reason_are_pulled_nearer():
    pixels = from_polygons([[-1e300, -1e300, 1e300, -1e300, 1e300, 1e300]], (100, 100)).to_array()
    assert np.abs(pixels.astype(int) - np.tri(100, dtype=int).T).sum() <= 200


def test_polygon_outside_the_image_is_an_empty_mask():
    assert from_polygons([[500, 500, 600, 500, 600, 600]], (100, 100)).area == 0


def test_an_image_that_is_too_large_for_polygons_is_said_to_be_so():
    with pytest.raises(Problem, match=r"^An image of 60000 x 50000 pixels is too large for polygons"):
        from_polygons([[1, 1, 5, 1, 5, 5]], (50_000, 60_000))
