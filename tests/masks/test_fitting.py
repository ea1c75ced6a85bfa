"""What a stroke left undone: near it, in one piece with it, and to its sign."""

from __future__ import annotations

import numpy as np
import pytest

from app.masks.fitting import fitted, points_along
from app.masks.regions import added, cut, removed
from app.masks.rle import Region
from app.masks.strokes import Stroke, rasterized

SIZE = (80, 100)


def whole(region: Region) -> np.ndarray:
    return cut(region, (0, 0, SIZE[1], SIZE[0]))


def square(x: int, y: int, width: int, height: int) -> Region:
    return Region(x, y, np.ones((height, width), bool), SIZE)


def drawn(before: Region, stroke: Stroke) -> Region:
    return (added if stroke.positive else removed)(before, rasterized(stroke, SIZE))


@pytest.fixture
def notched() -> tuple[Region, Stroke]:
    """A square whose upper edge has a notch of which a stroke fills all but its corners."""
    before = removed(square(10, 20, 60, 40), square(30, 20, 12, 6))
    return before, Stroke(((33.0, 23.0), (39.0, 23.0)), 3)


def test_a_notch_is_filled_to_its_corners(notched):
    before, stroke = notched
    mask = drawn(before, stroke)
    found = fitted(mask, stroke)
    missing = whole(square(10, 20, 60, 40)) & ~whole(mask)
    assert missing.any()
    assert (whole(square(10, 20, 60, 40)) & ~whole(found)).sum() < missing.sum() / 3
    assert not (whole(mask) & ~whole(found)).any(), "painting only adds"


def test_erasing_is_painting_the_other_way_round(notched):
    before, stroke = notched
    everything = square(0, 0, SIZE[1], SIZE[0])
    inverse = removed(everything, before)
    eraser = Stroke(stroke.path, stroke.radius, positive=False)
    found = fitted(drawn(inverse, eraser), eraser)
    expected = ~whole(fitted(drawn(before, stroke), stroke))
    assert (whole(found) == expected).all()


def test_what_lies_farther_off_stays_as_it_is(notched):
    before, stroke = notched
    elsewhere = removed(before, square(55, 20, 4, 4))
    found = fitted(drawn(elsewhere, stroke), stroke)
    assert not whole(found)[20:24, 55:59].any()


def test_a_stroke_that_leaves_nothing_undone_gives_the_same_mask():
    stroke = Stroke(((40.0, 40.0), (50.0, 40.0)), 3)
    mask = drawn(square(10, 20, 60, 40), stroke)
    assert fitted(mask, stroke) is mask
    beside = Stroke(((-40.0, -40.0),), 3)
    assert fitted(mask, beside) is mask


def test_a_model_that_disagrees_with_the_mask_is_not_heard(notched):
    before, stroke = notched
    mask = drawn(before, stroke)

    def flooding(box):
        return np.ones((box[3] - box[1], box[2] - box[0]), np.float32)

    assert (whole(fitted(mask, stroke, flooding)) == whole(fitted(mask, stroke))).all()


def test_a_model_that_agrees_says_where_the_rim_lies():
    before, stroke = square(10, 20, 60, 40), Stroke(((20.0, 19.0), (50.0, 19.0)), 2)
    mask = drawn(before, stroke)
    truth = whole(added(mask, square(20, 16, 31, 1)))

    def knows(box):
        x0, y0, x1, y1 = box
        return truth[y0:y1, x0:x1].astype(np.float32)

    with_it, without = (whole(fitted(mask, stroke, belief)) for belief in (knows, None))
    assert (with_it != truth).sum() < (without != truth).sum()
    nowhere = fitted(mask, stroke, lambda box: np.full((box[3] - box[1], box[2] - box[0]), np.nan, np.float32))
    assert (whole(nowhere) == without).all(), "it saw nothing there"


def test_a_stroke_over_the_border_and_one_of_a_pixel_are_fitted_too():
    for stroke in (Stroke(((-5.0, -5.0), (5.0, 5.0)), 4), Stroke(((7.5, 3.5),), 0.5), Stroke(((99.5, 79.5),), 9)):
        mask = drawn(square(0, 0, 3, 3), stroke)
        found = fitted(mask, stroke)
        assert not (whole(mask) & ~whole(found)).any()


def test_points_lie_on_the_middle_line_and_not_at_its_ends():
    assert points_along(Stroke(((20.0, 20.0),), 4), SIZE) == [(20.0, 20.0)]
    found = points_along(Stroke(((10.0, 20.0), (10.0, 40.0), (50.0, 40.0)), 5), SIZE)
    assert found == [(10.0, 27.5), (17.5, 40.0), (32.5, 40.0), (47.5, 40.0)] or len(found) == 4
    assert all(10 <= x <= 50 and 20 <= y <= 40 for x, y in found)
    assert points_along(Stroke(((-30.0, 5.0), (-20.0, 5.0)), 4), SIZE) == []
