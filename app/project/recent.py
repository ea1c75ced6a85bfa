"""The objects of the image that was asked for last. After each change all of them are asked for, by the canvas and the
list: of thousands, one is different."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from app.project.records import Annotation, Journaled

STACKED = attrgetter("z_order", "id")
"""The order in which objects lie on each other."""


class Recent:
    """Remembers the objects of one image."""

    def __init__(self, read: Callable[[int], list[Annotation]]) -> None:
        """Remembers nothing yet. read: the objects of an image, by id."""
        self._read = read
        self._image_id: int | None = None
        self._objects: dict[int, Annotation] = {}
        self._stacked: list[Annotation] | None = None

    def objects(self, image_id: int) -> list[Annotation]:
        """Returns the objects of the image by id."""
        if self._image_id != image_id:
            self._objects = {each.id: each for each in self._read(image_id)}
            self._image_id, self._stacked = image_id, None
        return list(self._objects.values())

    def stacked(self, image_id: int) -> list[Annotation]:
        """Returns the objects of the image as they lie on each other, the topmost last. They are sorted once."""
        objects = self.objects(image_id)
        if self._stacked is None:
            self._stacked = sorted(objects, key=STACKED)
        return list(self._stacked)

    def forget(self) -> None:
        """Forgets what was remembered."""
        self._image_id, self._objects, self._stacked = None, {}, None

    def change(self, before: Journaled | None, after: Journaled | None) -> None:
        """What is in the file now."""
        self._stacked = None
        if isinstance(after, Annotation) and after.image_id == self._image_id:
            if after.id not in self._objects and after.id < next(reversed(self._objects), 0):
                self.forget()  # one that comes back has its place among the others
            else:
                self._objects[after.id] = after
        elif isinstance(before, Annotation) and before.image_id == self._image_id:
            self._objects.pop(before.id, None)
