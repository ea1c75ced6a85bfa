"""Masks without far-off islands and pinholes, which hold what was clicked and not what was clicked away: for networks
too small to see to it by themselves. No torch."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from app.sam.types import Frame, Logits, Prompt

_SMALL_PART = 0.1
"""Of the largest part: what is smaller and was not clicked on is an island."""
_SMALL_HOLE = 0.02
"""Of the mask: what is smaller and was not clicked away is a pinhole."""
_MIN_SHARE = 0.05
"""Of a cell: nearer to its centre no mask is cut."""
_UNSURE = np.float32(0.5)
"""Logits given to what is changed: just on the other side of the threshold."""


def tidied(logits: Logits, prompt: Prompt, frame: Frame) -> Logits:
    """Parts that hold a positive click stay; without such parts the large ones. Pinholes are filled unless a negative
    click is in them. Cells that lie wholly outside a drawn box do not count, unless something out there was clicked.
    At every click on the image the mask is as the click says. logits: Frame.mask_size."""
    result = _within_box(logits, prompt, frame)
    inside = result > 0
    if inside.any():
        cells = _cells(_on_mask(prompt.points, frame), frame)
        kept = _kept_parts(inside, cells[prompt.labels == 1])
        filled = _without_pinholes(kept, cells[prompt.labels == 0])
        result = np.where(inside & ~kept, -_UNSURE, result)
        result = np.where(filled & ~inside, _UNSURE, result).astype(np.float32)
    return _as_clicked(result, prompt, frame)


def _within_box(logits: Logits, prompt: Prompt, frame: Frame) -> Logits:
    if prompt.box is None:
        return logits
    x0, y0, x1, y1 = prompt.box
    clicked = prompt.points[prompt.labels == 1]
    if ((clicked < (x0, y0)) | (clicked > (x1, y1))).any():
        return logits
    (left, top), (right, bottom) = _on_mask(prompt.box.reshape(2, 2), frame).tolist()
    result = logits.copy()
    _cut_columns(result, *_with_a_centre(left, right))
    _cut_columns(result.T, *_with_a_centre(top, bottom))
    return result


def _with_a_centre(low: float, high: float) -> tuple[float, float]:
    """The stretch, or the cell it lies in where it holds no cell's centre."""
    if math.floor(low + 0.5) < math.ceil(high - 0.5):
        return low, high
    cell = math.floor((low + high) / 2)
    return cell, cell + 1


def _cut_columns(logits: Logits, low: float, high: float) -> None:
    """Makes all logits before the column low and from high on, in cells, count for nothing, in place."""
    _cut(logits, high)
    _cut(logits[:, ::-1], logits.shape[1] - low)


def _cut(logits: Logits, edge: float) -> None:
    """Ends a mask at x = edge, not a cell later: the first column beyond gets values for which the interpolation with
    the last one before, when the mask is enlarged, crosses zero at the edge."""
    beyond = max(0, math.ceil(edge - 0.5))
    limits = np.full(logits[:, beyond:].shape, -_UNSURE)
    if 0 < beyond < logits.shape[1]:
        share = max(edge - (beyond - 0.5), _MIN_SHARE)
        last = logits[:, beyond - 1]
        limits[:, 0] = np.where(last > 0, -last * (1 - share) / share, -_UNSURE)
    logits[:, beyond:] = np.minimum(logits[:, beyond:], limits)


def _as_clicked(logits: Logits, prompt: Prompt, frame: Frame) -> Logits:
    """The four cells that decide about the clicked pixel are on the side that was clicked, the last click's where two
    are close."""
    height, width = frame.image_size
    on_image = ((prompt.points >= 0) & (prompt.points < (width, height))).all(1)
    corners = _cells(_on_mask(prompt.points[on_image], frame) - 0.5, frame)
    result = logits.copy()
    for (x, y), positive in zip(corners.tolist(), prompt.labels[on_image].tolist(), strict=True):
        around = result[y : y + 2, x : x + 2]
        around[:] = np.maximum(around, _UNSURE) if positive else np.minimum(around, -_UNSURE)
    return result


def _kept_parts(inside: NDArray[np.bool_], clicked: NDArray[np.intp]) -> NDArray[np.bool_]:
    count, partial_of, figures, _ = cv2.connectedComponentsWithStats(inside.view(np.uint8), connectivity=4)
    wanted = {int(partial_of[y, x]) for x, y in clicked} - {0}
    if not wanted:
        areas = figures[1:, cv2.CC_STAT_AREA]
        wanted = set((np.flatnonzero(areas >= _SMALL_PART * areas.max()) + 1).tolist())
    return np.isin(partial_of, list(wanted)) if len(wanted) < count - 1 else inside


def _without_pinholes(kept: NDArray[np.bool_], refused: NDArray[np.intp]) -> NDArray[np.bool_]:
    outside = ~np.pad(kept, 1)  # the border belongs to what is outside for good
    _, partial_of, figures, _ = cv2.connectedComponentsWithStats(outside.view(np.uint8), connectivity=4)
    small = figures[:, cv2.CC_STAT_AREA] < _SMALL_HOLE * kept.sum()
    small[[0, partial_of[0, 0], *(partial_of[y + 1, x + 1] for x, y in refused)]] = False
    return kept | small[partial_of][1:-1, 1:-1]


def _on_mask(points: NDArray[np.floating], frame: Frame) -> NDArray[np.floating]:
    """(N, 2) xy in image pixels -> in cells of the logits."""
    (height, width), (input_h, input_w) = frame.image_size, frame.input_size
    (padded_h, padded_w), (mask_h, mask_w) = frame.padded_size, frame.mask_size
    return points * np.array([input_w / width * mask_w / padded_w, input_h / height * mask_h / padded_h])


def _cells(points: NDArray[np.floating], frame: Frame) -> NDArray[np.intp]:
    """(N, 2) x, y: the cells that the points lie in; what lies beyond the image, in the nearest."""
    mask_h, mask_w = frame.mask_size
    return np.clip(np.floor(points), 0, [mask_w - 1, mask_h - 1]).astype(np.intp)
