"""What an overlap policy cuts when an object is accepted. It is shown before, by the same function.

Objects that are hidden take no part: nothing is changed unseen. Nor do those whose mask is damaged, or made for another
size of the image.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from app.labeling.policies import ALLOW, NEW_CUTS_OLD, OLD_CUTS_NEW, Policy
from app.masks.combining import subtract
from app.masks.overlaps import common_area
from app.masks.rle import Mask
from app.problem import Problem
from app.project.history.journal import Step
from app.project.records import Annotation, Json

BY = "subtract"
"""What a mask was cut with, in the provenance of its object."""
_Box: TypeAlias = tuple[int, int, int, int]
Changed: TypeAlias = tuple[tuple[Annotation, Mask], ...]
"""Old objects, each with what is left of it, perhaps nothing."""


@dataclass(frozen=True)
class Cut:
    """What accepting one object does to it and to others."""

    mask: Mask
    """What is left of the new object, perhaps nothing."""
    changed: Changed = ()
    """The old objects that are cut."""


def cut(mask: Mask, policy: Policy, others: Iterable[Annotation]) -> Cut:
    """Returns what becomes of a new mask and of the objects that are there. others: of the image, in any order."""
    if policy == ALLOW:
        return Cut(mask)
    near = touching(mask, others)
    if policy == OLD_CUTS_NEW:
        return Cut(subtract(mask, [each.mask for each in near]))
    return Cut(mask, tuple((each, subtract(each.mask, [mask])) for each in near))


def cut_all(masks: Sequence[Mask], policy: Policy, others: Sequence[Annotation]) -> tuple[list[Mask], Changed]:
    """Returns what is left of many new masks that are accepted at once, and the old objects that they cut, each with
    what is left of it.

    Among the new ones the smaller cuts the larger, in both policies: a part is not lost to the whole that it lies in.
    masks: as they lie on each other, the smallest last; all of one size.
    """
    if policy == ALLOW:
        return list(masks), ()
    boxes, around = _boxes(masks), _boxes([each.mask for each in others])
    near = [[others[j] for j in _meeting(mask, around)] for mask in masks]
    left: list[Mask] = []
    over: dict[int, list[Mask]] = {}
    for i, mask in enumerate(masks):
        mine = subtract(mask, [masks[j] for j in _meeting(mask, boxes) if j > i])
        left.append(cut(mine, policy, near[i]).mask)
        for old in touching(mask, near[i]) if policy == NEW_CUTS_OLD else ():
            over.setdefault(old.id, []).append(mask)
    return left, tuple((each, subtract(each.mask, over[each.id])) for each in others if each.id in over)


def touching(mask: Mask, others: Iterable[Annotation]) -> list[Annotation]:
    """Returns the visible objects that share a pixel with a mask. Their boxes are looked at first."""
    return [each for each in others if not each.hidden and meets(mask.bbox, each.mask.bbox) and _shares(mask, each)]


def meets(one: _Box, other: _Box) -> bool:
    """Returns True if two boxes (x, y, width, height) have a pixel in common."""
    is_beside = one[0] >= other[0] + other[2] or other[0] >= one[0] + one[2]
    return not is_beside and one[1] < other[1] + other[3] and other[1] < one[1] + one[3]


def _shares(mask: Mask, other: Annotation) -> bool:
    try:
        return common_area(mask, other.mask) > 0
    except Problem:  # damaged: a project may come from a stranger
        return False


def _boxes(masks: Sequence[Mask]) -> NDArray[np.int64]:
    return np.array([mask.bbox for mask in masks], np.int64).reshape(-1, 4)


def _meeting(mask: Mask, boxes: NDArray[np.int64]) -> list[int]:
    """The places of the boxes (N, 4) that meet that of a mask."""
    box = np.array(mask.bbox, np.int64)
    first, last = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[:2] + box[2:], boxes[:, :2] + boxes[:, 2:])
    return np.flatnonzero((first < last).all(axis=1)).tolist()


def write(step: Step, changed: Changed, by: str = BY) -> None:
    """Gives objects the masks that are left of them, within a step; one of which nothing is left is deleted."""
    for annotation, mask in changed:
        if mask.area:
            step.put(replace(annotation, mask=mask, provenance=made_by(annotation.provenance, by)))
        else:
            step.delete(annotation)


def made_by(provenance: Json, by: str = BY) -> Json:
    """Returns a provenance that also tells what the mask was changed with, in a word."""
    before = provenance.get("by")
    words = before.split(", ") if isinstance(before, str) and before else []
    return {**provenance, "by": ", ".join(dict.fromkeys([*words, by]))}
