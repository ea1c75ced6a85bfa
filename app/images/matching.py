"""How far a thing has moved from one frame of a series to the next: its patch is searched (template matching)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE_PX = 48
"""The longer side of the patch that is searched: it is made smaller, and the place is then searched at full size."""
_MARGIN = 0.15
"""Of each side of the box: what surrounds a thing shows where it ends."""
_REACH = 1.0
"""Of the longer side of the box: so far in each direction it is searched."""
_LEAST_REACH_PX = 32
_LEAST_LIKE = 0.5
"""Correlation below which nothing was found."""
_LEAST_GAIN = 0.02
"""By which another place has to be better than the old one."""
_Box = tuple[int, int, int, int]


def shift_between(before: NDArray[np.uint8], after: NDArray[np.uint8], box: _Box) -> tuple[int, int]:
    """Returns how many pixels what is in the box has moved to the right and down; (0, 0) where that is not clear.

    before, after: (h, w, 3) uint8 of one size. box: x, y, width, height.
    """
    patch, at = _patch(before, box)
    reach = max(round(_REACH * max(box[2:])), _LEAST_REACH_PX)
    factor = min(1.0, _SIDE_PX / max(patch.shape[:2]))
    dx, dy = _best(patch, after, at, (0, 0), reach, factor)
    if factor < 1 and (dx, dy) != (0, 0):
        slack = round(1 / factor) + 1
        finer = min(1.0, factor * 4)
        dx, dy = _best(patch, after, at, (dx, dy), slack + 1, finer)
    return dx, dy


def _patch(image: NDArray[np.uint8], box: _Box) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """The pixels of a box and what is around it, and where they begin: x, y."""
    x, y, width, height = box
    more_x, more_y = round(width * _MARGIN) + 2, round(height * _MARGIN) + 2
    left, top = max(x - more_x, 0), max(y - more_y, 0)
    return image[top : y + height + more_y, left : x + width + more_x], (left, top)


def _best(
    patch: NDArray[np.uint8],
    after: NDArray[np.uint8],
    at: tuple[int, int],
    guess: tuple[int, int],
    reach: int,
    factor: float,
) -> tuple[int, int]:
    """Returns the shift, near the guess, at which the patch fits best; the guess where no other is clearly better."""
    rows, columns = patch.shape[:2]
    x, y = at[0] + guess[0], at[1] + guess[1]
    left, top = max(x - reach, 0), max(y - reach, 0)
    window = after[top : y + rows + reach, left : x + columns + reach]
    if window.shape[0] < rows or window.shape[1] < columns:
        return guess
    small, around = _shrunk(patch, factor), _shrunk(window, factor)
    if around.shape[0] < small.shape[0] or around.shape[1] < small.shape[1]:
        return guess
    likeness = np.nan_to_num(cv2.matchTemplate(around, small, cv2.TM_CCOEFF_NORMED), posinf=0.0, neginf=0.0)
    row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
    here_row = min(round((y - top) * factor), likeness.shape[0] - 1)
    here_column = min(round((x - left) * factor), likeness.shape[1] - 1)
    best, here = float(likeness[row, column]), float(likeness[here_row, here_column])
    if best < _LEAST_LIKE or best < here + _LEAST_GAIN * (guess == (0, 0)):
        return guess
    return left + round(int(column) / factor) - at[0], top + round(int(row) / factor) - at[1]


def _shrunk(pixels: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    if factor == 1:
        return np.ascontiguousarray(pixels)
    size = max(round(pixels.shape[1] * factor), 1), max(round(pixels.shape[0] * factor), 1)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
