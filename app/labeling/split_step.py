"""One step that makes an object of each connected part of saved ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from app.labeling.carried import SPLIT
from app.labeling.cutting import Changed, cut_all, write
from app.labeling.object_steps import Outcome, changed_meanwhile, takes_long
from app.labeling.policies import Policy
from app.labeling.provenance import repaired
from app.labeling.trail import without_trail
from app.masks.parts import split
from app.masks.rle import Mask
from app.project.records import Annotation
from app.project.store import Project
from app.text import say, say_n
from app.work import Progress, Work

MOST_PARTS = 500
"""An object is not split into more."""
_Several = Sequence[tuple[Annotation, list[Mask]]]


@dataclass(frozen=True, eq=False)
class SplitStep:
    """The splitting of saved objects, which whoever has a connection to their project does.

    The largest part keeps the id and what is known of the object, the others have its class and attributes. No part has
    the trail of the whole: a step back on one would lay the whole mask on the others. The way back is to undo the step.
    """

    chosen: Sequence[Annotation]
    """Of one image; one at least."""
    policies: Mapping[int | None, Policy]
    """The overlap policy by the id of the class: it decides as for new objects."""

    @property
    def name(self) -> str:
        """What is done, to so many objects."""
        return _named(len(self.chosen))

    @property
    def is_long(self) -> bool:
        """True if it takes longer than a blink."""
        return takes_long([each.mask for each in self.chosen])

    def work(self, project: Project) -> Work[Outcome]:
        """Splits the objects as one step; ended before its end it changes nothing. An object that was changed meanwhile
        by somebody else stays as it is now."""
        there = project.annotation_table.stacked(self.chosen[0].image_id)
        mine = {each.id: each.mask for each in self.chosen}
        parts: list[tuple[Annotation, list[Mask]]] = []
        for number, saved in enumerate(each for each in there if mine.get(each.id) == each.mask):
            yield Progress(number, 2 * len(mine))
            parts.append((saved, split(saved.mask)))
        several = [(saved, masks) for saved, masks in parts if len(masks) > 1]
        most = max((len(masks) for _, masks in several), default=0)
        if most > MOST_PARTS:
            return Outcome(too_many(most), None)
        if not parts:
            return Outcome(changed_meanwhile(len(self.chosen)), None)
        if not several:
            return Outcome(say("There is nothing to split: each selected object is in one part."), None)
        others = [saved.id for saved, masks in parts if len(masks) <= 1]
        return (yield from self._saving(project, several, others, there))

    def _saving(
        self, project: Project, several: _Several, others: list[int], there: Sequence[Annotation]
    ) -> Work[Outcome]:
        made: list[int] = []
        with project.step(_named(len(several))) as step:
            now = project.annotation_table.stacked(self.chosen[0].image_id)
            if now != there:  # the parts would cut what others were, and bring back what is gone
                several = _as_they_were(several, now)
            if not several:
                return Outcome(changed_meanwhile(len(self.chosen)), None)
            left, changed = self._cut(several, now)
            parts = iter(left)
            write(step, changed)
            for number, (saved, masks) in enumerate(several):
                yield Progress(len(several) + number, 2 * len(several))
                first, *rest = [part for part in (next(parts) for _ in masks) if part.area] or masks
                row = repaired(saved, first, SPLIT)
                step.put(replace(row, provenance=without_trail(row.provenance)))
                made += [saved.id, *(step.add(_part_of(saved, mask)).id for mask in rest)]
        told = say_n("{n} object is now {made}.", "{n} objects are now {made}.", len(several), made=len(made))
        return Outcome(told, step.changes, (*others, *made))

    def _cut(self, several: _Several, there: Sequence[Annotation]) -> tuple[list[Mask], Changed]:
        """Returns what the policies leave of all parts, and of the objects around."""
        split_ids = {saved.id for saved, _ in several}
        around = [each for each in there if each.id not in split_ids]
        class_of = {each.id: each.category_id for each in self.chosen}
        policies: list[Policy] = [self.policies[class_of[saved.id]] for saved, masks in several for _ in masks]
        return cut_all([mask for _, masks in several for mask in masks], policies, around)


def too_many(parts: int) -> str:
    """Says that an object has more parts than it is split into."""
    return say("An object has {most} parts: drop the small ones first ({key:repair.drop_islands}).", most=parts)


def _as_they_were(several: _Several, now: Sequence[Annotation]) -> _Several:
    """Returns those whose masks are the same still, each as it is now."""
    by_id = {each.id: each for each in now}
    there = ((by_id.get(saved.id), saved.mask, masks) for saved, masks in several)
    return [(each, masks) for each, mask, masks in there if each is not None and each.mask == mask]


def _named(count: int) -> str:
    return say_n("Split object", "Split {n} objects", count)


def _part_of(saved: Annotation, mask: Mask) -> Annotation:
    """A further object with the class and the attributes; what was spent on the whole counts once."""
    part = repaired(saved, mask, SPLIT)
    told = without_trail(part.provenance)
    return replace(part, id=0, clicks=0, milliseconds=0, extra={}, geometry=None, provenance=told)
