"""Parts that a hand adds to an object or cuts out of it: by polygons, boxes, lines and fills."""

from __future__ import annotations

from app.labeling.editor import Editor
from app.labeling.events import Notice, Tell
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.masks.regions import added, empty, removed
from app.masks.rle import Region
from app.text import say


class Painter:
    """Combines a part with the object in the making, or else with the one that is selected."""

    def __init__(self, place: Place, editor: Editor, objects: Objects, tell: Tell) -> None:
        self._place, self._editor, self._objects, self._tell = place, editor, objects, tell

    def combine(self, part: Region, by: str, *, adds: bool = True) -> None:
        """Adds a part to the object, or cuts it out of it. What is added to nothing is a new object.

        by: what it was made with, as in Editor.edit. Raises Problem when the result reaches over too much of a huge
        image, and while the past is shown.
        """
        if self._place.size() is None:
            return
        if not part.pixels.any():
            self._tell(Notice(say("That covers no pixel of the image.")))
            return
        before = self.mask()
        if adds:
            self.replace(added(before or empty(self._place.image_size), part), by)
        elif before is not None:
            self.replace(removed(before, part), by)
        else:
            self._tell(Notice(say("There is nothing to cut from: make a mask, or pick an object up first.")))

    def mask(self) -> Region | None:
        """Returns what is worked on: the object in the making, else the one selected; None when there is neither."""
        shown, selected = self._editor.proposal, self._objects.selected()
        if self._editor.draft.is_live or len(selected) != 1:
            return shown.region if shown else None
        return selected[0].mask.region()

    def replace(self, mask: Region, by: str) -> None:
        """Makes this the mask of what is worked on; a selected object is picked up for it. by: as in combine."""
        if not self._editor.draft.is_live and len(self._objects.selection) == 1:
            self._editor.resume(self._objects.selection[0])
        self._editor.edit(mask, by)
