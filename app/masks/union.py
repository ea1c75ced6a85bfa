"""Several masks of one image as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.masks.rle import Mask


def union(masks: Sequence[Mask]) -> Mask:
    """Returns the mask of all pixels that any of the masks has. It is made of their runs: islands in the corners of a
    huge image cost nothing. masks: at least one, all of one size. Problem when one is damaged."""
    height, width = masks[0].size
    edges = [np.cumsum(mask.runs) for mask in masks]
    starts = np.sort(np.concatenate([each[: len(each) // 2 * 2 : 2] for each in edges]))
    ends = np.sort(np.concatenate([each[1::2] for each in edges]))
    is_apart = starts[1:] > ends[:-1]  # so many have ended as have begun before
    if not len(starts):
        return masks[0]
    runs = np.empty(2 * np.count_nonzero(is_apart) + 4, np.int64)
    runs[0], runs[-1] = 0, height * width
    runs[1:-1:2] = np.concatenate([starts[:1], starts[1:][is_apart]])
    runs[2:-1:2] = np.concatenate([ends[:-1][is_apart], ends[-1:]])
    return Mask.from_runs(np.diff(runs), masks[0].size)
