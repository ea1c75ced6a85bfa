"""Masks without specks. Source: segment_anything, utils/amg.py, remove_small_regions."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Region

Pixels = NDArray[np.bool_]


def without_specks(region: Region, min_area: int) -> Region | None:
    """Holes and islands (8-connected) below min_area pixels go; of islands that are all that small, the largest stays.
    None when there was nothing to change."""
    filled = without_holes(region, min_area)
    return without_islands(filled or region, min_area) or filled


def without_holes(region: Region, min_area: int) -> Region | None:
    """Fills holes (8-connected) below min_area pixels. None when there was none."""
    filled = _filled(region, min_area)
    return None if filled is None else replace(region, pixels=filled, rle=None)


def without_islands(region: Region, min_area: int) -> Region | None:
    """Drops islands (8-connected) below min_area pixels; of islands that are all that small, the largest stays. None
    when there was nothing to drop."""
    kept = _without_islands(region.pixels, min_area)
    return None if kept is None else replace(region, pixels=kept, rle=None)


def small_holes(pixels: Pixels, min_area: int) -> int:
    """The number of holes (8-connected) below min_area pixels. pixels (h, w): inside a mask's box, around which lies
    something else."""
    height, width = pixels.shape
    filled = _filled(Region(1, 1, pixels, (height + 2, width + 2)), min_area)
    return 0 if filled is None else len(_parts(filled & ~pixels)[1]) - 1


def _filled(region: Region, min_area: int) -> Pixels | None:
    """A frame of one pixel stands for what lies around the region; where the image ends, nothing does."""
    height, width = region.pixels.shape
    beyond = (region.image_size[0] - region.y - height, region.image_size[1] - region.x - width)
    top, left, bottom, right = (int(space > 0) for space in (region.y, region.x, *beyond))
    inner = np.s_[top : top + height, left : left + width]
    is_outside = np.ones((top + height + bottom, left + width + right), np.bool_)
    is_frame = is_outside.copy()
    is_outside[inner], is_frame[inner] = ~region.pixels, False
    partial_of, areas = _parts(is_outside)
    small = areas < min_area
    small[partial_of[is_frame]] = False
    small[0] = False
    return region.pixels | small[partial_of][inner] if small.any() else None


def _without_islands(pixels: Pixels, min_area: int) -> Pixels | None:
    partial_of, areas = _parts(pixels)
    stays = areas >= min_area
    stays[0] = False
    if stays[1:].all():
        return None
    if not stays.any():
        stays[1 + int(areas[1:].argmax())] = True
    return stays[partial_of]


def _parts(pixels: Pixels) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """The number of each pixel's part, 0 for those that are not set, (h, w), and the area of each, (n,)."""
    _, partial_of, figures, _ = cv2.connectedComponentsWithStats(pixels.view(np.uint8), connectivity=8)
    return np.asarray(partial_of, np.int32), np.asarray(figures[:, cv2.CC_STAT_AREA], np.intp)
