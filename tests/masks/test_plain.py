"""Many masks checked together are what they are alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.masks.rle import Mask
from app.masks.rle_batch import plain_masks
from app.problem import Problem
from tests.masks.shapes import flower, masks

CHARACTERS = st.characters(min_codepoint=47, max_codepoint=113)
DAMAGED = st.one_of(st.text(CHARACTERS, max_size=12), st.sampled_from(["", "ÿ~", "P" * 9, "o" * 20_000, "\0"]))

LARGEST = (20_000, 20_000)
"""Together MAX_PIXELS."""
NUMBERS = st.lists(st.one_of(st.integers(-(1 << 29), (1 << 29) - 1), st.integers(-9, 9), st.just(1)), max_size=40)


def written(numbers):
    """As COCO writes them, before it takes differences."""
    characters = []
    for number in numbers:
        goes_on = True
        while goes_on:
            group, number = number & 31, number >> 5
            goes_on = number != (-1 if group & 16 else 0)
            characters.append(chr(48 + group + 32 * goes_on))
    return "".join(characters)


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


@given(st.lists(NUMBERS, min_size=1, max_size=4))
def test_sums_that_overflow_are_no_masks(lists):
    strings = [written(numbers) for numbers in lists]
    for size in (LARGEST, (3, 5)):
        assert plain_masks(strings, [size] * len(strings)) == [alone(counts, size) for counts in strings]


@pytest.mark.parametrize("count", [11, 12, 22, 23])
def test_runs_that_would_fill_the_image_with_32_bits_are_told(count):
    pixels, all_pixels = LARGEST[0] * LARGEST[1], LARGEST[0] * LARGEST[1] + (count // 11 << 32)
    runs = [all_pixels // count] * (count - 1)
    runs.append(all_pixels - sum(runs))
    assert sum(runs) % (1 << 32) == pixels
    counts = written(run - (runs[i - 2] if i > 2 else 0) for i, run in enumerate(runs))
    assert plain_masks([counts], [LARGEST]) == [alone(counts, LARGEST)] == [None]


@pytest.mark.parametrize("counts", ["000", "P05", "04o1", "P20", "o07"])
def test_a_string_in_another_form_than_ours_is_left_to_others(counts):
    assert plain_masks([counts, "04"], [(2, 2), (2, 2)])[0] is None


def test_a_large_mask_between_small_ones():
    small, large = Mask.from_array(flower(40)), Mask.from_array(flower(900))
    made = [small, large, small]
    assert plain_masks([mask.counts for mask in made], [mask.size for mask in made]) == made
