"""What a project tells of its past. Nothing is written."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

from app.project.connection import sentences
from app.project.history import queries
from app.project.history.queries import Origin, PastStep, Touch
from app.project.records import Annotation, Category


class LookingBack:
    """The part of a Project that reads its journal. See history, where each is told at length."""

    path: Path
    _db: sqlite3.Connection

    def steps_of(self, image_id: int) -> list[PastStep]:
        """Who did what to the objects of the image and when, the newest first."""
        with sentences(self.path):
            return queries.steps_of(self._db, image_id)

    def touches_of(self, image_id: int) -> list[Touch]:
        """As `steps_of`, without what they did."""
        with sentences(self.path):
            return queries.touches_of(self._db, image_id)

    def annotations_as_of(self, image_id: int, step_id: int) -> list[Annotation]:
        """As `annotations`, when that step was the last one; 0: before the first."""
        with sentences(self.path):
            return queries.objects_as_of(self._db, image_id, step_id)

    def categories_as_of(self, step_id: int) -> list[Category]:
        """As `categories`, when that step was the last one."""
        with sentences(self.path):
            return queries.categories_as_of(self._db, step_id)

    def origins(self, image_id: int) -> dict[int, Origin]:
        """Who made each object of the image and when, by its id."""
        with sentences(self.path):
            return queries.origins_of(self._db, image_id)

    @property
    def history_begins(self) -> datetime | None:
        """From when on steps are known; None: all are. What was before was compacted."""
        with sentences(self.path):
            return queries.begins(self._db)
