"""The order in which objects lie on each other (z-order): to the front, to the back, one up, one down.

One up goes over the next object that shares pixels with it: of a thousand objects it would otherwise take hundreds of
steps until something is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from msgspec.structs import replace

from app.labeling.cutting import meets
from app.labeling.events import Notice, Tell
from app.labeling.object_steps import MANY, Outcome, do
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.masks.overlaps import common_area
from app.problem import Problem
from app.project.records import Annotation, ChangeSet
from app.project.store import Project
from app.text import Sentence, say
from app.work import Progress, Work

_Order: TypeAlias = list[Annotation]
"""The objects of an image, the topmost last."""
_Moved: TypeAlias = Callable[[_Order, frozenset[int]], _Order]
"""Makes another order of it, in which some ids have moved."""


class Stacking:
    """Moves the selected objects among the others, in one step. Among themselves they keep their order.

    Changes raise Problem in the past.
    """

    def __init__(self, place: Place, objects: Objects, tell: Tell) -> None:
        self._place, self._objects, self._tell = place, objects, tell

    def to_front(self) -> ChangeSet | None:
        """Lays the selected objects on all others. Returns None when they lie there already."""
        return self._move(
            say("Bring to front"), lambda order, is_chosen: sorted(order, key=lambda each: each.id in is_chosen)
        )

    def to_back(self) -> ChangeSet | None:
        """Lays the selected objects under all others. Returns None when they lie there already."""
        return self._move(
            say("Send to back"), lambda order, is_chosen: sorted(order, key=lambda each: each.id not in is_chosen)
        )

    def up(self) -> ChangeSet | None:
        """Lays each selected object on the next one that covers some of it. Returns None when none does."""
        return self._move(say("Bring forward"), raised)

    def down(self) -> ChangeSet | None:
        """Lays each selected object under the next one that it covers some of. Returns None when there is none."""
        return self._move(say("Send backward"), lambda order, is_chosen: raised(order[::-1], is_chosen)[::-1])

    def _move(self, name: Sentence, moved: _Moved) -> ChangeSet | None:
        self._place.writable()
        image_id, chosen = self._place.image_id, frozenset(self._objects.selection)
        if image_id is None:
            return None
        step = _StackingStep(name, image_id, chosen, moved)
        return do(step, self._place.project, self._tell, self._done, is_long=len(chosen) > MANY)

    def _done(self, outcome: Outcome) -> None:
        if outcome.told:
            self._tell(Notice(outcome.told))


@dataclass(frozen=True, eq=False)
class _StackingStep:
    """Another order of the objects of an image."""

    name: str
    image_id: int
    chosen: frozenset[int]
    moved: _Moved

    def work(self, project: Project) -> Work[Outcome]:
        """Writes the z-orders that have to be different."""
        yield Progress(0, 1)
        before = project.annotation_table.stacked(self.image_id)
        after = self.moved(before, self.chosen)
        numbers = renumbered(after, self.chosen)
        if [each.id for each in after] == [each.id for each in before] or not numbers:
            return Outcome(say("There is nothing that it could be moved over or under."), None)
        with project.step(self.name) as step:
            for each in after:
                if each.id in numbers:
                    step.put_only(replace(each, z_order=numbers[each.id]), "z_order")
        return Outcome("", step.changes)


def raised(order: _Order, is_chosen: frozenset[int]) -> _Order:
    """Returns the order in which each of the chosen lies on the next other one above it that shares pixels with it.

    None goes past another chosen one.
    """
    after, end = list(order), len(order)
    for each in reversed(_of(order, is_chosen)):
        at = after.index(each)
        over = next((k for k in range(at + 1, end) if after[k].id not in is_chosen and _is_on(each, after[k])), None)
        if over is not None:
            after.insert(over, after.pop(at))
        end = after.index(each)
    return after


def renumbered(order: Sequence[Annotation], moved: frozenset[int]) -> dict[int, int]:
    """Returns the z-orders that have to be different by id, so that objects lie in this order; as few as can be.

    Of equal z-orders the larger id lies on top. moved: the ids of those that are in another place than before.
    """
    upward = _numbers(order, moved)
    # seen from the top all is the other way round
    mirrored = [replace(each, id=-each.id, z_order=-each.z_order) for each in reversed(order)]
    downward = {-id: -z for id, z in _numbers(mirrored, frozenset(-each for each in moved)).items()}
    return min(upward, downward, key=len)


def _numbers(order: Sequence[Annotation], moved: frozenset[int]) -> dict[int, int]:
    """Gives each, the lowest first, what it has, or as much more as it takes to lie on the one before."""
    if not order:
        return {}
    z_orders = [order[0].z_order]
    if order[0].id in moved:  # nothing lies under it
        z_orders = [min(z_orders[0], *(each.z_order for each in order))]
    for below, each in pairwise(order):
        least = z_orders[-1] + (each.id < below.id)
        z_orders.append(least if each.id in moved else max(each.z_order, least))
    return {each.id: z for each, z in zip(order, z_orders, strict=True) if each.z_order != z}


def _is_on(one: Annotation, other: Annotation) -> bool:
    """Whether two objects share pixels, so that it is seen which lies on top."""
    try:
        return meets(one.mask.bbox, other.mask.bbox) and common_area(one.mask, other.mask) > 0
    except Problem:  # one is damaged
        return False


def _of(order: _Order, is_chosen: frozenset[int]) -> _Order:
    return [each for each in order if each.id in is_chosen]
