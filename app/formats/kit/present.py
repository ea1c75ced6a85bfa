"""What was on the images of a project before an import: an object of a file that is there already comes in no second
time."""

from __future__ import annotations

from typing import TypeAlias

from app.project.records import Annotation
from app.project.store import Project

_MOST_HELD = 4000
"""Objects, and images, that are compared with the file at a time, beside those of one image."""
_Key: TypeAlias = tuple[int | None, str, bool]


class Present:
    """The objects of images, each of which answers for one of the file."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._images: dict[int, dict[_Key, list[Annotation]]] = {}
        """By the ids of the images: a track goes from image to image, and another one again."""
        self._held = 0
        """Objects of them."""

    def take(self, annotation: Annotation) -> Annotation | None:
        """Returns the object of the project that has the class and the mask of this one, on its image; None when there
        is none that has not answered yet."""
        if annotation.image_id not in self._images:
            self._hold(annotation.image_id)
        there = self._images[annotation.image_id].get(_key(annotation))
        if not there:
            return None
        self._held -= 1
        return there.pop(0)

    def _hold(self, image_id: int) -> None:
        """Keeps what is on an image now, in the place of what was kept longest."""
        found = self._project.annotations(image_id)
        self._held += len(found)
        while self._images and (self._held > _MOST_HELD or len(self._images) >= _MOST_HELD):
            self._held -= sum(map(len, self._images.pop(next(iter(self._images))).values()))
        by_key = self._images[image_id] = {}
        for each in found:
            by_key.setdefault(_key(each), []).append(each)


def _key(annotation: Annotation) -> _Key:
    return annotation.category_id, annotation.mask.counts, annotation.iscrowd
