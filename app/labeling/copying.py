"""Copy, cut, paste and duplicate of saved objects: within an image, between images, projects and running programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from app.labeling.classes import Classes
from app.labeling.clip import Clip, Copied, clip_in, clip_of, text_of, written
from app.labeling.cutting import Changed, cut_all, told_of, write
from app.labeling.drafts import Drafts
from app.labeling.events import Notice, Tell
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.labeling.policies import NEW_CUTS_OLD, OLD_CUTS_NEW, Policy
from app.labeling.provenance import made_by
from app.labeling.saving import NOTHING_LEFT
from app.masks.placing import beside, fitted, moved
from app.masks.rle import Mask
from app.problem import Problem
from app.project.history.journal import Step
from app.project.records import Annotation, ChangeSet, Json
from app.text import say, say_n

PASTE = "paste"
"""Provenance of what was pasted or duplicated."""
_STEP_SHARE = 1 / 40
"""Of the shorter side of the image: so far aside lies a copy of what is there already."""
_LEAST_STEP_PX = 4
_MOST_PIXELS = 4_000_000_000
"""Of the boxes of masks that are fitted or moved at once: some seconds."""


class Clipboard(Protocol):
    """Where copies lie until they are pasted: the clipboard of the system, or one of our own."""

    def put(self, data: bytes, text: str) -> None:
        """Takes the place of what was there. text: the same in words."""
        ...

    def get(self) -> bytes | None:
        """Returns the objects that lie there; None when something else does, or nothing."""
        ...

    def has(self) -> bool:
        """Returns whether objects lie there, without taking them from the program that has them."""
        ...


class OwnClipboard:
    """Keeps copies in this process: there is no window."""

    def __init__(self) -> None:
        self._data: bytes | None = None

    def put(self, data: bytes, text: str) -> None:
        """Takes the place of what was there. text: is not kept."""
        self._data = data

    def get(self) -> bytes | None:
        """Returns the objects that lie there; None for nothing."""
        return self._data

    def has(self) -> bool:
        """Returns whether objects lie there."""
        return self._data is not None


class Copying:
    """Copies the selected objects and pastes them. Changes are one step each, and raise Problem in the past."""

    def __init__(self, place: Place, objects: Objects, classes: Classes, drafts: Drafts, tell: Tell) -> None:
        self._place, self._objects, self._classes, self._drafts = place, objects, classes, drafts
        self._tell = tell
        self.clipboard: Clipboard = OwnClipboard()

    def copy(self) -> int:
        """Puts the selected objects on the clipboard, those of the past too. Returns how many; Problem when they are
        too many."""
        chosen = self._objects.selected()
        if chosen:
            self._put(self._clip(chosen))
            self._tell(Notice(say_n("Copied {n} object.", "Copied {n} objects.", len(chosen))))
        return len(chosen)

    def cut(self) -> ChangeSet | None:
        """Puts the selected objects on the clipboard and deletes them, in one step. Returns None when there are
        none."""
        self._place.writable()
        chosen = self._objects.selected()
        if not chosen:
            return None
        self._put(self._clip(chosen))
        with self._place.project.step(say_n("Cut object", "Cut {n} objects", len(chosen))) as step:
            step.judge(chosen[0].image_id, [each.mask for each in chosen], "rejected")
            for each in chosen:
                step.delete(each)
        self._tell(Notice(say_n("Cut {n} object.", "Cut {n} objects.", len(chosen)), step.id))
        return step.changes

    def paste(self) -> ChangeSet | None:
        """Adds what is on the clipboard to the image, at the same place, and selects it. Returns None when there is
        nothing; Problem when that is damaged.

        In an image of another size it is fitted; where the same lies already, the copy lies a little aside.
        """
        self._place.writable()
        size, data = self._place.size(), self.clipboard.get()
        if size is None:
            return None
        if data is None:
            self._tell(Notice(say("There are no objects to paste: {key:edit.copy} copies the selected ones.")))
            return None
        clip = clip_in(data)
        named = say_n("Paste object", "Paste {n} objects", len(clip.objects))
        return self._add(clip, (size[1], size[0]), named, _pasted)

    def duplicate(self) -> ChangeSet | None:
        """Adds a copy of each selected object a little aside, and selects the copies. What is on the clipboard stays.
        Returns None when none is selected."""
        self._place.writable()
        chosen, size = self._objects.selected(), self._place.size()
        if not chosen or size is None:
            return None
        named = say_n("Duplicate object", "Duplicate {n} objects", len(chosen))
        clip = self._clip(chosen)
        return self._add(clip, (size[1], size[0]), named, _duplicated)

    # --- copies --------------------------------------------------------------------------------------------------

    def _clip(self, chosen: Sequence[Annotation]) -> Clip:
        past, image = self._place.past, self._place.image
        categories = past.categories if past else self._classes.all()
        return clip_of(image.path if image else "", chosen, {each.id: each for each in categories})

    def _put(self, clip: Clip) -> None:
        self.clipboard.put(written(clip), text_of(clip))

    def _add(self, clip: Clip, size: tuple[int, int], named: str, told: Callable[[int], str]) -> ChangeSet:
        """Adds the objects in one step, with what their policies cut. size: (height, width) of the image."""
        there = self._objects.all()
        masks, way = _placed([each.mask for each in clip.objects], [each.mask for each in there], size)
        with self._place.project.step(named) as step:
            ids, cuts = self._add_all(step, clip, masks, there, is_aside=any(way))
        if not self._drafts.draft.is_live:
            self._objects.select(*ids)
        self._tell(Notice(" ".join([told(len(ids)), *_remarks(clip, size, way), *cuts]), step.id))
        return step.changes

    def _add_all(
        self, step: Step, clip: Clip, masks: Sequence[Mask], there: Sequence[Annotation], *, is_aside: bool
    ) -> tuple[list[int], list[str]]:
        """Returns the ids of the new objects, and what was cut in sentences. Problem when nothing is left of any."""
        image_id, order = self._place.image_id, max((each.z_order for each in there), default=0)
        assert image_id is not None
        classes = self._classes_of(step, clip)
        policies = self._policies(classes, is_aside=is_aside)
        left, changed = cut_all(masks, policies, there)
        if not any(mask.area for mask in left):
            raise Problem(NOTHING_LEFT)
        step.judge(image_id, masks, "accepted")
        write(step, changed)
        provenance: Json = {"by": PASTE, "from": clip.image} if clip.image else {"by": PASTE}
        ids: list[int] = []
        for each, category_id, mask, whole in zip(clip.objects, classes, left, masks, strict=True):
            if mask.area or not whole.area:
                row = Annotation(
                    0, image_id, category_id, mask, each.iscrowd, order, attributes=each.attributes or {},
                    provenance=provenance if mask == whole else made_by(provenance),
                )  # fmt: skip
                ids.append(step.add(row).id)
        return ids, _cuts(len(masks) - len(ids), changed)

    def _policies(self, classes: Sequence[int | None], *, is_aside: bool) -> list[Policy]:
        """A copy that lies aside of what it is a copy of gives way: nobody wants to cut the original with it."""
        known = {each.id: each for each in self._classes.all()}
        found: list[Policy] = []
        for each in classes:
            policy = self._classes.policies.of(known.get(each or 0))
            found.append(OLD_CUTS_NEW if is_aside and policy == NEW_CUTS_OLD else policy)
        return found

    def _classes_of(self, step: Step, clip: Clip) -> list[int | None]:
        """The class of each object; those that are not there are made, each once."""
        classes: dict[str, int | None] = {"": None}
        for each in clip.objects:
            if each.name not in classes:
                classes[each.name] = self._class_of(step, each)
        return [classes[each.name] for each in clip.objects]

    def _class_of(self, step: Step, each: Copied) -> int:
        return self._classes.named_in(step, each.name, each.color, each.supercategory)


def _placed(masks: Sequence[Mask], there: Sequence[Mask], size: tuple[int, int]) -> tuple[list[Mask], tuple[int, int]]:
    """The masks as they are pasted into an image of that (height, width), and how far aside. there: those in it."""
    pixels = sum(mask.bbox[2] * mask.bbox[3] for mask in masks)
    if pixels > _MOST_PIXELS and any(mask.size != size for mask in masks):
        raise Problem(say("The masks are too large to be fitted at once: copy fewer at a time."))
    masks = [fitted(mask, size) for mask in masks]
    way = beside(masks, there, max(round(min(size) * _STEP_SHARE), _LEAST_STEP_PX))
    return [moved(mask, *way) for mask in masks], way


def _remarks(clip: Clip, size: tuple[int, int], way: tuple[int, int]) -> list[str]:
    """Sentences about what is not as it was. size: (height, width) of the image."""
    remarks: list[str] = []
    others = [each.mask.size for each in clip.objects if each.mask.size != size]
    if others:
        height, width = others[0]
        remarks.append(say("Fitted: it comes from an image of {width} x {height}.", width=width, height=height))
    if any(way):
        remarks.append(say("A little aside: the same is there already."))
    return [str(remark) for remark in remarks]


def _pasted(count: int) -> str:
    return say_n("Pasted {n} object.", "Pasted {n} objects.", count)


def _duplicated(count: int) -> str:
    return say_n("Duplicated {n} object.", "Duplicated {n} objects.", count)


def _cuts(left_out: int, changed: Changed) -> list[str]:
    """Sentences about what a policy took: of the copies, and of the objects that were there."""
    told = told_of(changed)
    if left_out:
        covered = say_n(
            "{n} object is covered whole and left out.", "{n} objects are covered whole and left out.", left_out
        )
        told.insert(0, covered)
    return told
