"""Morphology on runs against the same on pixels: scipy's, with what lies beyond the image as our rule has it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from app.masks.combining import intersect, subtract, union
from app.masks.hull import hull
from app.masks.morphology import grow, shrink, smooth, smoothing_radius
from app.masks.parts import drop_islands, fill_holes, holes_of, part_at, parts_of, speck_size, split
from app.masks.rle import Mask
from tests.masks.shapes import flower, masks

BY_CORNERS = np.ones((3, 3), np.bool_)
SIDE = 90_000


def _disc(radius: int) -> NDArray[np.bool_]:
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return x**2 + y**2 <= radius**2


def _corner(*runs: int) -> Mask:
    """In a huge image; the last run fills it."""
    return Mask.from_runs([*runs, SIDE * SIDE - sum(runs)], (SIDE, SIDE))


# --- grow, shrink, smooth ----------------------------------------------------------------------------------------


@given(masks(), st.integers(1, 4))
def test_to_grow_is_dilation_and_to_shrink_erosion_by_a_disc(pixels, by):
    mask = Mask.from_array(pixels)
    assert grow(mask, by) == Mask.from_array(ndimage.binary_dilation(pixels, _disc(by)))
    assert shrink(mask, by) == Mask.from_array(ndimage.binary_erosion(pixels, _disc(by), border_value=1))


@given(masks(), st.integers(1, 3))
def test_to_grow_and_to_shrink_again_loses_nothing_and_the_other_way_adds_nothing(pixels, by):
    mask = Mask.from_array(pixels)
    assert not subtract(mask, [shrink(grow(mask, by), by)]).area
    assert not subtract(grow(shrink(mask, by), by), [mask]).area


def test_what_the_image_cuts_off_does_not_shrink_away_from_its_border():
    full = Mask.from_array(np.ones((4, 5), np.bool_))
    assert shrink(full, 3) == grow(full) == smooth(full) == full


def test_one_pixel_becomes_a_cross_and_nothing():
    mask = Mask.from_runs([12, 1, 12], (5, 5))
    assert grow(mask).area == 5
    assert shrink(mask).area == 0
    assert shrink(grow(mask)) == mask


def test_a_corner_of_a_huge_image_grows_at_once():
    assert grow(_corner(0, 1)).area == 3
    assert grow(Mask.from_runs([SIDE * SIDE - 1, 1], (SIDE, SIDE)), 2).area == 6


def test_to_smooth_takes_spikes_and_notches_and_leaves_straight_edges():
    pixels = np.zeros((60, 60), np.bool_)
    pixels[20:, :30] = True
    rough = pixels.copy()
    rough[19, 10] = rough[40, 30] = True
    rough[20, 15] = False
    smoothed = smooth(Mask.from_array(rough), 2).to_array()
    assert np.array_equal(smoothed[:, :25], pixels[:, :25])
    assert np.array_equal(smoothed[28:], pixels[28:])


@given(masks(max_side=20), st.integers(1, 4))
def test_smoothing_turns_with_the_image(pixels, radius):
    smoothed = smooth(Mask.from_array(pixels), radius)
    turned = smooth(Mask.from_array(np.ascontiguousarray(np.rot90(pixels))), radius)
    assert np.array_equal(turned.to_array(), np.rot90(smoothed.to_array()))


def test_smoothing_in_strips_is_smoothing_as_a_whole(monkeypatch):
    mask = Mask.from_array(flower(150))
    whole = smooth(mask, 5)
    monkeypatch.setattr("app.masks.morphology._STRIP_PIXELS", 2000)
    assert smooth(mask, 5) == whole


def test_a_thicker_mask_is_smoothed_from_farther():
    line, disc = np.zeros((200, 200), np.bool_), _disc(90)
    line[50:54] = True
    assert smoothing_radius(Mask.from_array(line)) == 1
    assert smoothing_radius(Mask.from_array(disc)) == 4


# --- parts and holes ---------------------------------------------------------------------------------------------


@given(masks())
def test_the_parts_are_disjoint_connected_and_the_whole(pixels):
    mask = Mask.from_array(pixels)
    parts = split(mask)
    labels, count = ndimage.label(pixels, BY_CORNERS)
    assert len(parts) == count == len(parts_of(mask).areas)
    assert sum(part.area for part in parts) == mask.area
    assert [part.area for part in parts] == sorted(np.bincount(labels[labels > 0]).tolist()[1:], reverse=True)
    assert all(ndimage.label(part.to_array(), BY_CORNERS)[1] == 1 for part in parts)
    if parts:
        assert union(parts) == mask


@given(masks())
def test_holes_are_what_the_background_does_not_reach(pixels):
    mask = Mask.from_array(pixels)
    filled = ndimage.binary_fill_holes(pixels)
    assert fill_holes(mask, pixels.size) == Mask.from_array(filled)
    assert fill_holes(mask, 0) == mask
    assert holes_of(mask).areas.sum() == np.count_nonzero(filled & ~pixels)


@given(masks(), st.integers(1, 6))
def test_holes_and_islands_up_to_a_size(pixels, up_to):
    mask = Mask.from_array(pixels)
    holes, _ = ndimage.label(ndimage.binary_fill_holes(pixels) & ~pixels)
    sizes = np.bincount(holes.reshape(-1))
    small = (sizes <= up_to) & (np.arange(len(sizes)) > 0)
    assert fill_holes(mask, up_to) == Mask.from_array(pixels | small[holes])
    kept = drop_islands(mask, up_to)
    parts = split(mask)
    large = [part for part in parts if part.area > up_to] or parts[:1]
    assert kept.area == sum(part.area for part in large)
    assert not large or union(large).area == intersect([kept, mask]).area == kept.area


@given(masks(max_side=6))
def test_the_part_at_each_pixel(pixels):
    mask = Mask.from_array(pixels)
    labels, _ = ndimage.label(pixels, BY_CORNERS)
    for y, x in np.ndindex(pixels.shape):
        part = part_at(mask, x, y)
        assert (part is None) == (not pixels[y, x])
        assert part is None or np.array_equal(part.to_array(), labels == labels[y, x])


def test_a_gap_of_a_corner_opens_no_hole_and_the_border_of_the_image_closes_none():
    ring = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.bool_)
    assert fill_holes(Mask.from_array(ring), 1).area == 5
    assert fill_holes(Mask.from_array(ring[1:]), 1).area == 3


def test_what_is_too_small_to_be_meant_depends_on_object_and_image():
    assert speck_size(Mask.from_runs([0, 100, 0], (10, 10)), 0.01) == 16
    assert speck_size(Mask.from_array(np.ones((100, 100), np.bool_)), 0.01) == 100
    assert speck_size(_corner(0, 100), 0.01) == 8100


# --- the hull ----------------------------------------------------------------------------------------------------


@given(masks(max_side=6))
def test_the_hull_has_the_mask_and_each_pixel_between_two_of_its_own(pixels):
    mask = Mask.from_array(pixels)
    found = hull(mask)
    assert hull(found) == found
    assert not subtract(mask, [found]).area
    assert found.bbox == mask.bbox
    assert np.array_equal(found.to_array(), _brute_hull(pixels))


def _brute_hull(pixels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A pixel is in the hull when no line through two pixels of the mask has all of the mask on one side and it on the
    other; for those in a line, when it lies between their ends."""
    ys, xs = np.nonzero(pixels)
    inside = np.zeros_like(pixels)
    if not len(xs):
        return inside
    points = np.stack([xs, ys], axis=1)
    edge = points[None] - points[:, None]
    for y, x in np.ndindex(pixels.shape):
        to_mask = points[None, None] - points[:, None, None]
        side = edge[..., None, 0] * to_mask[..., 1] - edge[..., None, 1] * to_mask[..., 0]
        own = edge[..., 0] * (y - ys)[:, None] - edge[..., 1] * (x - xs)[:, None]
        is_separated = ((side >= 0).all(2) & (own < 0)).any()
        in_box = xs.min() <= x <= xs.max() and ys.min() <= y <= ys.max()
        inside[y, x] = in_box and not is_separated
    return inside


def test_the_hull_of_what_lies_in_the_corners_of_a_huge_image_is_exact():
    both = union([_corner(0, 1), Mask.from_runs([SIDE * SIDE - 1, 1], (SIDE, SIDE))])
    assert hull(both).area == SIDE


@pytest.mark.parametrize("change", [grow, shrink, smooth, hull])
def test_nothing_stays_nothing(change):
    empty = Mask.from_array(np.zeros((3, 4), np.bool_))
    assert change(empty) == empty
    assert fill_holes(empty, 9) == drop_islands(empty, 9) == empty
    assert split(empty) == []
