"""What an overlap policy cuts when an object is accepted. It is shown before, by the same function.

Objects that are hidden take no part: nothing is changed unseen. Nor do those whose mask is damaged, or made for another
size of the image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from dataclasses import replace as replace_parts
from typing import TypeAlias

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from app.labeling.policies import ALLOW, NEW_CUTS_OLD, Policy
from app.labeling.provenance import CUT, cut_down
from app.labeling.trail import went_on
from app.masks.boxes import meeting
from app.masks.combining import subtract
from app.masks.overlaps import common_area
from app.masks.regions import bounds, removed, tight
from app.masks.rle import Mask, Region
from app.masks.rle_batch import plain_masks
from app.problem import Problem
from app.project.history.journal import Step
from app.project.records import Annotation
from app.text import say_n

Box: TypeAlias = tuple[int, int, int, int]
"""x, y, width, height"""
Changed: TypeAlias = Sequence[tuple[Annotation, Mask]]
"""Old objects, each with what is left of it, perhaps nothing."""


@dataclass(frozen=True, eq=False)
class Cut:
    """What accepting one object does to it and to others."""

    region: Region
    """What is left of the new or refined object, perhaps nothing."""
    lost: Region | None = None
    """What it loses itself; None when it stays whole."""
    taken: tuple[tuple[Annotation, Region], ...] = ()
    """What old objects lose to it, each some pixels."""
    covered: tuple[Annotation, ...] = ()
    """Old objects that lose all their pixels to it. Of hundreds under one large mask none is looked at."""

    def changed(self) -> Changed:
        """Returns what is left of the old objects."""
        left = [(old, old.mask.toggled(common)) for old, common in self.taken]  # it has all of common
        height, width = self.region.image_size
        nothing = Mask.from_runs([height * width], self.region.image_size)
        return [*left, *((old, nothing) for old in self.covered)]

    def losses(self) -> Iterator[tuple[Annotation, Mask]]:
        """Yields what each of the old objects loses."""
        yield from ((old, Mask.from_region(common)) for old, common in self.taken)
        yield from ((old, old.mask) for old in self.covered)


def cut(region: Region, policy: Policy, others: Iterable[Annotation]) -> Cut:
    """Returns what becomes of a new mask and of the objects that are there. others: of the image, in any order."""
    if policy == ALLOW:
        return Cut(region)
    others = near(region, others)
    if policy == NEW_CUTS_OLD:
        covered = {each.id: each for each in _covered(region, others)}
        beside = [each for each in others if each.id not in covered]
        return Cut(region, taken=tuple(shared(region, beside)), covered=tuple(covered.values()))
    common = tuple(shared(region, others))
    if not common:
        return Cut(region)
    lost = np.zeros_like(region.pixels)
    for _, part in common:
        lost[_window(part.bbox, region.bbox)] |= part.pixels
    kept = _with_pixels(region, region.pixels & ~lost)
    return Cut(kept, _with_pixels(region, lost))


def cut_gained(region: Region, had: Mask | None, policy: Policy, others: Iterable[Annotation]) -> Cut:
    """Returns what becomes of a refined mask and of the objects that are there: as `cut`, but of the pixels it gains.

    Those that it had and shares stay, as in `InTurn`. had: its mask before; None for a new object.
    """
    if had is None or policy == ALLOW or had.size != region.image_size:
        return cut(region, policy, others)
    gained = tight(_with_pixels(region, region.pixels & ~had.window(*region.bbox)))
    if not gained.pixels.size:
        return Cut(region)
    done = cut(gained, policy, others)
    return replace_parts(done, region=region if done.lost is None else removed(region, done.lost))


def cut_all(
    masks: Sequence[Mask], policies: Sequence[Policy], others: Sequence[Annotation]
) -> tuple[list[Mask], Changed]:
    """Returns what is left of many new masks that are accepted at once, and the old objects that they cut, each with
    what is left of it.

    Among the new ones the upper cuts the lower, in both policies: of what is found at once the smaller lies above, and
    a part is not lost to the whole that it lies in. masks: as they lie on each other, the topmost last; all of one
    size. policies: of each of them.
    """
    if all(policy == ALLOW for policy in policies):
        return list(masks), ()
    boxes, around = _boxes(masks), _boxes([each.mask for each in others])
    left: list[Mask] = []
    taken: dict[int, list[Mask]] = {}
    for i, (mask, policy) in enumerate(zip(masks, policies, strict=True)):
        if policy == ALLOW:
            left.append(mask)
            continue
        mine = subtract(mask, [masks[j] for j in _places(mask, boxes) if j > i])
        done = cut(mine.region(), policy, [others[j] for j in _places(mask, around)])
        left.append(mine if done.lost is None else Mask.from_region(done.region))
        for old, mask_of_common in done.losses():
            taken.setdefault(old.id, []).append(mask_of_common)
    return left, [(each, subtract(each.mask, taken[each.id])) for each in others if each.id in taken]


class InTurn:
    """The objects of an image of which some get new masks, one after the other.

    The policy of each decides about the pixels that it gains by its new mask; those that it had and shares stay as they
    are.
    """

    def __init__(self, there: Sequence[Annotation]) -> None:
        """Begins with the objects as they are. there: all of the image, the topmost last."""
        self._there, self._now = there, list(there)
        self._places = {each.id: i for i, each in enumerate(there)}
        self._boxes = _boxes([each.mask for each in there])

    def give(self, saved: Annotation, mask: Mask, policy: Policy) -> None:
        """Gives one of them, as it was, another mask, of which others keep what the policy says, or lose it."""
        i, left = self._places[saved.id], mask
        gained = mask if policy == ALLOW else subtract(mask, [self._now[i].mask])
        if policy != ALLOW and gained.area:
            around = [self._now[j] for j in _places(gained, self._boxes) if j != i and self._now[j].mask.area]
            done = cut(gained.region(), policy, around)
            for old, rest in done.changed():
                self._now[self._places[old.id]] = replace(old, mask=rest)
            left = mask if done.lost is None else subtract(mask, [Mask.from_region(done.lost)])
        self._now[i], self._boxes[i] = replace(saved, mask=left), left.bbox

    def changed(self) -> list[tuple[Annotation, Mask]]:
        """Returns those whose masks are others now, as they were, each with its mask."""
        return [(was, each.mask) for was, each in zip(self._there, self._now, strict=True) if each.mask != was.mask]


def cut_by_above(ids: Set[int], there: Sequence[Annotation]) -> Changed:
    """Returns what is left of these objects without the pixels of the visible ones that lie above them; only those that
    lose some. there: all of the image, the topmost last."""
    seen = [each for each in there if not each.hidden]
    boxes = _boxes([each.mask for each in seen])
    changed: list[tuple[Annotation, Mask]] = []
    for i, each in enumerate(seen):
        if each.id in ids:
            above = touching(each.mask, (seen[j] for j in _places(each.mask, boxes) if j > i))
            if above:
                changed.append((each, subtract(each.mask, [other.mask for other in above])))
    return changed


def shared(region: Region, others: Iterable[Annotation]) -> Iterator[tuple[Annotation, Region]]:
    """Yields the visible objects that share pixels with a region, each with those pixels. Only they are ever made."""
    for each in near(region, others):
        x, y = max(region.x, each.mask.bbox[0]), max(region.y, each.mask.bbox[1])
        right, bottom = (
            min(region.bbox[i] + region.bbox[i + 2], each.mask.bbox[i] + each.mask.bbox[i + 2]) for i in (0, 1)
        )
        box = (x, y, right - x, bottom - y)
        mine = region.pixels[_window(box, region.bbox)]
        if not mine.any():
            continue
        try:
            common = each.mask.window(*box) & mine
        except Problem:  # damaged: a project may come from a stranger
            continue
        if common.any():
            yield each, Region(x, y, common, region.image_size)


def _covered(region: Region, others: Sequence[Annotation]) -> list[Annotation]:
    """Returns those of objects near a region of which it has the whole box; not those that are damaged."""
    box = bounds(region)
    inside = [each for each in others if _lies_in(each.mask.bbox, box) and _has_box(region, each.mask.bbox)]
    sound = plain_masks([each.mask.counts for each in inside], [each.mask.size for each in inside])
    return [each for each, mask in zip(inside, sound, strict=True) if mask == each.mask]


def _lies_in(box: Box, around: tuple[int, int, int, int]) -> bool:
    x0, y0, x1, y1 = around
    return x0 <= box[0] and y0 <= box[1] and box[0] + box[2] <= x1 and box[1] + box[3] <= y1


def _has_box(region: Region, box: Box) -> bool:
    return bool(region.pixels[_window(box, region.bbox)].all())


def near(region: Region, others: Iterable[Annotation]) -> list[Annotation]:
    """Returns the visible objects whose boxes meet that of a region."""
    (x, y, width, height), size = region.bbox, region.image_size
    right, bottom = x + width, y + height
    return [
        each
        for each in others  # of thousands: as `meets` has it, without a call for each
        if (box := each.mask.bbox)[0] < right and box[1] < bottom and x < box[0] + box[2] and y < box[1] + box[3]
        and not each.hidden and each.mask.size == size
    ]  # fmt: skip


def touching(mask: Mask, others: Iterable[Annotation]) -> list[Annotation]:
    """Returns the visible objects that share a pixel with a mask, of any size. Their boxes are looked at first."""
    return [each for each in others if not each.hidden and meets(mask.bbox, each.mask.bbox) and _shares(mask, each)]


def meets(one: Box, other: Box) -> bool:
    """Returns True if two boxes have a pixel in common."""
    is_beside = one[0] >= other[0] + other[2] or other[0] >= one[0] + one[2]
    return not is_beside and one[1] < other[1] + other[3] and other[1] < one[1] + one[3]


def _shares(mask: Mask, other: Annotation) -> bool:
    try:
        return common_area(mask, other.mask) > 0
    except Problem:  # damaged
        return False


def _window(box: Box, around: Box) -> tuple[slice, slice]:
    """Where a box lies in the pixels of the box around it."""
    x, y = box[0] - around[0], box[1] - around[1]
    return slice(y, y + box[3]), slice(x, x + box[2])


def _with_pixels(region: Region, pixels: NDArray[np.bool_]) -> Region:
    return Region(region.x, region.y, pixels, region.image_size)


def _boxes(masks: Sequence[Mask]) -> NDArray[np.int64]:
    return np.array([mask.bbox for mask in masks], np.int64).reshape(-1, 4)


def _places(mask: Mask, boxes: NDArray[np.int64]) -> list[int]:
    """The places of the boxes (N, 4) that meet that of a mask."""
    return np.flatnonzero(meeting(boxes, mask.bbox)).tolist()


def as_now(step: Step, changed: Changed) -> Changed:
    """Returns those of the objects whose masks are as they were, each as it is now, within a step: what somebody else
    changed or deleted meanwhile stays so."""
    rows = ((step.now(saved), saved.mask, mask) for saved, mask in changed)
    return [(now, mask) for now, was, mask in rows if now is not None and now.mask == was]


def write(step: Step, changed: Changed, by: str = CUT) -> None:
    """Gives objects the masks that are left of them, within a step; one of which nothing is left is deleted."""
    for annotation, mask in changed:
        if mask.area:
            step.put(left_of(annotation, mask, by))
        else:
            step.delete(annotation)


def left_of(annotation: Annotation, mask: Mask, by: str = CUT) -> Annotation:
    """Returns an object with what is left of its mask, or what it became with others."""
    told = cut_down(annotation.provenance, mask, by)
    told = went_on(annotation.mask, annotation.provenance, mask, told)
    return replace(annotation, mask=mask, provenance=told)


def _cut_there(count: int) -> str:
    return say_n("Cut {n} object that lay there.", "Cut {n} objects that lay there.", count)


def told_of(changed: Changed, cut_told: Callable[[int], str] = _cut_there) -> list[str]:
    """Returns sentences about what objects that were there lost, by a policy or by what cut_told tells of so many."""
    cut, gone = (sum(bool(mask.area) is has_some for _, mask in changed) for has_some in (True, False))
    told: list[str] = []
    if cut:
        told.append(cut_told(cut))
    if gone:
        told.append(
            say_n("Deleted {n} object that was covered whole.", "Deleted {n} objects that were covered whole.", gone)
        )
    return told


def after(objects: Sequence[Annotation], changed: Changed) -> list[Annotation]:
    """Returns objects as they are when those changes are written."""
    left = {annotation.id: mask for annotation, mask in changed}
    there = [left_of(each, left[each.id]) if each.id in left else each for each in objects]
    return [each for each in there if each.mask.area or each.id not in left]
