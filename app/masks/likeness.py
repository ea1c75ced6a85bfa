"""Likeness: how much more a pixel looks like the mask near it than like what lies around it (local colour models)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_Pixels = NDArray[np.bool_]
_Values = NDArray[np.float32]
_REACH, _LEAST_REACH_PX = 2.0, 4.0
"""So many radii of the brush around a pixel its neighbours' colours count, but at least so many pixels. Measured."""
_GRAIN_PX = 0.7
"""The image is blurred by so much: its noise says nothing."""
_NOISE = 100.0
"""Squared distance of colours (Lab, 8 bits a channel) that says little. Measured."""
_MOST_PIXELS = 1_000_000
"""Of a larger picture a smaller one is looked at."""


def likeness(image: NDArray[np.uint8], inside: _Pixels, outside: _Pixels, radius: float) -> _Values:
    """Returns how much more each pixel looks like the inside near it than like the outside near it: (h, w) float32,
    the logarithm of the ratio of squared distances to both mean colours; 0 where there is only one of them.

    image: (h, w, 3) RGB; inside, outside: (h, w), what surely belongs and what surely does not; radius: of what is
    looked at, in pixels.
    """
    height, width = inside.shape
    shrink = min(1.0, float(np.sqrt(_MOST_PIXELS / max(height * width, 1))))
    if shrink < 1:
        size = max(1, round(width * shrink)), max(1, round(height * shrink))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        inside, outside = (_smaller(each, size) for each in (inside, outside))
    found = _likeness(image, inside, outside, max(_REACH * radius, _LEAST_REACH_PX) * shrink)
    return found if shrink == 1 else np.asarray(cv2.resize(found, (width, height)), np.float32)


def _smaller(pixels: _Pixels, size: tuple[int, int]) -> _Pixels:
    return cv2.resize(pixels.view(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(np.bool_)


def _likeness(image: NDArray[np.uint8], inside: _Pixels, outside: _Pixels, reach: float) -> _Values:
    lab = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2LAB), np.float32)
    lab = np.asarray(cv2.GaussianBlur(lab, (0, 0), _GRAIN_PX), np.float32)
    (to_inside, knows_inside), (to_outside, knows_outside) = (_distance(lab, each, reach) for each in (inside, outside))
    ratio = np.log((to_outside + _NOISE) / (to_inside + _NOISE))
    return np.where(knows_inside & knows_outside, ratio, 0).astype(np.float32)


def _distance(lab: _Values, of: _Pixels, reach: float) -> tuple[_Values, _Pixels]:
    """How far each colour is, squared, from the mean of those nearby; and whether there are any."""
    side = 2 * max(1, round(reach)) + 1
    weight = np.asarray(cv2.blur(of.astype(np.float32), (side, side)), np.float32)
    mean = np.asarray(cv2.blur(lab * of[..., None], (side, side)), np.float32) / np.maximum(weight, 1e-6)[..., None]
    difference = lab - mean
    return np.einsum("hwc,hwc->hw", difference, difference), weight > 1e-3
