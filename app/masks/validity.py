"""What may be wrong with the masks of an image: the calculations of `maskwright check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.cleaning import small_holes
from app.masks.rle import Mask
from app.problem import Problem
from app.text import say, say_n

FaultKind: TypeAlias = Literal[
    "unreadable",
    "replaced",
    "empty",
    "outside",
    "damaged",
    "island",
    "pinhole",
    "sliver",
    "overlap",
    "class_overlap",
    "duplicate",
    "outlier",
]
ISLAND_PX = 20
"""Smaller islands of a mask are nearly always left over from a click."""
PINHOLE_PX = 20
"""Smaller holes are nearly always a slip of the model."""
SLIVER_PX = 2
"""A mask that is nowhere thicker is a sliver, if it is long."""
_SLIVER_LENGTH_PX = 8
OVERLAP_IOU = 0.5
CLASS_OVERLAP = 0.2
"""Of the smaller of two objects of different classes."""
DUPLICATE_IOU = 0.95
OUTLIER_Z = 3.5
"""Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993."""
_LEAST_SAMPLES = 10
_LEAST_SPREAD = 0.1
"""Of log area: in a class whose objects are all of one size, 10 % more is no fault."""


def is_sound(mask: Mask) -> bool:
    """True if the mask can be decoded."""
    try:
        mask.region()
    except Problem:
        return False
    return True


def shape_faults(pixels: NDArray[np.bool_]) -> Iterator[tuple[FaultKind, str]]:
    """Yields the faults in the shape of a mask: small islands, or a sliver. pixels: (h, w), those inside its box."""
    small = _small_islands(pixels)
    if small:
        islands = say_n("{n} island", "{n} islands", small)
        yield (
            "island",
            say("The mask has {islands} of less than {island_px} pixels.", islands=islands, island_px=ISLAND_PX),
        )
    holes = small_holes(pixels, PINHOLE_PX)
    if holes:
        what = say_n("{n} hole", "{n} holes", holes)
        yield "pinhole", say("The mask has {holes} of less than {pixels} pixels.", holes=what, pixels=PINHOLE_PX)
    if _is_sliver(pixels):
        yield "sliver", say("The mask is a sliver: nowhere thicker than {sliver_px} pixels.", sliver_px=SLIVER_PX)


def _small_islands(pixels: NDArray[np.bool_]) -> int:
    """A mask that is one small island has none."""
    _, _, figures, _ = cv2.connectedComponentsWithStats(pixels.view(np.uint8), connectivity=8)
    areas = figures[1:, cv2.CC_STAT_AREA]
    return int((areas < ISLAND_PX).sum()) if len(areas) > 1 else 0


def _is_sliver(pixels: NDArray[np.bool_]) -> bool:
    if max(pixels.shape) < _SLIVER_LENGTH_PX:
        return False
    side = SLIVER_PX + 1
    block = np.ones((side, side), np.uint8)
    left = cv2.erode(pixels.view(np.uint8), block, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return not left.any()


def area_scores(areas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Robust z-score of the log of each area of one class, (N,) in pixels: (x - median) / (1.4826 MAD). All 0 for too
    few."""
    logs = np.log(np.maximum(areas, 1.0))
    if len(logs) < _LEAST_SAMPLES:
        return np.zeros(len(logs))
    from_median = logs - np.median(logs)
    spread = max(1.4826 * float(np.median(np.abs(from_median))), _LEAST_SPREAD)
    return from_median / spread
