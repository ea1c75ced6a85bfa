"""Union, subtract, intersect and exclusive or of masks against the same of their pixels."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from app.masks.combining import exclusive_or, intersect, subtract, union
from app.masks.rle import Mask
from app.problem import Problem


@st.composite
def _several(draw: st.DrawFn) -> list[NDArray[np.bool_]]:
    """One to four masks of one size: noise, empty ones and full ones."""
    shape = draw(array_shapes(min_dims=2, max_dims=2, max_side=9))
    filled = st.booleans().map(lambda value: np.full(shape, value))
    return draw(st.lists(st.one_of(arrays(np.bool_, shape), filled), min_size=1, max_size=4))


@given(_several())
def test_each_operation_is_that_of_the_pixels(pixels):
    masks, layers = [Mask.from_array(each) for each in pixels], np.stack(pixels)
    assert union(masks) == Mask.from_array(layers.any(axis=0))
    assert intersect(masks) == Mask.from_array(layers.all(axis=0))
    assert exclusive_or(masks) == Mask.from_array(layers.sum(axis=0) % 2 == 1)
    assert subtract(masks[0], masks[1:]) == Mask.from_array(layers[0] & ~layers[1:].any(axis=0))


@pytest.mark.parametrize("filled", [True, False])
def test_full_and_empty_masks(filled):
    mask = Mask.from_array(np.full((4, 3), filled))
    assert union([mask, mask]) == intersect([mask, mask]) == mask
    assert subtract(mask, [mask]).area == exclusive_or([mask, mask]).area == 0


def test_what_is_not_of_one_size_cannot_be_combined():
    with pytest.raises(Problem, match="different sizes"):
        union([Mask.from_array(np.ones((2, 3), np.bool_)), Mask.from_array(np.ones((3, 2), np.bool_))])


def test_islands_in_the_corners_of_a_huge_image_are_combined_at_once():
    side = 90_000
    corner = partial(Mask.from_runs, size=(side, side))
    first, last = corner([0, 5, side * side - 5]), corner([side * side - 5, 5])
    joined = union([first, last])
    assert (joined.area, joined.bbox) == (10, (0, 0, side, side))
    assert exclusive_or([first, last]) == joined
    assert intersect([joined, last]) == subtract(joined, [first]) == last
    assert not intersect([first, last]).area
