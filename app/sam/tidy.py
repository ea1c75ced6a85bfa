"""Masks without far-off islands and pinholes, for networks too small to avoid them by themselves. No torch."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.sam.types import Frame, Logits, Prompt

_SMALL_PART = 0.1
"""Of the largest part: what is smaller and was not clicked on is an island."""
_SMALL_HOLE = 0.02
"""Of the mask: what is smaller and was not clicked away is a pinhole."""
_UNSURE = np.float32(0.5)
"""Logits given to what is changed: just on the other side of the threshold."""


def tidied(logits: Logits, prompt: Prompt, frame: Frame) -> Logits:
    """Parts that hold a positive click stay; without such parts the large ones. Pinholes are filled unless a negative
    click is in them. logits: Frame.mask_size."""
    inside = logits > 0
    if not inside.any():
        return logits
    cells = _cells(prompt, frame)
    kept = _kept_parts(inside, cells[prompt.labels == 1])
    filled = _without_pinholes(kept, cells[prompt.labels == 0])
    result = np.where(inside & ~kept, -_UNSURE, logits)
    return np.where(filled & ~inside, _UNSURE, result).astype(np.float32)


def _kept_parts(inside: NDArray[np.bool_], clicked: NDArray[np.intp]) -> NDArray[np.bool_]:
    count, part_of, figures, _ = cv2.connectedComponentsWithStats(inside.view(np.uint8), connectivity=4)
    wanted = {int(part_of[y, x]) for x, y in clicked} - {0}
    if not wanted:
        areas = figures[1:, cv2.CC_STAT_AREA]
        wanted = set((np.flatnonzero(areas >= _SMALL_PART * areas.max()) + 1).tolist())
    return np.isin(part_of, list(wanted)) if len(wanted) < count - 1 else inside


def _without_pinholes(kept: NDArray[np.bool_], refused: NDArray[np.intp]) -> NDArray[np.bool_]:
    outside = ~np.pad(kept, 1)  # the border belongs to what is outside for good
    _, part_of, figures, _ = cv2.connectedComponentsWithStats(outside.view(np.uint8), connectivity=4)
    small = figures[:, cv2.CC_STAT_AREA] < _SMALL_HOLE * kept.sum()
    small[[0, part_of[0, 0], *(part_of[y + 1, x + 1] for x, y in refused)]] = False
    return kept | small[part_of][1:-1, 1:-1]


def _cells(prompt: Prompt, frame: Frame) -> NDArray[np.intp]:
    """(N, 2) x, y: the cells of the logits that the points lie in."""
    (height, width), (input_h, input_w) = frame.image_size, frame.input_size
    (padded_h, padded_w), (mask_h, mask_w) = frame.padded_size, frame.mask_size
    scale = np.array([input_w / width * mask_w / padded_w, input_h / height * mask_h / padded_h])
    return np.clip(prompt.points * scale, 0, [mask_w - 1, mask_h - 1]).astype(np.intp)
