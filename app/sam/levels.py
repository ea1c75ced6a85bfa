"""Levels of the candidates of one click (granularity): part, whole, surroundings, told by which lies in which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from app.sam.types import Candidate, Level

LEVELS: tuple[Level, ...] = ("part", "whole", "surroundings")
"""The smallest first."""
_ALIKE = 0.9
"""IoU from which on two candidates are of one level."""
_INSIDE = 0.8
"""So much of a candidate lies in the next larger one; otherwise they are different things and no levels."""
_CLEARLY_WORSE = 0.1
"""Lower by more than this, a predicted IoU never comes first. Measured, see docs/decisions/030."""
_NAMED: Mapping[int, tuple[Level, ...]] = MappingProxyType({2: LEVELS[:2], 3: LEVELS})


def levelled(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Returns the candidates of one click, in their order, with their levels; without any where they are not nested."""
    masks = [candidate.logits > 0 for candidate in candidates]
    areas = [int(np.count_nonzero(mask)) for mask in masks]
    groups: list[list[int]] = []
    for index in sorted((i for i, area in enumerate(areas) if area), key=areas.__getitem__):
        if groups and _common(masks[groups[-1][0]], masks[index]) >= _ALIKE * areas[index]:
            groups[-1].append(index)
        else:
            groups.append([index])
    names = _NAMED.get(len(groups))
    if names is None or not all(
        _common(masks[one[0]], masks[other[0]]) >= _INSIDE * areas[one[0]] for one, other in pairwise(groups)
    ):
        return list(candidates)
    level_of = {index: name for group, name in zip(groups, names, strict=True) for index in group}
    return [replace(candidate, level=level_of.get(i)) for i, candidate in enumerate(candidates)]


def usual_first(candidates: Sequence[Candidate], usual: Level | None) -> list[Candidate]:
    """Returns the candidates, best first, with the best of the usual level before the others, unless it is clearly
    worse than they are."""
    chosen = next((each for each in candidates if each.level == usual), None) if usual else None
    if chosen is None or chosen.predicted_iou < candidates[0].predicted_iou - _CLEARLY_WORSE:
        return list(candidates)
    return [chosen, *(each for each in candidates if each is not chosen)]


def _common(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(one & other))
