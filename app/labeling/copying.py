"""Copy, cut, paste and duplicate of saved objects: within an image, between images, projects and running programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.labeling.classes import Classes
from app.labeling.clip import Clip, Copied, clip_in, clip_of, text_of, written
from app.labeling.drafts import Drafts
from app.labeling.events import Notice, Tell
from app.labeling.objects import Objects
from app.labeling.place import Place
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
        told = say_n("Pasted {n} object.", "Pasted {n} objects.", len(clip.objects))
        return self._add(clip, (size[1], size[0]), named, told)

    def duplicate(self) -> ChangeSet | None:
        """Adds a copy of each selected object a little aside, and selects the copies. What is on the clipboard stays.
        Returns None when none is selected."""
        self._place.writable()
        chosen, size = self._objects.selected(), self._place.size()
        if not chosen or size is None:
            return None
        named = say_n("Duplicate object", "Duplicate {n} objects", len(chosen))
        told = say_n("Duplicated {n} object.", "Duplicated {n} objects.", len(chosen))
        return self._add(self._clip(chosen), (size[1], size[0]), named, told)

    # --- copies --------------------------------------------------------------------------------------------------

    def _clip(self, chosen: Sequence[Annotation]) -> Clip:
        past, image = self._place.past, self._place.image
        categories = past.categories if past else self._classes.all()
        return clip_of(image.path if image else "", chosen, {each.id: each for each in categories})

    def _put(self, clip: Clip) -> None:
        self.clipboard.put(written(clip), text_of(clip))

    def _add(self, clip: Clip, size: tuple[int, int], named: str, told: str) -> ChangeSet:
        """Adds the objects in one step. size: (height, width) of the image."""
        there = self._objects.all()
        masks, way = _placed([each.mask for each in clip.objects], [each.mask for each in there], size)
        order = max((each.z_order for each in there), default=0)
        with self._place.project.step(named) as step:
            ids = self._add_all(step, clip, masks, order)
        if not self._drafts.draft.is_live:
            self._objects.select(*ids)
        self._tell(Notice(" ".join([told, *_remarks(clip, size, way)]), step.id))
        return step.changes

    def _add_all(self, step: Step, clip: Clip, masks: Sequence[Mask], order: int) -> list[int]:
        image_id = self._place.image_id
        assert image_id is not None
        step.judge(image_id, masks, "accepted")
        provenance: Json = {"by": PASTE, "from": clip.image} if clip.image else {"by": PASTE}
        classes: dict[str, int | None] = {"": None}
        ids: list[int] = []
        for each, mask in zip(clip.objects, masks, strict=True):
            if each.name not in classes:
                classes[each.name] = self._class_of(step, each)
            row = Annotation(
                0, image_id, classes[each.name], mask, each.iscrowd, order,
                attributes=each.attributes or {}, provenance=provenance,
            )  # fmt: skip
            ids.append(step.add(row).id)
        return ids

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
