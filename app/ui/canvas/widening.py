"""Widens hairlines to lines with a halo, as pixels: what `shapes` does by drawing each line a dozen times, for
thousands of outlines at once. The time depends on the size of the picture only."""

from __future__ import annotations

import math
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(h, w, 4) B G R A, premultiplied."""

_NEAREST = np.full((3, 3), 0.045, np.float32)
_NEAREST[1, 1] = 0.64
"""Where there is a line its own colour counts, beside it that of the line beside."""

_SMALL = 4
"""Up to so many rings one square is filtered faster than two lines."""


def widened(hairlines: Pixels, halo: tuple[int, int, int], radii: tuple[float, float]) -> Pixels:
    """Returns lines so much wider on each side, on a halo.

    hairlines: (h, w, 4) uint8 B G R A, premultiplied, as is what is returned. halo: B G R; radii: of the lines and of
    the halo, in pixels.
    """
    line, around = (_spread(np.ascontiguousarray(hairlines[..., 3]), radius) for radius in radii)
    color = np.asarray(cv2.filter2D(hairlines, -1, _NEAREST), np.uint8)
    color = cv2.divide(color, _in_all(color[..., 3]), scale=255)
    beside = np.asarray(cv2.multiply(around, cv2.bitwise_not(line), scale=1 / 255), np.uint8)
    dark = cv2.LUT(_in_all(beside), _shades((*halo, 255)))
    return np.asarray(cv2.add(cv2.multiply(color, _in_all(line), scale=1 / 255), dark), np.uint8)


def ringed(hairlines: Pixels, radii: tuple[float, float], hole: float) -> Pixels:
    """Returns a white ring in a black one around lines, which are left out of it.

    hairlines: as in `widened`. radii: of the white and of the black one, in pixels; hole: of what is left out.
    """
    alpha = np.asarray(cv2.extractChannel(hairlines, 3), np.uint8)
    white, black, near = (_spread(alpha, radius) for radius in (*radii, hole))
    beside = cv2.bitwise_not(near)
    bright, ring = (cv2.multiply(each, beside, scale=1 / 255) for each in (white, cv2.max(white, black)))
    return np.asarray(cv2.merge([bright, bright, bright, ring]), np.uint8)


def _shades(color: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """(1, 256, 4): a colour by its alpha, premultiplied."""
    return np.rint(np.arange(256)[None, :, None] * np.array(color) / 255).astype(np.uint8)


def _spread(alpha: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    """The sum of copies moved by up to radius, as if each hairline were drawn several times."""
    if radius <= 0:
        return alpha
    rings = math.ceil(radius)
    kernel = np.zeros(2 * rings + 1, np.float32)
    for n, side in product(range(1, rings + 1), (-1, 1)):
        distance = radius * n / rings
        near = math.floor(distance)
        for place, share in ((near, near + 1 - distance), (near + 1, distance - near)):
            if share:
                kernel[rings + side * place] += share
    if rings <= _SMALL:
        square = np.zeros((len(kernel), len(kernel)), np.float32)
        square[rings] += kernel
        square[:, rings] += kernel
        return np.asarray(cv2.filter2D(alpha, -1, square, borderType=cv2.BORDER_REPLICATE), np.uint8)
    # two lines instead of one square: a tenth of the time for wide ones
    along, across = (
        cv2.filter2D(alpha, -1, k, borderType=cv2.BORDER_REPLICATE) for k in (kernel[None], kernel[:, None])
    )
    return np.asarray(cv2.add(along, across), np.uint8)


def _in_all(channel: NDArray[np.uint8]) -> Pixels:
    return np.asarray(cv2.merge([channel] * 4), np.uint8)
