"""Repair in one key: a change of the mask in the making, or of all selected objects as one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.labeling.acceptance import Acceptance
from app.labeling.classes import Classes
from app.labeling.editor import Editor
from app.labeling.events import Notice, Tell
from app.labeling.object_steps import Outcome, do
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.labeling.policies import Policy
from app.labeling.provenance import prompt_of
from app.labeling.repair_step import MaskRepair, RepairStep
from app.labeling.split_step import MOST_PARTS, SplitStep, too_many
from app.masks.parts import part_at, split
from app.masks.rle import Mask
from app.project.records import Annotation
from app.sam.types import Prompt
from app.text import say

Point = tuple[float, float]
"""x, y in image pixels."""


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
            self._save(repair, lambda saved: repair.change(saved.mask))

    def current(self) -> Mask | None:
        """Returns the mask in the making; None, with a word to the person, while there is none."""
        shown = self._editor.proposal
        if self._editor.is_waiting or self._editor.ring.is_turned or shown is None:
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

    def save(self, repair: MaskRepair, masks: Mapping[int, Mask]) -> None:
        """Saves the masks that a repair made of objects of the image now shown, by their ids, as one step."""
        chosen = [each for each in self._objects.all() if each.id in masks]
        self._save(repair, lambda saved: masks[saved.id], chosen)

    def _save(
        self,
        repair: MaskRepair,
        change: Callable[[Annotation], Mask | None],
        chosen: Sequence[Annotation] | None = None,
        aimless: str = "",
    ) -> None:
        """Repairs the selected objects, or the chosen ones. What a mask gains by it follows the overlap policy of its
        class."""
        chosen = self._objects.selected() if chosen is None else chosen
        if chosen:
            self._do(RepairStep(repair, chosen, self._policy_of(chosen), change, aimless))

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

        def part_of(saved: Annotation) -> Mask | None:
            return _part(saved.mask, [*places, *_clicked(prompt_of(saved.provenance))])

        self._save(repair, part_of, aimless=say("Point at the part that is to stay."))

    def split_draft(self, acceptance: Acceptance) -> None:
        """Accepts the object in the making and splits it. To undo the splitting leaves it as one accepted object. What
        is in one part stays in the making."""
        mask, draft = self.current(), self._editor.draft
        if mask is None:
            return
        cut = acceptance.to_be_cut()
        count = len(split(mask if cut is None else Mask.from_region(cut.region)))
        if not 1 < count <= MOST_PARTS:
            nothing = say("There is nothing to split: the mask is in one part.")
            self._tell(Notice(nothing if count <= 1 else too_many(count)))
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
        chosen = self._objects.selected()
        if chosen:
            self._do(SplitStep(chosen, self._policy_of(chosen)))

    def _do(self, step: RepairStep | SplitStep) -> None:
        do(step, self._place.project, self._tell, self._done, is_long=step.is_long, after_masks=True)

    def _done(self, outcome: Outcome) -> None:
        """Tells of it, with an Undo."""
        self._tell(Notice(outcome.told, outcome.changes.step_id if outcome.changes else None))
        if outcome.selected:
            self._objects.select(*outcome.selected)

    def _policy_of(self, objects: Sequence[Annotation]) -> dict[int | None, Policy]:
        """Returns the overlap policies of the classes of these objects, by their ids."""
        classes, policies = {each.id: each for each in self._classes.all()}, self._classes.policies
        return {id: policies.of(classes.get(id or 0)) for id in {each.category_id for each in objects}}


def _part(mask: Mask, places: Sequence[Point]) -> Mask | None:
    parts = (part_at(mask, int(x), int(y)) for x, y in places)
    return next((part for part in parts if part is not None), None)


def _clicked(prompt: Prompt) -> list[Point]:
    """The positive clicks, the newest first."""
    clicks = zip(prompt.points.tolist(), prompt.labels.tolist(), strict=True)
    return [(x, y) for (x, y), label in clicks if label][::-1]
