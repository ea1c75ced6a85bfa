"""How many objects there are, and how long they took."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection
from typing import Any

from app.project.open_file import OpenFile
from app.project.records import Annotation, ChangeSet, Journaled
from app.project.rows import TABLES


class Statistics:
    """Counts the rows of a project. What was counted once is kept up to date with each step."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._by_image: Counter[int] | None = None
        self._by_category: Counter[int | None] | None = None
        self._timed: Counter[str] | None = None

    def counts(self) -> dict[str, int]:
        """Returns the number of images, categories and annotations, by the name of the table."""
        return {name: self._file.all(_first, f"SELECT count(*) FROM {name}")[0] for name in TABLES}  # noqa: S608

    def annotation_counts(self) -> Counter[int]:
        """Returns the number of annotations by image id; 0 for the others."""
        if self._by_image is None:
            self._by_image = self._counted("image_id")
        return self._by_image

    def category_counts(self) -> Counter[int | None]:
        """Returns the number of annotations by category id; 0 for the others."""
        if self._by_category is None:
            self._by_category = self._counted("category_id")
        return self._by_category

    def category_counts_on(self, image_ids: Collection[int]) -> Counter[int | None]:
        """Returns the number of annotations on these images by category id; 0 for the others."""
        counts = Counter[int | None]()
        query = "SELECT image_id, category_id, count(*) FROM annotation GROUP BY image_id, category_id"
        for image_id, category_id, number in self._file.all(tuple, query):
            if image_id in image_ids:
                counts[category_id] += number
        return counts

    def _counted(self, column: str) -> Counter[Any]:
        query = f"SELECT {column}, count(*) FROM annotation GROUP BY {column}"  # noqa: S608
        return Counter(dict(self._file.all(_pair, query)))

    def mean_milliseconds(self) -> float | None:
        """Returns the active time for one accepted object, over those that have any; None while there are none."""
        if self._timed is None:
            query = "SELECT count(*), coalesce(sum(milliseconds), 0) FROM annotation WHERE milliseconds > 0"
            [(objects, milliseconds)] = self._file.all(_pair, query)
            self._timed = Counter(objects=objects, milliseconds=milliseconds)
        return self._timed["milliseconds"] / self._timed["objects"] if self._timed["objects"] else None

    def changed(self, changes: ChangeSet) -> None:
        """Follows a step in what was counted."""
        if self._by_image is None and self._by_category is None and self._timed is None:
            return
        for change in changes.of(Annotation):
            self._count(change.before, -1)
            self._count(change.after, +1)

    def _count(self, record: Journaled | None, sign: int) -> None:
        if not isinstance(record, Annotation):
            return
        if self._by_image is not None:
            self._by_image[record.image_id] += sign
        if self._by_category is not None:
            self._by_category[record.category_id] += sign
        if self._timed is not None and record.milliseconds > 0:
            self._timed.update(objects=sign, milliseconds=sign * record.milliseconds)

    def forget(self) -> None:
        """Forgets what was counted."""
        self._by_image = self._by_category = self._timed = None


def _first(row: sqlite3.Row) -> Any:
    return row[0]


def _pair(row: sqlite3.Row) -> tuple[Any, int]:
    return row[0], row[1]
