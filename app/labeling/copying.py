"""Copy, cut, paste and duplicate of saved objects: within an image, between images, projects and running programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from app.labeling.classes import Classes
from app.labeling.clip import Clip, clip_in, clip_of, text_of, written
from app.labeling.drafts import Drafts
from app.labeling.events import Notice, Tell
from app.labeling.object_steps import Outcome, RowsStep, do
from app.labeling.objects import Objects
from app.labeling.paste_step import PasteData, PasteStep, named_paste
from app.labeling.place import Place
from app.project.records import Annotation, ChangeSet
from app.text import say, say_n

_MUCH = 100_000
"""Bytes of objects that are read within some milliseconds."""


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
        named = say_n("Cut object", "Cut {n} objects", len(chosen))
        return self._do(RowsStep(named, chosen, lambda _: None, _cut))

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
        if len(data) > _MUCH:
            return self._do(PasteData(data, self._image_id(), (size[1], size[0]), _pasted))
        clip = clip_in(data)
        return self._add(clip, size, named_paste(clip), _pasted)

    def duplicate(self) -> ChangeSet | None:
        """Adds a copy of each selected object a little aside, and selects the copies. What is on the clipboard stays.
        Returns None when none is selected."""
        self._place.writable()
        chosen, size = self._objects.selected(), self._place.size()
        if not chosen or size is None:
            return None
        named = say_n("Duplicate object", "Duplicate {n} objects", len(chosen))
        return self._add(self._clip(chosen), size, named, _duplicated)

    # --- copies --------------------------------------------------------------------------------------------------

    def _clip(self, chosen: Sequence[Annotation]) -> Clip:
        past, image = self._place.past, self._place.image
        categories = past.categories if past else self._classes.all()
        return clip_of(image.path if image else "", chosen, {each.id: each for each in categories})

    def _put(self, clip: Clip) -> None:
        self.clipboard.put(written(clip), text_of(clip))

    def _add(self, clip: Clip, size: tuple[int, int], named: str, told: Callable[[int], str]) -> ChangeSet | None:
        """Adds the objects in one step, with what their policies cut. size: (width, height) of the image."""
        return self._do(PasteStep(named, clip, self._image_id(), (size[1], size[0]), told))

    def _image_id(self) -> int:
        assert self._place.image_id is not None
        return self._place.image_id

    def _do(self, step: PasteStep | PasteData | RowsStep) -> ChangeSet | None:
        return do(step, self._place.project, self._tell, self._done, is_long=step.is_long)

    def _done(self, outcome: Outcome) -> None:
        if outcome.selected and not self._drafts.draft.is_live:
            self._objects.select(*outcome.selected)
        self._tell(Notice(outcome.told, outcome.changes.step_id if outcome.changes else None))


def _cut(count: int) -> str:
    return say_n("Cut {n} object.", "Cut {n} objects.", count)


def _pasted(count: int) -> str:
    return say_n("Pasted {n} object.", "Pasted {n} objects.", count)


def _duplicated(count: int) -> str:
    return say_n("Duplicated {n} object.", "Duplicated {n} objects.", count)
