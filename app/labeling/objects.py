"""The saved objects of the image now shown: which are selected, and what is done to them."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from msgspec.structs import replace

from app.labeling.events import Changed, Notice, Tell
from app.labeling.object_steps import Outcome, RowsStep, do
from app.labeling.place import Place
from app.masks.boxes import meeting
from app.masks.rle import Mask, Region
from app.project.recent import STACKED
from app.project.records import Annotation, ChangeSet
from app.text import say, say_n


class Objects:
    """Selects, deletes, hides and classifies saved objects. Changes raise Problem in the past."""

    def __init__(self, place: Place, tell: Tell) -> None:
        self._place, self._project, self._tell = place, place.project, tell
        self._selection: tuple[int, ...] = ()

    def all(self) -> list[Annotation]:
        """Returns the objects of the image, or those of its past; the topmost last."""
        image_id, past = self._place.image_id, self._place.past
        if image_id is None:
            return []
        if past is None:
            return self._project.annotation_table.stacked(image_id)
        return sorted(past.objects, key=STACKED)

    @property
    def count(self) -> int:
        """The number of objects that all() returns."""
        image_id, past = self._place.image_id, self._place.past
        if past is not None:
            return len(past.objects)
        return 0 if image_id is None else self._project.statistics.annotation_counts()[image_id]

    @property
    def selection(self) -> tuple[int, ...]:
        """The ids of those selected, in the order in which they were."""
        return self._selection

    def selected(self) -> list[Annotation]:
        """Returns those selected, the topmost last."""
        chosen = set(self._selection)
        return [a for a in self.all() if a.id in chosen] if chosen else []

    def select(self, *annotation_ids: int | None) -> None:
        """Selects these and no others; None, or nothing, for none."""
        selection = tuple(i for i in annotation_ids if i is not None)
        if selection != self._selection:
            self._selection = selection
            self._tell(Changed("selection"))

    def toggle(self, annotation_id: int) -> None:
        """Takes an object into the selection, or out of it."""
        others = tuple(i for i in self._selection if i != annotation_id)
        self.select(*(others if annotation_id in self._selection else (*others, annotation_id)))

    def select_neighbour(self, step: int) -> None:
        """Selects the next object, or with -1 the previous one; after the last comes the first."""
        ids = [a.id for a in self.all()]
        if not ids:
            return
        last = self._selection[-1] if self._selection else None
        start = ids.index(last) if last in ids else (-1 if step > 0 else 0)
        self.select(ids[(start + step) % len(ids)])

    def at(self, x: float, y: float) -> Annotation | None:
        """Returns the topmost visible object that has this pixel."""
        return next((a for a in reversed(self.all()) if not a.hidden and covers(a.mask, x, y)), None)

    def most_below(self, part: Region) -> Annotation | None:
        """Returns the visible object of which the part has most pixels; None when it has none of any."""
        x, y, width, height = part.bbox
        near = self.touching(x, y, x + width - 1, y + height - 1) if width and height else []
        below = [int(np.count_nonzero(each.mask.window(x, y, width, height) & part.pixels)) for each in near]
        return near[int(np.argmax(below))] if any(below) else None

    def touching(self, x0: float, y0: float, x1: float, y1: float) -> list[Annotation]:
        """Returns the visible objects that have a pixel in the box, the topmost last. Its corners are in any order."""
        left, right = sorted((math.floor(x0), math.floor(x1)))
        top, bottom = sorted((math.floor(y0), math.floor(y1)))
        box = left, top, right + 1, bottom + 1
        seen = [each for each in self.all() if not each.hidden]
        boxes = np.array([each.mask.bbox for each in seen], np.int64).reshape(-1, 4)
        near = np.flatnonzero(meeting(boxes, (left, top, right + 1 - left, bottom + 1 - top))).tolist()
        return [each for each in map(seen.__getitem__, near) if reaches(each.mask, box)]

    def delete_selected(self) -> ChangeSet | None:
        """Deletes all selected ones in one step. Returns None when nothing is selected."""
        self._place.writable()
        doomed = self.selected()
        if not doomed:
            return None
        category_id = doomed[0].category_id
        name = next((each.name for each in self._project.categories() if each.id == category_id), "")
        named = say_n("Delete object", "Delete {n} objects", len(doomed))
        return self._do(RowsStep(named, doomed, lambda _: None, partial(_deleted, name)))

    def set_category(self, category_id: int) -> ChangeSet | None:
        """Sets the class of the selected ones. Returns None when they have it already."""
        self._place.writable()
        changing = [a for a in self.selected() if a.category_id != category_id]
        if not changing:
            return None
        return self._do(RowsStep(say("Change class"), changing, lambda each: replace(each, category_id=category_id)))

    def toggle_hidden(self, *annotation_ids: int) -> ChangeSet | None:
        """Hides these objects, or shows them when all are hidden already. Returns None when none is there."""
        self._place.writable()
        ids = set(annotation_ids)
        chosen = [a for a in self.all() if a.id in ids]
        if not chosen:
            return None
        hide = not all(a.hidden for a in chosen)
        named = say("Hide object") if hide else say("Show object")
        return self._do(RowsStep(named, chosen, lambda each: replace(each, hidden=hide)))

    def _do(self, step: RowsStep) -> ChangeSet | None:
        return do(step, self._project, self._tell, self._done, is_long=step.is_long)

    def _done(self, outcome: Outcome) -> None:
        if outcome.told:
            self._tell(Notice(outcome.told, outcome.changes.step_id if outcome.changes else None))

    def forget_deleted(self) -> None:
        """Keeps in the selection only what is still there."""
        self.select(*(a.id for a in self.selected()))


def _deleted(name: str, count: int) -> str:
    """Says what is gone; of a single one, its class."""
    if count != 1 or not name:
        return say_n("Deleted {n} object.", "Deleted {n} objects.", count)
    return say("Deleted 1 object: {name}.", name=name)


def covers(mask: Mask, x: float, y: float) -> bool:
    """Returns True if the mask has that pixel."""
    left, top, width, height = mask.bbox
    return left <= x < left + width and top <= y < top + height and mask.covers(int(x), int(y))


def reaches(mask: Mask, box: tuple[int, int, int, int]) -> bool:
    """Returns True if the mask has a pixel in the box. box: x0, y0, x1, y1, the last two behind its last pixel."""
    left, top, width, height = mask.bbox
    x0, y0 = max(left, box[0]), max(top, box[1])
    x1, y1 = min(left + width, box[2]), min(top + height, box[3])
    if x0 >= x1 or y0 >= y1:
        return False
    return _has_side(mask, (x0, y0, x1, y1)) or bool(mask.window(x0, y0, x1 - x0, y1 - y0).any())


def _has_side(mask: Mask, box: tuple[int, int, int, int]) -> bool:
    """Returns True if a box has a side of the mask's own whole: on it is a pixel, nothing has to be decoded."""
    left, top, width, height = mask.bbox
    across, down = box[2] - box[0] == width, box[3] - box[1] == height
    has_end = box[0] == left or box[2] == left + width, box[1] == top or box[3] == top + height
    return (down and has_end[0]) or (across and has_end[1])
