"""The objects of the image that was asked for last. After each change all of them are asked for, by the canvas and the
list: of thousands, one is different."""

from __future__ import annotations

from collections.abc import Callable

from app.project.records import Annotation, Journaled


class Recent:
    """Remembers the objects of one image."""

    def __init__(self, read: Callable[[int], list[Annotation]]) -> None:
        """Remembers nothing yet. read: the objects of an image, by id."""
        self._read = read
        self._image_id: int | None = None
        self._objects: dict[int, Annotation] = {}

    def objects(self, image_id: int) -> list[Annotation]:
        """Returns the objects of the image by id."""
        if self._image_id != image_id:
            self._objects = {each.id: each for each in self._read(image_id)}
            self._image_id = image_id
        return list(self._objects.values())

    def forget(self) -> None:
        """Forgets what was remembered."""
        self._image_id, self._objects = None, {}

    def change(self, before: Journaled | None, after: Journaled | None) -> None:
        """What is in the file now."""
        if isinstance(after, Annotation) and after.image_id == self._image_id:
            if after.id not in self._objects and after.id < next(reversed(self._objects), 0):
                self.forget()  # one that comes back has its place among the others
            else:
                self._objects[after.id] = after
        elif isinstance(before, Annotation) and before.image_id == self._image_id:
            self._objects.pop(before.id, None)
