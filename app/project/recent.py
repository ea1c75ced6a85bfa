"""The objects of the image that was asked for last. After each change all of them are asked for, by the canvas and the
list: of thousands, one is different."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from app.project.records import Annotation, Change, Journaled

STACKED = attrgetter("z_order", "id")
"""The order in which objects lie on each other."""
_BY_ID = attrgetter("id")
_FEW = 50
"""Changes that are followed one by one."""


class Recent:
    """Remembers the objects of one image, and follows what changes of them."""

    def __init__(self, read: Callable[[int], list[Annotation]]) -> None:
        """Remembers nothing yet. read: the objects of an image, by id."""
        self._read = read
        self._image_id: int | None = None
        self._objects: list[Annotation] = []
        self._stacked: list[Annotation] = []

    def objects(self, image_id: int) -> list[Annotation]:
        """Returns the objects of the image by id."""
        self._look_at(image_id)
        return list(self._objects)

    def stacked(self, image_id: int) -> list[Annotation]:
        """Returns the objects of the image as they lie on each other, the topmost last."""
        self._look_at(image_id)
        return list(self._stacked)

    def _look_at(self, image_id: int) -> None:
        if self._image_id != image_id:
            self._objects = self._read(image_id)
            self._stacked = sorted(self._objects, key=STACKED)
            self._image_id = image_id

    def forget(self) -> None:
        """Forgets what was remembered."""
        self._image_id, self._objects, self._stacked = None, [], []

    def follow(self, changes: Sequence[Change]) -> None:
        """Follows rows to what is in the file now; each takes its place among the others."""
        if self._image_id is None:
            return
        if len(changes) > _FEW:
            self._follow_all(changes)
            return
        for change in changes:
            self._follow(change.before, change.after)

    def _follow_all(self, changes: Sequence[Change]) -> None:
        """Follows many at once: to open a list of thousands for each of them takes half a second."""
        now = {each.id: each for each in self._objects}
        for before, after in ((each.before, each.after) for each in changes):
            if isinstance(before, Annotation) and before.image_id == self._image_id and not now.pop(before.id, None):
                self.forget()
                return
            if isinstance(after, Annotation) and after.image_id == self._image_id:
                now[after.id] = after
        self._objects = sorted(now.values(), key=_BY_ID)
        self._stacked = sorted(self._objects, key=STACKED)

    def _follow(self, before: Journaled | None, after: Journaled | None) -> None:
        if isinstance(before, Annotation) and before.image_id == self._image_id:
            is_known = _take_out(self._objects, before, _BY_ID) and _take_out(self._stacked, before, STACKED)
            if not is_known:
                self.forget()
        if isinstance(after, Annotation) and after.image_id == self._image_id:
            _take_out(self._objects, after, _BY_ID)  # one that is told of twice is there once
            _take_out(self._stacked, after, STACKED)
            insort(self._objects, after, key=_BY_ID)
            insort(self._stacked, after, key=STACKED)


def _take_out(objects: list[Annotation], gone: Annotation, order: Callable[[Annotation], Any]) -> bool:
    """Returns False when it is not where it was said to be."""
    at = bisect_left(objects, order(gone), key=order)
    if at == len(objects) or objects[at].id != gone.id:
        return False
    del objects[at]
    return True
