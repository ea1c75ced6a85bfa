"""Rings for those who fill YOLO's polygons. Ultralytics cuts coordinates off to pixels, supervision rounds them, and
both fill the line too: every corner lies in the first half of its pixel, where both find the same one.

No importer that fills what lies inside would see the same mask, our own neither: it knows these rings by their
fractions of pixels, of which there are three, and puts the corners back to where they were.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Points = NDArray[np.float64]
_BEGIN, _MIDDLE, _END = 0.05, 0.25, 0.45
"""Of a pixel, where its left or upper edge is meant, its middle, and its right or lower edge."""
_OFF = 0.004
"""Pixels: more than eight decimals of a share lose in an image of 400,000 pixels."""


def in_first_half(ring: _Points) -> _Points:
    """Moves the corners of a ring that is drawn in, (N, 2), into the first half of their pixels."""
    whole = np.floor(ring)
    rest = ring - whole
    return whole + np.where(rest < 0.2, _BEGIN, np.where(rest < 0.7, _MIDDLE, _END))


def put_back(ring: _Points) -> _Points:
    """Moves the corners back, where a ring (N, 2) is one of ours; returns others as they are."""
    whole = np.floor(ring)
    with np.errstate(invalid="ignore"):  # what is infinite is refused later
        rest = ring - whole
    ends, middles = np.abs(rest - _END) < _OFF, np.abs(rest - _MIDDLE) < _OFF
    if not (ends | middles | (np.abs(rest - _BEGIN) < _OFF)).all():
        return ring
    return whole + np.where(ends, 1 - _BEGIN, np.where(middles, 0.5, _BEGIN))
