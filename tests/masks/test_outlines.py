"""Outlines along pixel edges: nothing of the mask is lost, whatever its shape."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given

from app.masks.outlines import is_hole, outlines
from app.masks.rle import Mask, Region
from tests.masks.shapes import flower, masks


def signed_area(polygon: np.ndarray) -> float:
    x, y = polygon.astype(np.float64).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2


def filled(polygons: list[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """Even-odd: a pixel is inside when a ray from its middle to the left crosses an odd number of vertical edges."""
    crossings = np.zeros((size[0], size[1] + 1), np.int64)
    for polygon in polygons:
        for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if x0 == x1:
                crossings[int(min(y0, y1)) : int(max(y0, y1)), int(x0)] += 1
    return (np.cumsum(crossings, axis=1) % 2 == 1)[:, :-1]


@given(masks())
def test_filled_even_odd_the_outlines_are_the_mask(pixels):
    region = Mask.from_array(pixels).region()
    assert np.array_equal(filled(outlines(region), pixels.shape), pixels)


@given(masks())
def test_outlines_of_runs_are_those_of_the_pixels_corner_by_corner(pixels):
    region = Region(3, 2, pixels, (pixels.shape[0] + 4, pixels.shape[1] + 3))
    known = replace(region, rle=Mask.from_region(region))
    for one, other in zip(outlines(region), outlines(known), strict=True):
        assert np.array_equal(one, other)
        assert one.dtype == other.dtype


@given(masks())
def test_signed_areas_of_outlines_less_those_of_holes_are_the_pixels(pixels):
    areas = [signed_area(polygon) for polygon in outlines(Mask.from_array(pixels).region())]
    assert sum(areas) == pixels.sum()


@given(masks())
def test_outlines_turn_a_right_angle_at_every_corner(pixels):
    for polygon in outlines(Mask.from_array(pixels).region()):
        steps = np.roll(polygon, -1, axis=0) - polygon
        assert ((steps == 0).sum(axis=1) == 1).all()
        assert ((steps * np.roll(steps, -1, axis=0)).sum(axis=1) == 0).all()


@given(masks())
def test_each_connected_part_has_one_outline_and_each_hole_one(pixels):
    """Pixels hang together over their edges, holes over edges and corners: as in cv2 with 4 and 8."""
    parts = cv2.connectedComponents(pixels.astype(np.uint8), connectivity=4)[0] - 1
    holes = cv2.connectedComponents(np.pad(~pixels, 1, constant_values=True).astype(np.uint8), connectivity=8)[0] - 2
    polygons = outlines(Mask.from_array(pixels).region())
    assert [sum(not is_hole(p) for p in polygons), sum(is_hole(p) for p in polygons)] == [parts, holes]


def test_outlines_lie_where_the_region_lies():
    region = Region(100, 50, np.ones((2, 3), np.bool_), (200, 300))
    (polygon,) = outlines(region)
    assert sorted(map(tuple, polygon.tolist())) == [(100, 50), (100, 52), (103, 50), (103, 52)]


def test_empty_region_has_no_outline():
    assert outlines(Region(0, 0, np.zeros((0, 0), np.bool_), (9, 9))) == []
    assert outlines(Region(0, 0, np.zeros((3, 3), np.bool_), (9, 9)), 1.0) == []


@pytest.mark.parametrize("tolerance", [0.5, 1.0, 3.0])
def test_simplified_outline_has_fewer_corners_and_stays_near(tolerance):
    region = Region(5, 7, flower(300), (400, 400))
    (exact,) = outlines(region)
    (simple,) = outlines(region, tolerance)
    assert len(simple) < len(exact)
    assert simple.shape[1:] == (2,)
    distances = [abs(cv2.pointPolygonTest(simple, (float(x), float(y)), True)) for x, y in exact]
    assert max(distances) <= tolerance + 1e-3


def test_simplified_outline_of_one_pixel_is_still_a_polygon():
    """Otherwise a small object would be invisible from far away."""
    (polygon,) = outlines(Region(3, 3, np.ones((1, 1), np.bool_), (9, 9)), 2.0)
    assert len(polygon) >= 3
