"""One step that repairs saved objects of an image: of a few at once, of thousands beside the window.

An object that a repair would leave without a pixel stays as it is, and the person is told: a key that is held on a
selection must not delete the small ones among them one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from app.labeling.cutting import Changed, InTurn, told_of, write
from app.labeling.object_steps import Outcome, changed_meanwhile, takes_long
from app.labeling.policies import Policy
from app.labeling.provenance import made_by, repaired
from app.labeling.trail import stepped
from app.masks.rle import Mask
from app.project.records import Annotation
from app.project.store import Project
from app.text import say, say_n
from app.work import Progress, Work

_NO_ROOM = say("Nothing is changed: other objects have the pixels around.")


@dataclass(frozen=True)
class MaskRepair:
    """What a key does to a mask."""

    by: str
    """A word for the provenance: grow, shrink, smooth, ..."""
    change: Callable[[Mask], Mask]
    step: Callable[[int], str]
    """What the step of so many objects is called: "Grow 3 objects"."""
    done: Callable[[int], str]
    """The sentence that tells of it: "Grew 3 objects by a pixel."."""
    nothing: Callable[[Mask], str]
    """The sentence when the mask stays as it is."""


@dataclass(frozen=True, eq=False)
class RepairStep:
    """A repair of saved objects, which whoever has a connection to their project does."""

    repair: MaskRepair
    chosen: Sequence[Annotation]
    """Of one image; one at least."""
    policies: Mapping[int | None, Policy]
    """The overlap policy by the id of the class: it decides about what a mask gains."""
    change: Callable[[Annotation], Mask | None]
    """What the mask of each becomes; None where the repair means nothing to it."""
    aimless: str = ""
    """The sentence when it means nothing to any of them."""

    @property
    def name(self) -> str:
        """What is done, to so many objects."""
        return self.repair.step(len(self.chosen))

    @property
    def is_long(self) -> bool:
        """True if it takes longer than a blink."""
        return takes_long([each.mask for each in self.chosen])

    def work(self, project: Project) -> Work[Outcome]:
        """Repairs the masks and saves them as one step; ended before its end it changes nothing. An object that was
        changed meanwhile by somebody else stays as it is now."""
        there, policies = project.annotation_table.stacked(self.chosen[0].image_id), self._policies()
        turn, mine, kept, aims, left_out = InTurn(there), self._as_chosen(there), dict[int, Mask](), 0, 0
        for number, saved in enumerate(mine):
            yield Progress(number, 2 * len(mine))
            mask = self.change(saved)
            aims += mask is not None
            if mask is not None and mask != saved.mask and not mask.area:
                left_out += 1
            elif mask is not None and mask != saved.mask:
                kept[saved.id] = mask
                turn.give(saved, mask, policies[saved.id])
        made, taken = _parted(turn.changed(), kept)
        if not made:
            return Outcome(self._unchanged(mine, kept, aims, left_out), None)
        with project.step(self.repair.step(len(made))) as step:
            now = project.annotation_table.stacked(self.chosen[0].image_id)
            if now != there:  # what is gained would lie on what others became
                turn, mine = InTurn(now), [each for each in self._as_chosen(now) if each.id in kept]
                for saved in mine:
                    turn.give(saved, kept[saved.id], policies[saved.id])
                made, taken = _parted(turn.changed(), kept)
            if not made:
                return Outcome(self._unchanged(mine, kept, aims, left_out), None)
            write(step, taken)
            for number, (saved, mask) in enumerate(made):
                yield Progress(len(made) + number, 2 * len(made))
                row = repaired(saved, mask, self.repair.by)
                told = row.provenance if mask == kept[saved.id] else made_by(row.provenance)
                told = stepped(saved.mask, saved.provenance, mask, told, of_many=len(made))
                step.put(replace(row, provenance=told))
        sentences = [self.repair.done(len(made)), _left_out(left_out), *told_of(taken)]
        return Outcome(" ".join(f"{each}" for each in sentences if each), step.changes)

    def _as_chosen(self, there: Sequence[Annotation]) -> list[Annotation]:
        """Returns the chosen objects whose masks are as they were, each as it is now (its class may differ)."""
        was = {each.id: each.mask for each in self.chosen}
        return [each for each in there if each.id in was and was[each.id] == each.mask]

    def _policies(self) -> dict[int, Policy]:
        """Returns the policies by the id of the object, of the class that it had."""
        return {each.id: self.policies[each.category_id] for each in self.chosen}

    def _unchanged(self, mine: Sequence[Annotation], kept: Mapping[int, Mask], aims: int, left_out: int) -> str:
        if not mine:
            return changed_meanwhile(len(kept or self.chosen))
        if kept:
            return _NO_ROOM
        if self.aimless and not aims:
            return self.aimless
        return _left_out(left_out) or self.repair.nothing(self.chosen[0].mask)


def _parted(changed: Changed, kept: Mapping[int, Mask]) -> tuple[Changed, Changed]:
    """Returns the objects that get other masks by the repair, and those that others take something, or all, from."""
    made = [(saved, mask) for saved, mask in changed if saved.id in kept and mask.area]
    return made, [(saved, mask) for saved, mask in changed if saved.id not in kept or not mask.area]


def _left_out(count: int) -> str:
    if not count:
        return ""
    return say_n(
        "{n} object would have no pixel left and stays as it is.",
        "{n} objects would have no pixel left and stay as they are.",
        count,
    )
