"""Snapping to image edges: what is a few pixels off comes back, what is far off stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.masks.combining import exclusive_or
from app.masks.metrics import iou
from app.masks.morphology import grow, shrink
from app.masks.parts import parts_of
from app.masks.rle import MAX_PIXELS, Mask, Region
from app.masks.snapping import snap, snapping_box, usual_band
from app.problem import Problem

SIDE = 120
_Y, _X = np.mgrid[:SIDE, :SIDE]
DISC = (_X - 60) ** 2 + (_Y - 60) ** 2 <= 40**2
TRUTH = Mask.from_array(DISC)


def photo() -> np.ndarray:
    """A bright disc on a darker ground, with noise."""
    noise = np.random.default_rng(0).integers(-8, 9, (SIDE, SIDE, 3))
    return (np.where(DISC[..., None], [200, 150, 60], [70, 90, 110]) + noise).astype(np.uint8)


def snapped(mask: Mask, band: int = 4, image: np.ndarray | None = None) -> Mask:
    image = photo() if image is None else image
    x0, y0, x1, y1 = box = snapping_box(mask, band)
    return snap(mask, np.ascontiguousarray(image[y0:y1, x0:x1]), box, band)


@pytest.mark.parametrize("start", [grow(TRUTH, 3), shrink(TRUTH, 3), Mask.from_array(np.roll(DISC, (2, -2), (0, 1)))])
def test_an_outline_that_is_a_little_off_comes_to_the_edge(start):
    off = exclusive_or([snapped(start), TRUTH]).area
    assert off < 0.1 * exclusive_or([start, TRUTH]).area


def test_nothing_changes_farther_than_the_band():
    start = grow(TRUTH, 12)
    assert not exclusive_or([snapped(start), start]).area - exclusive_or([grow(start, 4), shrink(start, 4)]).area > 0


def test_what_has_no_inside_or_no_outside_stays_as_it_is():
    dot, full = Mask.from_runs([500, 1, SIDE * SIDE - 501], (SIDE, SIDE)), Mask.from_array(np.ones((SIDE, SIDE), bool))
    assert snapped(dot) == dot
    assert snapped(full) == full


def test_a_thin_line_is_not_lost():
    line = np.zeros((SIDE, SIDE), bool)
    line[58:61, 10:110] = True
    image = np.where(line[..., None], [220, 220, 220], [40, 60, 40]).astype(np.uint8).repeat(1, axis=2)
    assert snapped(Mask.from_array(line), image=image).area > 0.8 * line.sum()


@pytest.mark.parametrize("thickness", [3, 6, 10])
def test_a_faint_strip_is_not_lost_in_a_wide_band(thickness):
    rng = np.random.default_rng(1)
    line = np.zeros((SIDE, SIDE), np.uint8)
    cv2.line(line, (15, 30), (105, 80), 1, thickness)
    texture = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE, 3)), (0, 0), 3)
    image = np.clip(110 + 15 * line[..., None] + 12 * texture / texture.std(), 0, 255).astype(np.uint8)
    truth = Mask.from_array(line == 1)
    found = snapped(truth, 12, image)
    assert iou(found.to_array(), truth.to_array()) > 0.7
    assert parts_of(found).areas.size == 1


@pytest.mark.parametrize("band", [12, 24])
def test_what_is_thin_beside_something_thick_is_kept(band):
    rng = np.random.default_rng(2)
    body, thin = np.zeros((160, 200), np.uint8), np.zeros((160, 200), np.uint8)
    body[40:120, 60:140] = 1
    cv2.circle(thin, (152, 80), 4, 1, -1)  # an island
    cv2.ellipse(thin, (60, 80), (40, 30), 0, 90, 270, 1, 7)  # a handle
    texture = cv2.GaussianBlur(rng.normal(0, 1, (160, 200, 3)), (0, 0), 3)
    image = np.clip(110 + 15 * (body | thin)[..., None] + 12 * texture / texture.std(), 0, 255).astype(np.uint8)
    found = snapped(Mask.from_array((body | thin) == 1), band, image).to_array()
    assert found[(thin == 1) & (body == 0)].mean() > 0.85


def test_the_band_is_wider_in_a_large_image_and_what_is_looked_at_bounded():
    assert [usual_band(size) for size in ((48, 64), (3000, 4000), (90_000, 90_000))] == [4, 16, 24]
    side = int(MAX_PIXELS**0.5) * 2
    with pytest.raises(Problem):
        snapping_box(Mask.from_runs([0, 1, side * side - 2, 1], (side, side)), 4)


def test_a_mask_too_large_to_be_snapped_is_refused_before_the_image_is_looked_at():
    first, last = 500 * 9000 + 500, 6899 * 9000 + 6899  # corners of a mask in an image of 9000 x 9000
    wide = Mask.from_runs([first, 1, last - first - 1, 1, 9000 * 9000 - last - 1], (9000, 9000))
    long = Mask.from_region(Region(500, 500, np.ones((1, 8000), bool), (9000, 9000)))
    assert snapping_box(long, 24) == (452, 452, 8548, 549)
    with pytest.raises(Problem, match="6496 x 6496 pixels, more than the 40 megapixels that can be snapped at once: "):
        snapping_box(wide, 24)
