"""A corrective click changes what is near it, to its sign, and nothing else."""

from __future__ import annotations

import math
import tracemalloc
from functools import partial

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.masks.metrics import iou
from app.masks.refinement import REACH, Correction, corrected, distance_to_border, has_pixel
from app.masks.rle import Mask, Region

SIZE = (40, 60)


def disc(x: int, y: int, radius: float) -> np.ndarray:
    rows, columns = np.ogrid[: SIZE[0], : SIZE[1]]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def cropped(pixels: np.ndarray) -> Region:
    return Mask.from_array(pixels).region()


def whole(region: Region) -> np.ndarray:
    pixels = np.zeros(region.image_size, bool)
    height, width = region.pixels.shape
    pixels[region.y : region.y + height, region.x : region.x + width] = region.pixels
    return pixels


def shown(bright: np.ndarray, shrink: int, box: tuple[int, int, int, int]) -> np.ndarray:
    """A box of an image that is bright where that is, so many times smaller."""
    x0, y0, x1, y1 = box
    pixels = np.where(bright, np.uint8(200), np.uint8(60))[y0:y1, x0:x1]
    smaller = -(-(x1 - x0) // shrink), -(-(y1 - y0) // shrink)
    return cv2.cvtColor(cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2RGB)


@st.composite
def masks(draw) -> np.ndarray:
    """A few discs and holes, or nothing, or everything."""
    pixels = np.full(SIZE, draw(st.booleans()) and draw(st.booleans()))
    for _ in range(draw(st.integers(0, 4))):
        there = disc(draw(st.integers(0, SIZE[1])), draw(st.integers(0, SIZE[0])), draw(st.floats(0, 15)))
        pixels = pixels | there if draw(st.booleans()) else pixels & ~there
    return pixels


CLICKS = st.builds(Correction, st.integers(0, SIZE[1] - 1), st.integers(0, SIZE[0] - 1), st.booleans())
REACHES = st.sampled_from([1.0, REACH, math.inf])


@settings(max_examples=300, deadline=None)
@given(masks(), masks(), CLICKS, st.lists(CLICKS, max_size=4), REACHES)
def test_it_changes_only_the_part_of_the_difference_around_the_click(start, answer, click, earlier, reach):
    before = cropped(start)
    result = corrected(before, cropped(answer), [click], earlier, reach)
    after = whole(result)
    changed = start ^ after
    assert not (changed & (start if click.positive else ~start)).any(), "a positive click only adds, and so on"
    assert (whole(before) == start).all(), "what was given is not touched"
    distance = distance_to_border(before, click.x, click.y)
    if start.any():
        distance = min(distance, max(math.sqrt(start.sum()) / 2, 16))
    radius = np.hypot(*(np.indices(SIZE) - np.array([click.y, click.x])[:, None, None]))
    assert not changed[radius > 2 * reach * distance].any()
    near = radius <= (distance / 2 if math.isfinite(distance) else 0)
    assert not (changed & ~(answer ^ start) & ~near).any(), "elsewhere it is the model that says so"
    if changed.any():
        _, part_of = cv2.connectedComponents((changed | (start == click.positive)).astype(np.uint8), connectivity=4)
        assert set(np.unique(part_of[changed])) == {part_of[click.y, click.x]}, "it hangs together with the click"


@settings(max_examples=300, deadline=None)
@given(masks(), masks(), CLICKS, st.lists(CLICKS, max_size=4), REACHES)
def test_the_click_is_obeyed_and_so_are_the_earlier_ones_that_were(start, answer, click, earlier, reach):
    before = cropped(start)
    result = corrected(before, cropped(answer), [click], earlier, reach)
    assert has_pixel(result, click.x, click.y) == click.positive
    for each in earlier:
        if (each.x, each.y) != (click.x, click.y) and has_pixel(before, each.x, each.y) == each.positive:
            assert has_pixel(result, each.x, each.y) == each.positive


@settings(max_examples=100, deadline=None)
@given(masks(), masks(), st.lists(CLICKS, min_size=1, max_size=4, unique_by=lambda c: (c.x, c.y)))
def test_several_clicks_are_those_one_after_the_other_and_the_result_is_cropped(start, answer, clicks):
    at_once = corrected(cropped(start), cropped(answer), clicks)
    one_by_one = cropped(start)
    for i, click in enumerate(clicks):
        one_by_one = corrected(one_by_one, cropped(answer), [click], clicks[:i])
    assert (whole(at_once) == whole(one_by_one)).all()
    assert at_once.bbox == one_by_one.bbox == Mask.from_array(whole(at_once)).bbox
    for click in clicks:
        assert has_pixel(at_once, click.x, click.y) == click.positive


@given(masks(), CLICKS)
@settings(deadline=None)
def test_the_distance_is_that_to_the_nearest_pixel_of_the_other_kind(pixels, click):
    others = np.argwhere(pixels != pixels[click.y, click.x])
    expected = min((math.hypot(y - click.y, x - click.x) for y, x in others), default=math.inf)
    assert distance_to_border(cropped(pixels), click.x, click.y) == pytest.approx(expected)


def test_the_distance_from_far_off_is_told_and_little_is_looked_at_for_it():
    size = (40_000, 40_000)
    there = Region(100, 200, np.ones((50, 50), bool), size)
    tracemalloc.start()
    far = [distance_to_border(there, *click) for click in ((39_000, 30_000), (100, 39_999), (125, 225))]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert far == [math.hypot(39_000 - 149, 30_000 - 249), 39_999 - 249, 25]
    assert peak < 1_000_000
    corner = np.zeros(SIZE, bool)
    corner[-1, -1] = True
    assert distance_to_border(cropped(corner), 0, 0) == math.hypot(SIZE[1] - 1, SIZE[0] - 1)


def test_a_flood_stays_near_the_click_and_the_whole_part_is_to_be_had():
    start, tyre, shadow = disc(20, 15, 8), disc(20, 27, 4), np.zeros(SIZE, bool)
    shadow[28:40] = True
    answer = cropped(start | tyre | shadow)
    click = Correction(20, 26, positive=True)
    near = whole(corrected(cropped(start), answer, [click]))
    assert (near & tyre).sum() > 0.9 * tyre.sum()
    assert (near & shadow & ~tyre).sum() < 0.2 * shadow.sum()
    assert (whole(corrected(cropped(start), answer, [click], reach=math.inf)) == start | tyre | shadow).all()


def test_a_click_far_off_adds_a_part_no_larger_than_the_mask_lets_expect():
    start = disc(5, 5, 4)
    after = whole(corrected(cropped(start), cropped(np.ones(SIZE, bool)), [Correction(50, 20, positive=True)]))
    assert after[20, 50]
    assert not after[:, :15].any() or (after[:, :15] == start[:, :15]).all()


@settings(max_examples=40, deadline=None)
@given(masks(), masks(), CLICKS, st.lists(CLICKS, max_size=4), masks(), st.sampled_from([1, 2, 3]))
def test_edges_of_the_image_change_nothing_of_these_rules(start, answer, click, earlier, seen, shrink):
    before = cropped(start)
    after = corrected(before, cropped(answer), [click], earlier, look=partial(shown, seen, shrink))
    changed = start ^ whole(after)
    assert not (changed & (start if click.positive else ~start)).any()
    assert has_pixel(after, click.x, click.y) == click.positive
    for each in earlier:
        if (each.x, each.y) != (click.x, click.y) and has_pixel(before, each.x, each.y) == each.positive:
            assert has_pixel(after, each.x, each.y) == each.positive
    if changed.any():
        _, part_of = cv2.connectedComponents((changed | (start == click.positive)).astype(np.uint8), connectivity=4)
        assert set(np.unique(part_of[changed])) == {part_of[click.y, click.x]}


@pytest.mark.parametrize("shrink", [1, 2])
@pytest.mark.parametrize("says", ["nothing", "everything"])
@pytest.mark.parametrize("positive", [True, False])
def test_a_change_that_the_model_does_not_end_ends_at_the_edges_of_the_image(positive, says, shrink):
    """A box, a third of which is missing, or is too much; the same part by a disc misses the corners."""
    truth, part = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    truth[10:30, 10:50] = True
    part[10:30, 36:50] = True
    wanted, start = (truth, truth & ~part) if positive else (truth & ~part, truth)
    answer = start if says == "nothing" else np.full(SIZE, positive)
    click = Correction(42, 20, positive)
    by_disc = whole(corrected(cropped(start), cropped(answer), [click]))
    by_edges = whole(corrected(cropped(start), cropped(answer), [click], look=partial(shown, wanted, shrink)))
    assert iou(wanted, by_disc) < 0.95
    assert iou(wanted, by_edges) > (0.98 if shrink == 1 else 0.97)


def test_where_no_image_is_to_be_seen_a_disc_ends_it():
    start, answer = cropped(disc(20, 15, 8)), cropped(np.ones(SIZE, bool))
    click = Correction(20, 26, positive=True)
    unseen = corrected(start, answer, [click], look=lambda box: None)
    assert (whole(unseen) == whole(corrected(start, answer, [click]))).all()


def test_a_hole_and_an_island_elsewhere_stay():
    start = disc(20, 20, 15) & ~disc(15, 20, 3) | disc(50, 10, 4)
    answer = disc(20, 20, 15) & ~disc(28, 20, 4)
    after = whole(corrected(cropped(start), cropped(answer), [Correction(28, 20, positive=False)]))
    assert (after == start & ~disc(28, 20, 4)).all()


def test_a_model_that_does_not_listen_changes_a_little_all_the_same():
    start = cropped(disc(20, 20, 12))
    after = corrected(start, start, [Correction(20, 20, positive=False)])
    assert 10 < start.pixels.sum() - after.pixels.sum() < 100


def test_a_removed_last_pixel_leaves_an_empty_mask():
    start = cropped(disc(20, 20, 3))
    after = corrected(start, cropped(np.zeros(SIZE, bool)), [Correction(20, 20, positive=False)])
    assert not after.pixels.any()


def test_little_is_made_of_a_huge_image():
    size = (90_000, 90_000)
    start = Region(40_000, 40_000, np.ones((50, 50), bool), size)
    answer = Region(40_020, 40_020, np.ones((50, 50), bool), size)
    after = corrected(start, answer, [Correction(40_055, 40_040, positive=True)])
    assert after.bbox[:2] == (40_000, 40_000)
    assert 50 < after.bbox[2] <= 70
