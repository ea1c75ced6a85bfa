"""Flooding: what has the colour of a place (magic wand), and the hole or the part of a mask that a place lies in."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.regions import added, bounds, cut, part_at, removed
from app.masks.rle import Region

_Pixels = NDArray[np.bool_]


def color_distance(pixels: NDArray[np.uint8], x: int, y: int) -> NDArray[np.float32]:
    """Returns how far each colour is from that of the pixel in column x, row y: (h, w) float32.

    pixels: (h, w, 3) RGB. The distance is that of CIE Lab (Delta E 1976): 2.3 can just be seen, black and white are
    100 apart. Source: CIE 15, Colorimetry.
    """
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    lab -= lab[y, x]
    return np.sqrt(np.einsum("hwc,hwc->hw", lab, lab))


def alike(distance: NDArray[np.float32], x: int, y: int, tolerance: float, *, contiguous: bool = True) -> _Pixels:
    """Returns the pixels that are no farther than the tolerance: (h, w) bool.

    distance: of `color_distance` from the pixel in column x, row y. contiguous: only those that hang together with it,
    side by side.
    """
    near = distance <= tolerance
    return part_at(near, x, y) if contiguous else near


def enlarged(pixels: _Pixels, factor: int, height: int, width: int) -> _Pixels:
    """Returns each pixel, (h, w) of them, as a square of factor x factor ones, cut to (height, width)."""
    if factor == 1:
        return pixels[:height, :width]
    return np.repeat(np.repeat(pixels, factor, axis=0), factor, axis=1)[:height, :width]


def with_hole_filled(mask: Region, x: int, y: int) -> Region | None:
    """Returns the mask with the hole filled that the pixel lies in; None where it lies in none.

    A hole is what the mask encloses, corner to corner; at the border of the image nothing is enclosed.
    """
    box = left, top, right, bottom = bounds(mask)
    if not (left <= x < right and top <= y < bottom) or mask.pixels[y - top, x - left]:
        return None
    hole = part_at(~cut(mask, box), x - left, y - top)
    if hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any():
        return None
    return added(mask, Region(left, top, hole, mask.image_size))


def without_part(mask: Region, x: int, y: int) -> Region | None:
    """Returns the mask without the part that the pixel lies in; None where the mask has not that pixel.

    A part hangs together corner to corner, as what encloses a hole does.
    """
    left, top, right, bottom = bounds(mask)
    if not (left <= x < right and top <= y < bottom) or not mask.pixels[y - top, x - left]:
        return None
    part = part_at(mask.pixels, x - left, y - top, corners=True)
    return removed(mask, Region(left, top, part, mask.image_size))
