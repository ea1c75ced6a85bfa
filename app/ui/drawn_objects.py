"""The saved objects of an image as they are drawn. Of thousands, only those are made anew that are different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.masks.rle import Mask
from app.project.records import Annotation, Category
from app.ui.canvas.shapes import Drawn
from app.ui.class_colors import color_of
from app.ui.outline_store import OutlineStore
from app.ui.splices import spliced, splices


class DrawnObjects:
    """Keeps what is drawn of each object: its outline in its colour, or nothing while it is hidden or not traced."""

    def __init__(self, outlines: OutlineStore) -> None:
        """Begins with none. outlines: where those are found that were traced."""
        self._outlines = outlines
        self._objects: Sequence[Annotation] = ()
        self._ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._drawn: list[Drawn | None] = []
        """What is drawn of each of them."""
        self._categories: Mapping[int, Category] = {}
        self._resumed_id: int | None = None
        self._untraced: set[int] = set()
        """The ids of those that would be drawn if their outlines were here."""

    def show(
        self, objects: Sequence[Annotation], categories: Mapping[int, Category], resumed_id: int | None
    ) -> list[Drawn]:
        """Returns what is drawn of these objects, in their order. What is as it was is the very same `Drawn` as before.

        categories: by id; resumed_id: of the one that is being refined, which is drawn by the live layer alone.
        """
        recolored = {id for id, _ in _colors(self._categories).items() ^ _colors(categories).items()}
        resumed = {self._resumed_id} ^ {resumed_id}
        self._categories, self._resumed_id = categories, resumed_id
        traced = self._untraced & self._outlines.take_arrived()
        self._follow(objects)
        anew = self._places(resumed | traced)
        anew |= {i for i, each in enumerate(objects) if each.category_id in recolored} if recolored else set()
        for i in anew:
            self._drawn[i] = self._made(objects[i], objects[i], self._drawn[i])
        return [*filter(None, self._drawn)]

    def _places(self, ids: Set[int | None]) -> set[int]:
        """Finds the objects with these ids in the list, without a look at each."""
        wanted = [id for id in ids if id is not None]
        return set(np.flatnonzero(np.isin(self._ids, wanted)).tolist()) if wanted else set()

    def missing(self) -> dict[int, Mask]:
        """Returns the masks to be traced, by the ids of their objects. They count as asked for from now on."""
        return self._outlines.missing([self._objects[i] for i in sorted(self._places(self._untraced))])

    def _follow(self, objects: Sequence[Annotation]) -> None:
        changes = splices(self._objects, objects)
        spans = [slice(change.at, change.at + len(change.gone)) for change in changes]
        pairs = [pair for span in spans for pair in zip(self._objects[span], self._drawn[span], strict=True)]
        before = {annotation.id: (annotation, drawn) for annotation, drawn in pairs}
        self._untraced -= before.keys()
        for change, span in zip(reversed(changes), reversed(spans), strict=True):  # what stands before it stays there
            self._drawn[span] = [self._made(each, *before.get(each.id, (each, None))) for each in change.new]
        self._objects = objects
        self._ids = spliced(self._ids, changes, [each.id for change in changes for each in change.new])

    def _made(self, annotation: Annotation, before: Annotation, drawn: Drawn | None) -> Drawn | None:
        """Returns what is drawn of it; as before, if it looks as before and lies where it lay."""
        self._untraced.discard(annotation.id)
        if annotation.hidden or annotation.id == self._resumed_id:
            return None
        outline = self._outlines.get(annotation)
        if outline is None:
            self._untraced.add(annotation.id)
            return drawn  # as it was, until the new outline is traced: it does not vanish for a moment
        color = QColor(color_of(annotation, self._categories))
        is_same = drawn is not None and drawn.outline is outline and drawn.color == color
        if is_same and annotation.z_order == before.z_order:
            return drawn
        return Drawn(annotation.id, outline, annotation.mask.bbox, color)


def _colors(categories: Mapping[int, Category]) -> dict[int, str]:
    return {id: category.color for id, category in categories.items()}
