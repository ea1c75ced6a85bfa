"""What may be wrong with the masks of an image: the calculations of `maskwright check`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Mask

FaultKind: TypeAlias = Literal["empty", "outside", "damaged", "island", "sliver", "overlap", "duplicate", "outlier"]
ISLAND_PX = 20
"""Smaller islands of a mask are nearly always left over from a click."""
SLIVER_PX = 2
"""A mask that is nowhere thicker is a sliver, if it is long."""
_SLIVER_LENGTH_PX = 8
OVERLAP_IOU = 0.5
DUPLICATE_IOU = 0.95
OUTLIER_Z = 3.5
"""Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993."""
_LEAST_SAMPLES = 10
_LEAST_SPREAD = 0.1
"""Of log area: in a class whose objects are all of one size, 10 % more is no fault."""


def shape_faults(pixels: NDArray[np.bool_]) -> Iterator[tuple[FaultKind, str]]:
    """Of the pixels (h, w) inside a mask's box."""
    small = _small_islands(pixels)
    if small:
        islands = "1 island" if small == 1 else f"{small} islands"
        yield "island", f"The mask has {islands} of less than {ISLAND_PX} pixels."
    if _is_sliver(pixels):
        yield "sliver", f"The mask is a sliver: nowhere thicker than {SLIVER_PX} pixels."


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


def overlaps(masks: Sequence[Mask], least_iou: float) -> Iterator[tuple[int, int, float]]:
    """(i, j, IoU) of each two masks of one image that overlap at least so much, i < j. Masks of different sizes, of
    which one must be wrong, overlap nothing. Problem when a mask is damaged."""
    if not masks:
        return
    boxes = np.array([mask.bbox for mask in masks], np.int64)
    areas = np.array([mask.area for mask in masks], np.float64)
    for i, mask in enumerate(masks):
        j = i + 1 + np.flatnonzero(_most_iou(boxes[i], boxes[i + 1 :], areas[i], areas[i + 1 :]) >= least_iou)
        for other in j.tolist():
            iou = mask_iou(mask, masks[other])
            if iou >= least_iou:
                yield i, other, iou


def pairs_between(ones: Sequence[Mask], others: Sequence[Mask], least_iou: float) -> Iterator[tuple[int, int, float]]:
    """(i of ones, j of others, IoU) as `overlaps`."""
    if not ones or not others:
        return
    boxes = np.array([mask.bbox for mask in others], np.int64)
    areas = np.array([mask.area for mask in others], np.float64)
    for i, mask in enumerate(ones):
        for j in np.flatnonzero(_most_iou(np.array(mask.bbox), boxes, mask.area, areas) >= least_iou).tolist():
            iou = mask_iou(mask, others[j])
            if iou >= least_iou:
                yield i, j, iou


def _most_iou(
    box: NDArray[np.int64], boxes: NDArray[np.int64], area: float, areas: NDArray[np.float64]
) -> NDArray[np.float64]:
    """No IoU can be larger, by boxes (x, y, width, height) and areas alone; NaN beside an empty mask."""
    first = np.maximum(box[:2], boxes[:, :2])
    last = np.minimum(box[:2] + box[2:], boxes[:, :2] + boxes[:, 2:])
    common = np.minimum(np.clip(last - first, 0, None).prod(axis=1), np.minimum(area, areas))
    with np.errstate(invalid="ignore"):
        return np.where(common > 0, common / (area + areas - common), -1.0)


def mask_iou(one: Mask, other: Mask) -> float:
    """Without decoding them: 0 for different sizes, 1 for two empty masks. Problem when one is damaged."""
    if one.size != other.size:
        return 0.0
    if one.counts == other.counts:
        return 1.0
    runs = one.runs
    ends = np.cumsum(runs)[1::2]
    common = int((_set_before(other, ends) - _set_before(other, ends - runs[1::2])).sum())
    union = int(runs[1::2].sum()) + int(other.runs[1::2].sum()) - common
    return common / union if union else 1.0


def _set_before(mask: Mask, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many pixels are set before each place, column by column."""
    runs = mask.runs
    ends = np.cumsum(runs)
    of_run = np.arange(len(runs)) % 2 * runs
    run = np.minimum(np.searchsorted(ends, places), len(runs) - 1)
    inside = np.where(run % 2 == 1, places - (ends - runs)[run], 0)
    return (np.cumsum(of_run) - of_run)[run] + inside


def area_scores(areas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Robust z-score of the log of each area of one class: (x - median) / (1.4826 MAD). All 0 for too few."""
    logs = np.log(np.maximum(areas, 1.0))
    if len(logs) < _LEAST_SAMPLES:
        return np.zeros(len(logs))
    from_median = logs - np.median(logs)
    spread = max(1.4826 * float(np.median(np.abs(from_median))), _LEAST_SPREAD)
    return from_median / spread
