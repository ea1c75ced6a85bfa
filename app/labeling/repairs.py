"""Repair in one key: a change of the mask in the making, or of all selected objects as one step.

An object that a repair would leave without a pixel stays as it is, and the person is told: a key that is held on a
selection must not delete the small ones among them one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from app.labeling.acceptance import Acceptance
from app.labeling.carried import SPLIT
from app.labeling.classes import Classes
from app.labeling.cutting import cut_all, cut_in_turn, told_of, write
from app.labeling.editor import Editor
from app.labeling.events import Notice, Tell
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.labeling.policies import Policy
from app.labeling.provenance import made_by, prompt_of, repaired
from app.labeling.trail import stepped, without_trail
from app.masks.parts import part_at, split
from app.masks.rle import Mask
from app.project.records import Annotation, Json
from app.sam.types import Prompt
from app.text import say, say_n

Point = tuple[float, float]
"""x, y in image pixels."""
MOST_PARTS = 500
"""An object is not split into more."""
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


class Repairs:
    """Repairs what the person works on: the object in the making, else the selected ones."""

    def __init__(self, place: Place, editor: Editor, *, objects: Objects, classes: Classes, tell: Tell) -> None:
        self._place, self._editor, self._objects, self._classes = place, editor, objects, classes
        self._tell = tell

    def apply(self, repair: MaskRepair) -> None:
        """Makes the repair, and says when there was nothing to do. Raises Problem in the past."""
        if self._editor.draft.is_live:
            self._of_draft(repair)
        else:
            self._place.writable()
            chosen = self._objects.selected()
            self.save(repair, [(each, repair.change(each.mask)) for each in chosen])

    def current(self) -> Mask | None:
        """Returns the mask in the making; None, with a word to the person, while there is none."""
        shown = self._editor.proposal
        if self._editor.is_waiting or shown is None:
            self._tell(Notice(say("There is no mask yet.")))
            return None
        return Mask.from_region(shown.region)

    def _of_draft(self, repair: MaskRepair) -> None:
        mask = self.current()
        if mask is not None:
            self.edit(repair, mask, repair.change(mask))

    def edit(self, repair: MaskRepair, before: Mask, after: Mask) -> None:
        """Makes a repaired mask the newest state of the object in the making."""
        if after == before:
            self._tell(Notice(repair.nothing(before)))
        else:
            self._editor.edit(after, repair.by)  # says so when nothing is left

    def save(self, repair: MaskRepair, pairs: Sequence[tuple[Annotation, Mask]]) -> None:
        """Saves objects with their repaired masks as one step, and tells of it with an Undo. What a mask gains by it
        follows the overlap policy of its class."""
        changed = [(saved, mask) for saved, mask in pairs if mask != saved.mask]
        kept = {saved.id: mask for saved, mask in changed if mask.area}
        left_out = _left_out(len(changed) - len(kept))
        if not kept:
            self._tell(Notice(left_out or repair.nothing(pairs[0][0].mask)))
            return
        there = self._objects.all()
        mine = [(saved, kept[saved.id]) for saved in there if saved.id in kept]
        after = cut_in_turn(mine, self._policies([saved for saved, _ in mine]), there)
        made = [(saved, mask) for saved, mask in after if saved.id in kept and mask.area]
        taken = [(saved, mask) for saved, mask in after if saved.id not in kept or not mask.area]
        if not made:
            self._tell(Notice(_NO_ROOM))
            return
        with self._place.project.step(repair.step(len(made))) as step:
            write(step, taken)
            for saved, mask in made:
                row = repaired(saved, mask, repair.by)
                told = row.provenance if mask == kept[saved.id] else made_by(row.provenance)
                step.put(replace(row, provenance=_stepped(saved, mask, told, len(made))))
        self._tell(Notice(_joined([repair.done(len(made)), left_out, *told_of(taken)]), step.id))

    def keep_part(self, repair: MaskRepair, places: Sequence[Point]) -> None:
        """Keeps of each mask the part at the first of the places that it has, else at its newest positive click.

        An object without any of them stays as it is. repair: its change is not asked. Raises Problem in the past.
        """
        if self._editor.draft.is_live:
            mask = self.current()
            part = mask and _part(mask, [*places, *_clicked(self._editor.prompt)])
            if mask is not None and part is not None:
                self.edit(repair, mask, part)
            elif mask is not None:
                self._tell(Notice(say("Point at the part that is to stay.")))
            return
        self._place.writable()
        pairs: list[tuple[Annotation, Mask]] = []
        for saved in self._objects.selected():
            part = _part(saved.mask, [*places, *_clicked(prompt_of(saved.provenance))])
            pairs += [] if part is None else [(saved, part)]
        if pairs:
            self.save(repair, pairs)
        else:
            self._tell(Notice(say("Point at the part that is to stay.")))

    def split_draft(self, acceptance: Acceptance) -> None:
        """Accepts the object in the making and splits it. To undo the splitting leaves it as one accepted object. What
        is in one part stays in the making."""
        mask, draft = self.current(), self._editor.draft
        if mask is None:
            return
        cut = acceptance.to_be_cut()
        parts = split(mask if cut is None else Mask.from_region(cut.region))
        if not self._can_split(len(parts)):
            return
        changes = acceptance.accept()
        made = [] if changes is None else [each.after for each in changes.changes if each.before is None]
        ids = [draft.resumed.id] if draft.resumed else [each.id for each in made if isinstance(each, Annotation)]
        if ids:
            self._objects.select(*ids)
            self.split_selected()

    def split_selected(self) -> None:
        """Makes an object of each connected part of the selected ones, as one step; all of them are selected.

        The largest part keeps the id and what is known of the object, the others have its class and attributes. Raises
        Problem in the past.
        """
        self._place.writable()
        parts = [(saved, split(saved.mask)) for saved in self._objects.selected()]
        several = [(saved, masks) for saved, masks in parts if len(masks) > 1]
        if self._can_split(max(len(masks) for _, masks in parts)):
            self._split(several, [saved.id for saved, masks in parts if len(masks) <= 1])

    def _can_split(self, most: int) -> bool:
        """Whether an object of so many parts can be split, which is told if not."""
        if most > MOST_PARTS:
            told = say("An object has {most} parts: drop the small ones first ({key:repair.drop_islands}).", most=most)
            self._tell(Notice(told))
        elif most <= 1 and self._editor.draft.is_live:
            self._tell(Notice(say("There is nothing to split: the mask is in one part.")))
        elif most <= 1:
            self._tell(Notice(say("There is nothing to split: each selected object is in one part.")))
        return 1 < most <= MOST_PARTS

    def _split(self, several: Sequence[tuple[Annotation, list[Mask]]], others: list[int]) -> None:
        """Saves the parts, each with what the overlap policy of its class leaves to it, as new objects are saved."""
        split_ids = {saved.id for saved, _ in several}
        around = [each for each in self._objects.all() if each.id not in split_ids]
        policies = self._policies([saved for saved, masks in several for _ in masks])
        left, changed = cut_all([mask for _, masks in several for mask in masks], policies, around)
        parts = iter(left)
        made: list[int] = []
        with self._place.project.step(say_n("Split object", "Split {n} objects", len(several))) as step:
            write(step, changed)
            for saved, masks in several:
                first, *rest = [part for part in (next(parts) for _ in masks) if part.area] or masks
                row = repaired(saved, first, SPLIT)
                step.put(replace(row, provenance=_stepped(saved, first, row.provenance, len(several))))
                made += [saved.id, *(step.add(_part_of(saved, mask)).id for mask in rest)]
        told = say_n("{n} object is now {made}.", "{n} objects are now {made}.", len(several), made=len(made))
        self._tell(Notice(told, step.id))
        self._objects.select(*others, *made)

    def _policies(self, objects: Sequence[Annotation]) -> list[Policy]:
        """Returns the overlap policy of each of the objects: that of its class."""
        classes, policies = {each.id: each for each in self._classes.all()}, self._classes.policies
        of_class: dict[int | None, Policy] = {
            id: policies.of(classes.get(id or 0)) for id in {each.category_id for each in objects}
        }
        return [of_class[each.category_id] for each in objects]


def _part(mask: Mask, places: Sequence[Point]) -> Mask | None:
    parts = (part_at(mask, int(x), int(y)) for x, y in places)
    return next((part for part in parts if part is not None), None)


def _clicked(prompt: Prompt) -> list[Point]:
    """The positive clicks, the newest first."""
    clicks = zip(prompt.points.tolist(), prompt.labels.tolist(), strict=True)
    return [(x, y) for (x, y), label in clicks if label][::-1]


def _part_of(saved: Annotation, mask: Mask) -> Annotation:
    """A further object with the class and the attributes; what was spent on the whole counts once."""
    part = repaired(saved, mask, SPLIT)
    told = without_trail(part.provenance)
    return replace(part, id=0, clicks=0, milliseconds=0, extra={}, geometry=None, provenance=told)


def _stepped(saved: Annotation, mask: Mask, told: Json, count: int) -> Json:
    return stepped(saved.mask, saved.provenance, mask, told, of_many=count)


def _joined(sentences: Sequence[str]) -> str:
    """Returns sentences as one text, without those that are empty."""
    return " ".join(f"{each}" for each in sentences if each)


def _left_out(count: int) -> str:
    if not count:
        return ""
    return say_n(
        "{n} object would have no pixel left and stays as it is.",
        "{n} objects would have no pixel left and stay as they are.",
        count,
    )
