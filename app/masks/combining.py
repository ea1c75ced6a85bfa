"""Boolean operations on masks of one image: union, subtract, intersect, exclusive or.

Runs are combined, pixels never made: what they cost depends on the outline of the masks, not on their areas, and small
objects in the corners of a huge image cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Mask
from app.problem import Problem
from app.text import say

_Ints = NDArray[np.int64]
_Test = Callable[[_Ints], NDArray[np.bool_]]


def union(masks: Sequence[Mask]) -> Mask:
    """Returns the mask of all pixels that any of the masks has.

    masks: at least one, all of one size. Problem when their sizes differ or one is damaged.
    """
    return _where(masks, lambda depth: depth > 0)


def intersect(masks: Sequence[Mask]) -> Mask:
    """Returns the mask of the pixels that all of the masks have, which may be none; masks and Problem as `union`."""
    return _where(masks, lambda depth: depth == len(masks))


def exclusive_or(masks: Sequence[Mask]) -> Mask:
    """Returns the mask of the pixels that an odd number of the masks has: of two, those that only one of them has.

    Masks and Problem as `union`.
    """
    return _where(masks, lambda depth: depth % 2 == 1)


def subtract(mask: Mask, others: Sequence[Mask]) -> Mask:
    """Returns the mask of the pixels that none of the other masks has, which may be none; Problem as `union`."""
    if not others:
        return mask
    weights = len(others), *[-1] * len(others)
    return _where((mask, *others), lambda depth: depth == len(others), weights)


def _where(masks: Sequence[Mask], is_in: _Test, weights: Sequence[int] | None = None) -> Mask:
    """The mask of the pixels whose depth passes: the sum of the weights, else the number, of the masks that have it."""
    height, width = masks[0].size
    if any(mask.size != (height, width) for mask in masks):
        raise Problem(say("Masks of images of different sizes cannot be combined."))
    edges = [_edges(mask) for mask in masks]
    steps = [_steps(len(each), weight) for each, weight in zip(edges, weights or [1] * len(masks), strict=True)]
    places, step = np.concatenate(edges), np.concatenate(steps)
    order = np.argsort(places, kind="stable")  # sorted runs one after the other: a merge
    places = places[order]
    is_last = np.append(places[1:] != places[:-1], np.True_)[: len(places)]  # of those at one place
    inside = is_in(np.cumsum(step[order])[is_last])
    turns = places[is_last][np.diff(inside, prepend=np.False_)]
    runs = np.diff(turns, prepend=0, append=height * width)
    return Mask.from_runs(runs, masks[0].size)


def _edges(mask: Mask) -> _Ints:
    """Where its runs of ones begin and end, in turn, column by column."""
    ends = np.cumsum(mask.runs)
    return ends[: len(ends) // 2 * 2]


def _steps(count: int, weight: int) -> _Ints:
    """What the depth changes by at each edge."""
    steps = np.full(count, weight, np.int64)
    steps[1::2] = -weight
    return steps
