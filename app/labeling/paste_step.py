"""One step that adds copies of objects to an image, with what their overlap policies cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.labeling.classes import Classes
from app.labeling.clip import Clip, Copied, clip_in
from app.labeling.cutting import Changed, as_now, cut_all, told_of, write
from app.labeling.object_steps import MANY, Outcome, takes_long
from app.labeling.policies import NEW_CUTS_OLD, OLD_CUTS_NEW, Policy
from app.labeling.provenance import made_by
from app.labeling.saving import NOTHING_LEFT
from app.masks.placing import beside, fitted, moved
from app.masks.rle import Mask
from app.problem import Problem
from app.project.history.journal import Step
from app.project.records import Annotation, Json
from app.project.store import Project
from app.text import say, say_n
from app.work import Progress, Work

PASTE = "paste"
"""Provenance of what was pasted or duplicated."""
_STEP_SHARE = 1 / 40
"""Of the shorter side of the image: so far aside lies a copy of what is there already."""
_LEAST_STEP_PX = 4
_MOST_PIXELS = 4_000_000_000
"""Of the boxes of masks that are fitted or moved at once: some seconds."""
_PARTS = 3
"""Fitting, moving, adding."""


@dataclass(frozen=True, eq=False)
class PasteStep:
    """The adding of copies to an image, at the same place; fitted where it has another size, and a little aside where
    the same lies already. Whoever has a connection to the project does it."""

    name: str
    clip: Clip
    image_id: int
    size: tuple[int, int]
    """(height, width) of the image."""
    told: Callable[[int], str]
    """The sentence that tells of so many."""

    @property
    def is_long(self) -> bool:
        """True if it takes longer than a blink."""
        masks = [each.mask for each in self.clip.objects]
        return len(masks) > MANY or (any(mask.size != self.size for mask in masks) and takes_long(masks))

    def work(self, project: Project) -> Work[Outcome]:
        """Adds them as one step. Problem when nothing is left of any, or they are too large to be fitted."""
        there = project.annotation_table.stacked(self.image_id)
        masks = yield from self._each(0, self._masks(), lambda mask: fitted(mask, self.size))
        way = beside(masks, [each.mask for each in there], max(round(min(self.size) * _STEP_SHARE), _LEAST_STEP_PX))
        masks = yield from self._each(1, masks, lambda mask: moved(mask, *way))
        with project.step(self.name) as step:
            added = yield from self._adding(step, _Classes(project), masks, there, is_aside=any(way))
        ids, cuts = added
        return Outcome(" ".join([self.told(len(ids)), *self._remarks(way), *cuts]), step.changes, tuple(ids))

    def _masks(self) -> list[Mask]:
        masks = [each.mask for each in self.clip.objects]
        pixels = sum(mask.bbox[2] * mask.bbox[3] for mask in masks)
        if pixels > _MOST_PIXELS and any(mask.size != self.size for mask in masks):
            raise Problem(say("The masks are too large to be fitted at once: copy fewer at a time."))
        return masks

    def _each(self, part: int, masks: Sequence[Mask], change: Callable[[Mask], Mask]) -> Work[list[Mask]]:
        """Changes them one after the other. part: which of the _PARTS of the work it is."""
        changed: list[Mask] = []
        for number, mask in enumerate(masks):
            yield self._progress(part, number)
            changed.append(change(mask))
        return changed

    def _progress(self, part: int, number: int) -> Progress:
        count = len(self.clip.objects)
        return Progress(part * count + number, _PARTS * count)

    def _adding(
        self, step: Step, classes: _Classes, masks: Sequence[Mask], there: Sequence[Annotation], *, is_aside: bool
    ) -> Work[tuple[list[int], list[str]]]:
        """Returns the ids of the new objects, and what was cut in sentences."""
        order = max((each.z_order for each in there), default=0)
        class_ids = classes.of(step, self.clip)
        left, changed = cut_all(masks, classes.policies(class_ids, is_aside=is_aside), there)
        if not any(mask.area for mask in left):
            raise Problem(NOTHING_LEFT)
        step.judge(self.image_id, masks, "accepted")
        changed = as_now(step, changed)
        write(step, changed)
        provenance: Json = {"by": PASTE, "from": self.clip.image} if self.clip.image else {"by": PASTE}
        ids: list[int] = []
        pasted = zip(self.clip.objects, class_ids, left, masks, strict=True)
        for number, (each, category_id, mask, whole) in enumerate(pasted):
            yield self._progress(2, number)
            if mask.area or not whole.area:
                row = Annotation(
                    0, self.image_id, category_id, mask, each.iscrowd, order, attributes=each.attributes or {},
                    provenance=provenance if mask == whole else made_by(provenance),
                )  # fmt: skip
                ids.append(step.add(row).id)
        return ids, _cuts(len(masks) - len(ids), changed)

    def _remarks(self, way: tuple[int, int]) -> list[str]:
        """Sentences about what is not as it was. way: how far aside they lie."""
        remarks: list[str] = []
        others = [each.mask.size for each in self.clip.objects if each.mask.size != self.size]
        if others:
            height, width = others[0]
            remarks.append(say("Fitted: it comes from an image of {width} x {height}.", width=width, height=height))
        if any(way):
            remarks.append(say("A little aside: the same is there already."))
        return [str(remark) for remark in remarks]


@dataclass(frozen=True, eq=False)
class PasteData:
    """The same of objects that are still to be read from the clipboard."""

    data: bytes
    image_id: int
    size: tuple[int, int]
    """(height, width) of the image."""
    told: Callable[[int], str]
    """The sentence that tells of so many."""
    is_long = True

    @property
    def name(self) -> str:
        """What is done: to how many is not known yet."""
        return say("Pasting objects")

    def work(self, project: Project) -> Work[Outcome]:
        """Reads and adds them. Problem when they are damaged, and as PasteStep."""
        yield Progress(0, 0)
        clip = clip_in(self.data)
        return (yield from PasteStep(named_paste(clip), clip, self.image_id, self.size, self.told).work(project))


def named_paste(clip: Clip) -> str:
    """Returns what a step is called that pastes these."""
    return say_n("Paste object", "Paste {n} objects", len(clip.objects))


class _Classes:
    """The classes of a project, as copies find them."""

    def __init__(self, project: Project) -> None:
        self._classes = Classes(project, lambda _event: None)

    def of(self, step: Step, clip: Clip) -> list[int | None]:
        """The class of each object; those that are not there are made, each once."""
        classes: dict[str, int | None] = {"": None}
        for each in clip.objects:
            if each.name not in classes:
                classes[each.name] = self._class_of(step, each)
        return [classes[each.name] for each in clip.objects]

    def policies(self, class_ids: Sequence[int | None], *, is_aside: bool) -> list[Policy]:
        """A copy that lies aside of what it is a copy of gives way: nobody wants to cut the original with it."""
        known = {each.id: each for each in self._classes.all()}
        policy_of: dict[int | None, Policy] = {}
        for id in set(class_ids):
            policy = self._classes.policies.of(known.get(id or 0))
            policy_of[id] = OLD_CUTS_NEW if is_aside and policy == NEW_CUTS_OLD else policy
        return [policy_of[id] for id in class_ids]

    def _class_of(self, step: Step, each: Copied) -> int:
        return self._classes.named_in(step, each.name, each.color, each.supercategory)


def _cuts(left_out: int, changed: Changed) -> list[str]:
    """Sentences about what a policy took: of the copies, and of the objects that were there."""
    told = told_of(changed)
    if left_out:
        covered = say_n(
            "{n} object is covered whole and left out.", "{n} objects are covered whole and left out.", left_out
        )
        told.insert(0, covered)
    return told
