"""Many masks checked together are what they are alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.masks.plain import plain_masks
from app.masks.rle import Mask
from app.problem import Problem
from tests.masks.shapes import flower, masks

CHARACTERS = st.characters(min_codepoint=47, max_codepoint=113)
DAMAGED = st.one_of(st.text(CHARACTERS, max_size=12), st.sampled_from(["", "ÿ~", "P" * 9, "o" * 20_000, "\0"]))


def alone(counts, size):
    """None when it is no mask, or we would write it in another way."""
    try:
        mask = Mask.from_coco(size, counts)
    except Problem:
        return None
    return mask if mask.counts == counts else None


@given(st.lists(masks(), min_size=1, max_size=8))
def test_masks_as_we_write_them_are_found_with_their_boxes_and_areas(arrays):
    made = [Mask.from_array(pixels) for pixels in arrays]
    assert plain_masks([mask.counts for mask in made], [mask.size for mask in made]) == made


@given(st.lists(st.tuples(st.one_of(DAMAGED, masks().map(lambda pixels: Mask.from_array(pixels).counts)),
                          st.tuples(st.integers(-1, 9), st.integers(-1, 9))), max_size=8))  # fmt: skip
def test_damaged_strings_are_told_and_harm_no_other(pairs):
    strings, sizes = [counts for counts, _ in pairs], [size for _, size in pairs]
    assert plain_masks(strings, sizes) == [alone(counts, size) for counts, size in pairs]


@pytest.mark.parametrize("counts", ["000", "P05", "04o1", "P20", "o07"])
def test_a_string_in_another_form_than_ours_is_left_to_others(counts):
    assert plain_masks([counts, "04"], [(2, 2), (2, 2)])[0] is None


def test_a_large_mask_between_small_ones():
    small, large = Mask.from_array(flower(40)), Mask.from_array(flower(900))
    made = [small, large, small]
    assert plain_masks([mask.counts for mask in made], [mask.size for mask in made]) == made
