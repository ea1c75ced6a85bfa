"""The objects of a project, as they are in its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from app.project.connection import sentences
from app.project.open_file import OpenFile
from app.project.recent import STACKED, Recent
from app.project.records import Annotation, ChangeSet
from app.project.rows import TABLES
from app.project.tables.annotations import annotation_of
from app.project.tables.stored_json import dump


class AnnotationTable:
    """Reads the objects; those of the image that was asked for last are remembered."""

    def __init__(self, file: OpenFile, is_in_step: Callable[[], bool]) -> None:
        """Reads and writes the annotations of an open file. is_in_step: whether a step is under way, in which nothing
        is remembered."""
        self._file, self._is_in_step = file, is_in_step
        self._read = TABLES["annotation"].read_in(file.schema_version)
        self._recent = Recent(self._of_image)

    def of_image(self, image_id: int) -> list[Annotation]:
        """Returns the objects of the image by id."""
        if self._is_in_step() or self._file.read_only_reason:
            return self._of_image(image_id)
        return self._recent.objects(image_id)

    def stacked(self, image_id: int) -> list[Annotation]:
        """Returns the objects of an image as they lie on each other, the topmost last. Problem as of_image()."""
        if self._is_in_step() or self._file.read_only_reason:
            return sorted(self._of_image(image_id), key=STACKED)
        return self._recent.stacked(image_id)

    def _of_image(self, image_id: int) -> list[Annotation]:
        return self._file.all(annotation_of, f"{self._read} WHERE image_id = ? ORDER BY id", image_id)

    def get(self, annotation_id: int) -> Annotation | None:
        """Returns the object with that id; None when there is none."""
        found = self._file.all(annotation_of, f"{self._read} WHERE id = ?", annotation_id)
        return found[0] if found else None

    def with_ids(self, ids: Iterable[int]) -> list[Annotation]:
        """Returns those of these ids that there are."""
        select = f"{self._read} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608
        return self._file.all(annotation_of, select, dump(list(ids)))

    def all(self) -> Iterator[Annotation]:
        """Yields every object, image by image, one at a time."""
        with sentences(self._file.path):
            for row in self._file.db.execute(f"{self._read} ORDER BY image_id, id"):
                yield annotation_of(row)

    def all_stacked(self) -> Iterator[Annotation]:
        """Yields every object, image by image, as they lie on each other: the topmost of an image last."""
        with sentences(self._file.path):
            for row in self._file.db.execute(f"{self._read} ORDER BY image_id, z_order, id"):
                yield annotation_of(row)

    def changed(self, changes: ChangeSet) -> None:
        """Follows a step in what is remembered."""
        self._recent.follow(changes.of(Annotation))

    def forget(self) -> None:
        """Forgets what was remembered."""
        self._recent.forget()
