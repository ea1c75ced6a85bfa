from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from app.masks.metrics import interior_point, iou, region_iou
from app.masks.rle import Mask
from tests.masks.shapes import masks


@given(masks(), masks())
def test_iou_counts_shared_pixels_over_all_pixels(a, b):
    b = np.resize(b, a.shape)
    union = (a | b).sum()
    assert iou(a, b) == iou(b, a) == ((a & b).sum() / union if union else 1.0)


@given(masks())
def test_interior_point_is_the_middle_of_a_pixel_farthest_from_everything_outside(pixels):
    if not pixels.any():
        with pytest.raises(ValueError, match="empty"):
            interior_point(pixels)
        return
    x, y = interior_point(pixels)
    inside, outside = np.argwhere(pixels), np.argwhere(~np.pad(pixels, 1)) - 1
    distances = np.sqrt(((inside[:, None] - outside[None]) ** 2).sum(axis=2)).min(axis=1)
    first = inside[np.flatnonzero(np.isclose(distances, distances.max()))[0]]
    assert (x - 0.5, y - 0.5) == (first[1], first[0])


def test_border_of_the_image_counts_as_outside():
    assert interior_point(np.ones((5, 9), np.bool_)) == (2.5, 2.5)


def test_the_iou_of_regions_is_that_of_their_pixels():
    random = np.random.default_rng(2)
    for _ in range(20):
        whole = [np.zeros((30, 40), bool) for _ in range(2)]
        for pixels in whole:
            y, x = random.integers(0, 25, 2)
            pixels[y : y + random.integers(0, 12), x : x + random.integers(0, 12)] = True
        one, other = (Mask.from_array(pixels).region() for pixels in whole)
        assert region_iou(one, other) == iou(*whole)
