"""Between objects: union, subtract, intersect and exclusive-or of the selection, and the pixels that nobody has.

Of the selected objects the one that was selected first is what stays: it keeps its id, class and attributes. While an
object is in the making it is that one which is changed, and the selected ones stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from msgspec.structs import replace

from app.labeling.classes import Classes
from app.labeling.cutting import as_now, cut_by_above, told_of, touching, write
from app.labeling.drafts import Drafts
from app.labeling.editor import Editor
from app.labeling.events import Notice, Tell
from app.labeling.object_steps import Outcome, changed_meanwhile, do
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.labeling.provenance import made_by
from app.labeling.saving import top_of
from app.masks import combining
from app.masks.rle import Mask, most_pixels
from app.problem import Problem
from app.project.records import Annotation, Category, ChangeSet
from app.project.store import Project
from app.text import say, say_n
from app.work import Progress, Work

FILL_UNDER = "fill under"
"""What it is called in the provenance of an object."""
_FEW = 50
"""Objects are combined with each other within 50 ms: their masks stay runs."""
_TOO_FEW = say("Select two objects or more: with Shift, a click adds one to those that are selected.")
_NOTHING_SELECTED = say("Select the objects first that the mask is to be combined with.")
_WAITING = say("The mask is still being looked for.")
_NOTHING_ABOVE = say("Nothing lies above the selected objects.")


@dataclass(frozen=True)
class Operation:
    """A Boolean operation. masks: of the first one, and of the others."""

    by: str
    step: str
    combined: Callable[[Mask, Sequence[Mask]], Mask]
    deletes_others: bool = True


UNION = Operation("union", say("Union of objects"), lambda mask, others: combining.union([mask, *others]))
SUBTRACT = Operation("subtract", say("Subtract objects"), combining.subtract, deletes_others=False)
INTERSECT = Operation("intersect", say("Intersect objects"), lambda mask, others: combining.intersect([mask, *others]))
EXCLUSIVE_OR = Operation(
    "exclusive or", say("Exclusive-or of objects"), lambda mask, others: combining.exclusive_or([mask, *others])
)


class Between:
    """Combines objects with each other. Changes raise Problem in the past."""

    def __init__(
        self, place: Place, drafts: Drafts, editor: Editor, *, objects: Objects, classes: Classes, tell: Tell
    ) -> None:
        self._place, self._drafts, self._editor = place, drafts, editor
        self._objects, self._classes, self._tell = objects, classes, tell

    def combine(self, operation: Operation) -> ChangeSet | None:
        """Combines the selected objects to the one that was selected first, in one step; or the mask in the making
        with the selected ones, as an edit of it. Returns the changes of the step, None when there is none."""
        self._place.writable()
        if self._drafts.draft.is_live:
            self._edit(operation)
            return None
        chosen = self._chosen()
        if len(chosen) < 2:
            raise Problem(_TOO_FEW)
        return self._do(_CombineStep(operation, chosen, self._classes.all()), chosen)

    def cut_by_above(self) -> ChangeSet | None:
        """Takes from the selected objects what visible ones above them cover, in one step; one of which nothing would
        be left is deleted. Raises Problem when nothing lies above them."""
        self._place.writable()
        chosen = self._chosen()
        if not chosen:
            raise Problem(_NOTHING_ABOVE)
        return self._do(_CutStep(chosen), chosen)

    def _do(self, step: _CombineStep | _CutStep, chosen: Sequence[Annotation]) -> ChangeSet | None:
        return do(step, self._place.project, self._tell, self._done, is_long=len(chosen) > _FEW)

    def _done(self, outcome: Outcome) -> None:
        self._objects.select(*outcome.selected)
        self._tell(Notice(outcome.told, outcome.changes.step_id if outcome.changes else None))

    def fill_under(self) -> ChangeSet | None:
        """Leaves to the mask in the making only the pixels that no visible object has; without one, all such pixels of
        the image are it. Where they are too many to be worked on, they are saved at once: then the step is returned."""
        self._place.writable()
        draft = self._drafts.draft
        size = self._place.size()
        if size is None:
            return None
        seen = [each for each in self._objects.all() if not each.hidden]
        if draft.is_live:
            mask = self._live()
            under = touching(mask, (each for each in seen if draft.resumed is None or each.id != draft.resumed.id))
            if not under:
                raise Problem(say("The mask has no pixel that an object has."))
            self._editor.edit(combining.subtract(mask, [each.mask for each in under]), SUBTRACT.by)
            return None
        return self._take_rest(_rest((size[1], size[0]), seen))

    def _take_rest(self, rest: Mask) -> ChangeSet | None:
        if not rest.area:
            raise Problem(say("Every pixel of the image belongs to an object."))
        if rest.bbox[2] * rest.bbox[3] > most_pixels(rest.size):
            return self._save(rest)
        self._editor.edit(rest, FILL_UNDER)
        return None

    def _save(self, rest: Mask) -> ChangeSet:
        """Saves the rest of a huge image: more pixels than can be worked on are few as runs."""
        project, image_id, current = self._place.project, self._place.image_id, self._classes.current
        assert image_id is not None
        on_top = top_of(project, image_id)
        with project.step(say("Fill under")) as step:
            category_id = self._classes.for_accept(step, current.id if current else None)
            scores = made_by({}, FILL_UNDER)
            step.add(Annotation(0, image_id, category_id, rest, provenance=scores, z_order=on_top))
        told = say("What no object has is too large to be refined: it was saved as an object at once.")
        self._tell(Notice(told, step.id))
        return step.changes

    # --- the object in the making --------------------------------------------------------------------------------

    def _edit(self, operation: Operation) -> None:
        resumed, mask = self._drafts.draft.resumed, self._live()
        others = [each.mask for each in self._chosen() if resumed is None or each.id != resumed.id]
        if not others:
            raise Problem(_NOTHING_SELECTED)
        self._editor.edit(operation.combined(mask, others), operation.by)

    def _live(self) -> Mask:
        draft = self._drafts.draft
        if draft.is_waiting or draft.proposal is None:
            raise Problem(_WAITING if draft.is_waiting else say("There is no mask yet."))
        return Mask.from_region(draft.proposal.region)

    # --- those selected ------------------------------------------------------------------------------------------

    def _chosen(self) -> list[Annotation]:
        """Returns the selected ones in the order in which they were."""
        there = {each.id: each for each in self._objects.all()}
        return [there[each] for each in self._objects.selection if each in there]


@dataclass(frozen=True, eq=False)
class _CombineStep:
    """A Boolean operation on saved objects of one image."""

    operation: Operation
    chosen: Sequence[Annotation]
    """Two at least; the first one stays."""
    classes: Sequence[Category]

    @property
    def name(self) -> str:
        """What is done."""
        return self.operation.step

    def work(self, project: Project) -> Work[Outcome]:
        """Gives the first one what becomes of them. Problem where that is nothing new, or nothing."""
        yield Progress(0, 1)
        operation, (first, *others) = self.operation, self.chosen
        mask = operation.combined(first.mask, [each.mask for each in others])
        if mask == first.mask and not operation.deletes_others:
            raise Problem(say("The object that was selected first shares no pixel with the others."))
        if not mask.area and operation.deletes_others:
            raise Problem(say("Nothing would be left of the selected objects."))
        with project.step(operation.step) as step:
            now = [each for each, _ in as_now(step, [(each, each.mask) for each in self.chosen])]
            if len(now) < len(self.chosen):
                return Outcome(changed_meanwhile(len(self.chosen) - len(now)), None)
            first, *others = now
            gone = others if operation.deletes_others else []
            for each in gone:
                step.delete(each)
            write(step, ((_with_effort(first, gone), mask),), operation.by)
        return Outcome(self._told(mask), step.changes, (first.id,) if mask.area else ())

    def _told(self, mask: Mask) -> str:
        first = self.chosen[0]
        name = next((c.name for c in self.classes if c.id == first.category_id), say("no class"))
        if not mask.area:
            return say("Deleted the object that was selected first ({name}): nothing of it was left.", name=name)
        return _TOLD[self.operation.by](len(self.chosen) - 1, name)


@dataclass(frozen=True, eq=False)
class _CutStep:
    """The taking of what lies above from saved objects of one image."""

    chosen: Sequence[Annotation]
    """One at least."""

    @property
    def name(self) -> str:
        """What is done."""
        return say("Cut by what lies above")

    def work(self, project: Project) -> Work[Outcome]:
        """Cuts them. Problem where nothing lies above."""
        yield Progress(0, 1)
        there = project.annotation_table.stacked(self.chosen[0].image_id)
        changed = cut_by_above({each.id for each in self.chosen}, there)
        if not changed:
            raise Problem(_NOTHING_ABOVE)
        with project.step(self.name) as step:
            changed = as_now(step, changed)
            write(step, changed)
            left = tuple(each.id for each in self.chosen if step.now(each) is not None)
        return Outcome(" ".join(told_of(changed, _cut_by_above)), step.changes, left)


def _cut_by_above(count: int) -> str:
    return say_n("Cut {n} object by what lies above it.", "Cut {n} objects by what lies above them.", count)


def _with_effort(first: Annotation, others: Sequence[Annotation]) -> Annotation:
    """What was spent on those that are part of it now still counts."""
    clicks, milliseconds = sum(each.clicks for each in others), sum(each.milliseconds for each in others)
    return replace(first, clicks=first.clicks + clicks, milliseconds=first.milliseconds + milliseconds)


def _rest(size: tuple[int, int], objects: Sequence[Annotation]) -> Mask:
    """The pixels that none of the objects has, as runs. One that is damaged, or of another size, has none."""
    whole = Mask.from_runs([0, size[0] * size[1]], size)
    return combining.subtract(whole, [each.mask for each in touching(whole, objects)])


_TOLD: Mapping[str, Callable[[int, str], str]] = MappingProxyType(
    {
        UNION.by: lambda n, name: say_n(
            "United {n} object with the one that was selected first ({name}).",
            "United {n} objects with the one that was selected first ({name}).",
            n,
            name=name,
        ),
        SUBTRACT.by: lambda n, name: say_n(
            "Cut {n} object, which stays, out of the one that was selected first ({name}).",
            "Cut {n} objects, which stay, out of the one that was selected first ({name}).",
            n,
            name=name,
        ),
        INTERSECT.by: lambda n, name: say_n(
            "What {n} object shares with the one that was selected first ({name}) is left of both.",
            "What {n} objects share with the one that was selected first ({name}) is left of all.",
            n,
            name=name,
        ),
        EXCLUSIVE_OR.by: lambda n, name: say_n(
            "{n} object and the one that was selected first ({name}) are one now, without the pixels that both had.",
            "{n} objects and the one that was selected first ({name}) are one now: what an odd number of them had.",
            n,
            name=name,
        ),
    }
)
