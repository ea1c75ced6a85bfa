"""Which masks of an image say the same. Runs are compared, pixels never made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Mask


def overlaps(masks: Sequence[Mask], least_iou: float) -> Iterator[tuple[int, int, float]]:
    """(i, j, IoU) of each two masks of one image that overlap at least so much, i < j. Masks of different sizes, of
    which one must be wrong, overlap nothing. Problem when a mask is damaged."""
    boxes, areas = _figures(masks)
    for i, mask in enumerate(masks):
        rest = slice(i + 1, None)
        for j, iou in _alike(mask, masks[rest], boxes[rest], areas[rest], least_iou):
            yield i, i + 1 + j, iou


def pairs_between(ones: Sequence[Mask], others: Sequence[Mask], least_iou: float) -> Iterator[tuple[int, int, float]]:
    """(i of ones, j of others, IoU) as `overlaps`."""
    boxes, areas = _figures(others)
    for i, mask in enumerate(ones):
        for j, iou in _alike(mask, others, boxes, areas, least_iou):
            yield i, j, iou


def _figures(masks: Sequence[Mask]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Boxes (N, 4) and areas (N,)."""
    boxes = np.array([mask.bbox for mask in masks], np.int64).reshape(-1, 4)
    return boxes, np.array([mask.area for mask in masks], np.float64)


def _alike(
    mask: Mask, others: Sequence[Mask], boxes: NDArray[np.int64], areas: NDArray[np.float64], least_iou: float
) -> Iterator[tuple[int, float]]:
    """Yields (j of others, IoU) for those of the other masks that share at least so much with this one."""
    at_most = _most_iou(np.array(mask.bbox, np.int64), boxes, mask.area, areas)
    for j in np.flatnonzero(at_most >= least_iou).tolist():
        iou = mask_iou(mask, others[j])
        if iou >= least_iou:
            yield j, iou


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
