"""The saved objects of the image now shown: which are selected, and what is done to them."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from msgspec.structs import replace

from app.labeling.events import Changed, Notice, SessionEvent
from app.masks.rle import Mask
from app.problem import Problem
from app.project.history.restore import Past
from app.project.records import Annotation, ChangeSet
from app.project.store import Project

_ORDER = attrgetter("z_order", "id")
PAST = "This is how the image was. Esc: back to now."


class Objects:
    def __init__(self, project: Project, tell: Callable[[SessionEvent], None]) -> None:
        self._project = project
        self._tell = tell
        self._image_id: int | None = None
        self._selection: tuple[int, ...] = ()
        self.past: Past | None = None
        """What is shown instead of the objects of now; it cannot be changed."""

    def show(self, image_id: int | None) -> None:
        self._image_id, self.past = image_id, None
        self.select(None)

    def show_past(self, past: Past | None) -> None:
        """None: the objects of now again."""
        self.past = past
        self.select(*(i for i in self._selection if any(a.id == i for a in self.all())))
        self._tell(Changed("past"))

    def all(self) -> list[Annotation]:
        """Of the image, the topmost last."""
        if self._image_id is None:
            return []
        found = self._project.annotations(self._image_id) if self.past is None else self.past.objects
        return sorted(found, key=_ORDER)

    @property
    def count(self) -> int:
        if self.past is not None:
            return len(self.past.objects)
        return 0 if self._image_id is None else self._project.statistics.annotation_counts()[self._image_id]

    @property
    def selection(self) -> tuple[int, ...]:
        return self._selection

    def selected(self) -> list[Annotation]:
        return [a for a in self.all() if a.id in self._selection] if self._selection else []

    def select(self, *annotation_ids: int | None) -> None:
        """These and no others; None for none."""
        selection = tuple(i for i in annotation_ids if i is not None)
        if selection != self._selection:
            self._selection = selection
            self._tell(Changed("selection"))

    def toggle(self, annotation_id: int) -> None:
        """In or out of the selection."""
        others = tuple(i for i in self._selection if i != annotation_id)
        self.select(*(others if annotation_id in self._selection else (*others, annotation_id)))

    def select_neighbour(self, step: int) -> None:
        """The next or previous object; after the last comes the first."""
        ids = [a.id for a in self.all()]
        if not ids:
            return
        start = ids.index(self._selection[-1]) if self._selection else (-1 if step > 0 else 0)
        self.select(ids[(start + step) % len(ids)])

    def at(self, x: float, y: float) -> Annotation | None:
        """The topmost visible object that has this pixel."""
        return next((a for a in reversed(self.all()) if not a.hidden and covers(a.mask, x, y)), None)

    def delete_selected(self) -> ChangeSet | None:
        """All selected ones in one step; None when nothing is selected."""
        self.must_be_now()
        doomed = self.selected()
        if not doomed:
            return None
        with self._project.step("Delete object" if len(doomed) == 1 else f"Delete {len(doomed)} objects") as step:
            for annotation in doomed:
                step.delete(annotation)
        self._tell(Notice(f"Deleted {len(doomed)} object{'s' * (len(doomed) > 1)}.", undoable=True))
        return step.changes

    def set_category(self, category_id: int) -> ChangeSet | None:
        """Of the selected ones."""
        self.must_be_now()
        changing = [a for a in self.selected() if a.category_id != category_id]
        if not changing:
            return None
        with self._project.step("Change class") as step:
            for annotation in changing:
                step.put(replace(annotation, category_id=category_id))
        return step.changes

    def toggle_hidden(self, *annotation_ids: int) -> ChangeSet | None:
        """Hides them; shows them when all are hidden already."""
        self.must_be_now()
        chosen = [a for a in self.all() if a.id in annotation_ids]
        if not chosen:
            return None
        hide = not all(a.hidden for a in chosen)
        with self._project.step("Hide object" if hide else "Show object") as step:
            for annotation in chosen:
                step.put(replace(annotation, hidden=hide))
        return step.changes

    def must_be_now(self) -> None:
        """Problem while the past is shown."""
        if self.past is not None:
            raise Problem(f"{PAST} Nothing can be changed there.")

    def forget_deleted(self) -> None:
        """After a change of the project: what is gone is not selected."""
        self.select(*(a.id for a in self.selected()))


def covers(mask: Mask, x: float, y: float) -> bool:
    """Whether it has that pixel."""
    left, top, width, height = mask.bbox
    return left <= x < left + width and top <= y < top + height and mask.covers(int(x), int(y))
