"""Masks of a picture that was made larger or smaller (resampling, nearest neighbour)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Mask, Region, check_region


def is_alike(size: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two pictures (height, width) have the same shape, to a pixel: one is the other made larger or smaller."""
    (height, width), (other_height, other_width) = size, other
    if not min(*size, *other):
        return False
    return (
        abs(other_width - width * other_height / height) <= 1 or abs(other_height - height * other_width / width) <= 1
    )


def scaled(mask: Mask, size: tuple[int, int]) -> Mask:
    """Returns the mask for a picture of another (height, width). What is smaller than a pixel there is one pixel.
    Problem when the mask is damaged, or too large in either picture to be worked on."""
    if not mask.area:
        return Mask.from_runs([size[0] * size[1]], size)
    region = mask.region()
    rows, from_rows = _sampled(region.y, region.pixels.shape[0], size[0] / mask.size[0], size[0])
    columns, from_columns = _sampled(region.x, region.pixels.shape[1], size[1] / mask.size[1], size[1])
    check_region((len(rows), len(columns)), size)
    pixels = region.pixels[np.ix_(from_rows, from_columns)]
    if not pixels.any():
        pixels = np.zeros_like(pixels)
        pixels[pixels.shape[0] // 2, pixels.shape[1] // 2] = True
    return Mask.from_region(Region(int(columns[0]), int(rows[0]), pixels, size))


def _sampled(start: int, length: int, factor: float, most: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places in the other picture that a stretch of this one covers, and for each the place in the stretch."""
    places = np.arange(max(math.floor(start * factor), 0), min(math.ceil((start + length) * factor), most))
    sources = np.floor((places + 0.5) / factor).astype(np.intp) - start
    inside = (sources >= 0) & (sources < length)
    if inside.any():
        return places[inside], sources[inside]
    middle = min(math.floor((start + length / 2) * factor), most - 1)
    return np.array([middle]), np.array([length // 2])
