"""What a project tells of its past. Nothing is written."""

from __future__ import annotations

from datetime import datetime

from app.project.connection import sentences
from app.project.history import queries
from app.project.history.queries import Origin, PastStep, Touch
from app.project.open_file import OpenFile
from app.project.records import Annotation, Category


class History:
    """Reads the journal of one project. See `queries`, where each is told at length."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file

    def steps_of(self, image_id: int) -> list[PastStep]:
        """Returns who did what to the objects of the image and when, the newest first."""
        with sentences(self._file.path):
            return queries.steps_of(self._file.db, image_id)

    def touches_of(self, image_id: int) -> list[Touch]:
        """Returns the same as `steps_of`, without what they did."""
        with sentences(self._file.path):
            return queries.touches_of(self._file.db, image_id)

    def annotations_as_of(self, image_id: int, step_id: int) -> list[Annotation]:
        """Returns the objects of the image when that step was the last one, by id; 0: before the first."""
        with sentences(self._file.path):
            return queries.objects_as_of(self._file.db, image_id, step_id)

    def categories_as_of(self, step_id: int) -> list[Category]:
        """Returns the classes when that step was the last one, by id."""
        with sentences(self._file.path):
            return queries.categories_as_of(self._file.db, step_id)

    def origins(self, image_id: int) -> dict[int, Origin]:
        """Returns who made each object of the image and when, by its id."""
        with sentences(self._file.path):
            return queries.origins_of(self._file.db, image_id)

    def gone_ids(self, kind: str) -> frozenset[int]:
        """Returns the ids of the rows of a table that are gone and that a step in force still names. kind: annotation,
        category or image."""
        with sentences(self._file.path):
            return queries.gone_ids(self._file.db, kind)

    @property
    def begins(self) -> datetime | None:
        """The moment from which on steps are known; None when all are. Steps before it were compacted."""
        with sentences(self._file.path):
            return queries.begins(self._file.db)

    @property
    def newest_in_force(self) -> object:
        """What is another one as soon as a step was made, undone or redone, and the same again when that was taken
        back; None before the first step."""
        with sentences(self._file.path):
            return queries.newest_in_force(self._file.db)

    @property
    def last(self) -> datetime | None:
        """The time of the newest step; None before the first one."""
        with sentences(self._file.path):
            return queries.last(self._file.db)
