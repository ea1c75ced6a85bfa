"""Simulated clicks: where a patient person would click next. Pure functions.

Source: RITM (SamsungLabs/ritm_interactive_segmentation, MIT), isegm/inference/clicker.py and evaluation.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.masks.metrics import interior_distance

MAX_CLICKS = 20


class Click(NamedTuple):
    """On the pixel in column x, row y."""

    x: int
    y: int
    positive: bool


def next_click(target: NDArray[np.bool_], mask: NDArray[np.bool_], clicks: Sequence[Click]) -> Click | None:
    """Returns a click in the middle of the largest error: the pixel farthest from the border of what is missing (a
    positive click) or of what is too much (a negative one, also when both are equally far), the first in row order.
    Pixels that were clicked do not count. None when no other pixel is wrong. target, mask: (H, W)."""
    missing, excess = interior_distance(target & ~mask), interior_distance(mask & ~target)
    for click in clicks:
        missing[click.y, click.x] = excess[click.y, click.x] = 0
    positive = bool(missing.max() > excess.max())
    distance = missing if positive else excess
    if distance.max() == 0:
        return None
    y, x = np.unravel_index(int(distance.argmax()), distance.shape)
    return Click(int(x), int(y), positive)


def number_of_clicks(ious: Sequence[float], target_iou: float, max_clicks: int = MAX_CLICKS) -> int:
    """NoC: the first click that reaches target_iou, max_clicks when none does. ious: after the first click, after the
    second, ..."""
    return next((number for number, iou in enumerate(ious, start=1) if iou >= target_iou), max_clicks)


def iou_after(ious: Sequence[float], clicks: int) -> float:
    """Where nothing was left to click on, the last mask stands."""
    return ious[min(clicks, len(ious)) - 1]
