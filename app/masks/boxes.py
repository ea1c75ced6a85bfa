"""Boxes: around many, and which of many say the same (non-maximum suppression, NMS)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def bbox_around(bboxes: Iterable[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    """The smallest x, y, width, height around them all; there is one at least."""
    corners = [(x, y, x + width, y + height) for x, y, width, height in bboxes]
    lefts, tops, rights, bottoms = zip(*corners, strict=True)
    return min(lefts), min(tops), max(rights) - min(lefts), max(bottoms) - min(tops)


def meeting(boxes: NDArray[np.int64], box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Returns which of the boxes (N, 4) have a pixel in common with a box: (N,) bool. All are x, y, width, height."""
    first, last = np.maximum(box[:2], boxes[:, :2]), np.minimum(np.add(box[:2], box[2:]), boxes[:, :2] + boxes[:, 2:])
    return np.logical_and.reduce(first < last, axis=1)


def suppressed(boxes: NDArray[np.floating], scores: NDArray[np.floating], max_overlap: float) -> NDArray[np.intp]:
    """Non-maximum suppression: indexes of the boxes that stay, best score first. One goes when its IoU with a better
    one that stays is above max_overlap. boxes (N, 4) x0 y0 x1 y1; of equal scores the first counts as better."""
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    kept: list[np.intp] = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        corners = np.maximum(boxes[best, :2], boxes[left, :2]), np.minimum(boxes[best, 2:], boxes[left, 2:])
        common = np.clip(corners[1] - corners[0], 0, None).prod(1)
        with np.errstate(invalid="ignore", divide="ignore"):  # boxes without an area overlap nothing
            overlap = common / (areas[best] + areas[left] - common)
        left = left[~(overlap > max_overlap)]
    return np.array(kept, np.intp)
