from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.masks.rle import Mask, Region
from app.problem import Problem
from app.sam.closeup import GAIN, SMALL_SHARE, Closeup, closeup_of, long_side, view_of
from app.sam.types import Prompt

SIZES = st.tuples(st.integers(1, 5000), st.integers(1, 5000))


@st.composite
def boxes(draw, largest=1.0):
    """An image size and a box in it, in whole pixels."""
    height, width = draw(SIZES)
    w, h = draw(st.integers(1, max(1, int(width * largest)))), draw(st.integers(1, max(1, int(height * largest))))
    x, y = draw(st.integers(0, width - w)), draw(st.integers(0, height - h))
    return (height, width), (x, y, x + w, y + h)


@st.composite
def closeups(draw):
    (size, (x0, y0, x1, y1)) = draw(boxes())
    return Closeup(x0, y0, x1, y1, size)


@given(boxes(largest=0.2), st.data())
def test_closeup_shows_the_small_thing_with_surroundings_and_gains(of, data):
    size, box = of
    seen = data.draw(st.tuples(st.integers(1, size[0]), st.integers(1, size[1])))
    closeup = closeup_of(box, seen, size)
    if closeup is None:
        return
    assert long_side(box) < max(seen) * SMALL_SHARE
    assert closeup.x0 >= 0
    assert closeup.y0 >= 0
    assert closeup.x1 <= size[1]
    assert closeup.y1 <= size[0]
    assert closeup.side * GAIN <= max(seen)
    assert closeup.holds(box)


def test_closeup_is_a_square_around_the_thing():
    assert closeup_of((500, 500, 560, 540), (3000, 4000), (3000, 4000)) == Closeup(440, 430, 620, 610, (3000, 4000))


def test_closer_and_closer():
    """A speck in a view that was a close-up already."""
    assert closeup_of((500, 500, 520, 520), (400, 400), (3000, 4000)) == Closeup(446, 446, 574, 574, (3000, 4000))
    assert closeup_of((500, 500, 520, 520), (128, 128), (3000, 4000)) is None


def test_square_is_moved_into_the_image():
    assert closeup_of((0, 2980, 20, 3000), (3000, 4000), (3000, 4000)) == Closeup(0, 2872, 128, 3000, (3000, 4000))


@pytest.mark.parametrize(("box", "size"), [((0, 0, 500, 20), (3000, 4000)), ((5, 5, 9, 9), (120, 160))])
def test_no_closeup_of_what_is_large_or_of_a_small_image(box, size):
    assert closeup_of(box, size, size) is None


@given(boxes(), boxes())
def test_view_lies_in_the_image(of, seen):
    size = of[0]
    view = view_of(seen[1], size)
    if view is not None:
        assert 0 <= view.x0 < view.x1 <= size[1]
        assert 0 <= view.y0 < view.y1 <= size[0]
        assert view.side * GAIN <= max(size)


@pytest.mark.parametrize(
    ("visible", "view"),
    [
        ((400, 380, 900, 700), (400, 380, 900, 700)),
        ((399.6, 380.2, 900.1, 700), (399, 380, 900, 700)),
        ((0, 0, 4000, 3000), None),
        ((0, 0, 2800, 2800), None),
        ((100, 100, 140, 140), None),
    ],
)
def test_view_is_what_the_person_looks_at_when_it_is_a_part_of_the_image(visible, view):
    assert view_of(visible, (3000, 4000)) == (view and Closeup(*view, (3000, 4000)))


@given(closeups(), st.data())
def test_coordinates_in_a_closeup_are_those_of_its_pixels(closeup, data):
    """A pixel named in the image is the same one in the close-up, and back."""
    height, width = closeup.size
    assume(height * width < 10**6)
    x = data.draw(st.integers(closeup.x0, closeup.x1 - 1))
    y = data.draw(st.integers(closeup.y0, closeup.y1 - 1))
    prompt = closeup.prompt_in(Prompt().with_point(x + 0.5, y + 0.5).with_box(x, y, x + 1, y + 1))
    (px, py), (bx, by, *_) = prompt.points[0].tolist(), prompt.box.tolist()
    assert (int(px), int(py)) == (int(bx), int(by)) == (x - closeup.x0, y - closeup.y0)
    assert 0 <= px < width
    assert 0 <= py < height
    found = closeup.placed(Region(int(px), int(py), np.ones((1, 1), np.bool_), closeup.size))
    assert (found.x, found.y, found.image_size) == (x, y, closeup.image_size)
    assert closeup.cut_mask(Mask.from_region(found))[int(py), int(px)]


@given(closeups(), boxes(), st.integers(0, 2**32 - 1))
def test_mask_cut_out_is_the_mask_of_the_cut_image(closeup, thing, seed):
    size = closeup.image_size
    assume(size[0] * size[1] < 10**5)
    pixels = np.random.default_rng(seed).random(size) < 0.5
    image = np.where(pixels, 255, 0).astype(np.uint8)[..., None]
    cut = closeup.cut(image)
    assert cut.flags.c_contiguous
    assert np.array_equal(closeup.cut_mask(Mask.from_array(pixels)), cut[..., 0] > 0)


@pytest.mark.parametrize(
    ("closeup", "region", "cut"),
    [
        ((100, 100, 200, 200), (120, 120, 30, 30), False),
        ((100, 100, 200, 200), (100, 120, 30, 30), True),
        ((100, 100, 200, 200), (120, 100, 30, 30), True),
        ((100, 100, 200, 200), (120, 120, 80, 30), True),
        ((100, 100, 200, 200), (120, 120, 30, 80), True),
        ((0, 0, 1000, 200), (0, 0, 1000, 199), False),
        ((0, 0, 200, 1000), (0, 0, 199, 1000), False),
    ],
)
def test_region_is_cut_where_it_ends_at_an_edge_inside_the_image(closeup, region, cut):
    x, y, width, height = region
    found = Region(x, y, np.ones((height, width), np.bool_), (1000, 1000))
    assert Closeup(*closeup, (1000, 1000)).cuts(found) == cut


def test_box_of_a_prompt_ends_at_the_edge():
    closeup = Closeup(100, 100, 200, 200, (1000, 1000))
    assert closeup.prompt_in(Prompt().with_box(150, 50, 300, 180)).box.tolist() == [50, 0, 100, 80]


def test_another_picture_than_before_is_a_problem():
    with pytest.raises(Problem, match="another size"):
        Closeup(0, 0, 5, 5, (10, 10)).cut(np.zeros((10, 11, 3), np.uint8))
