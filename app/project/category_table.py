"""The classes of a project, as they are in its file."""

from __future__ import annotations

from app.project.open_file import OpenFile
from app.project.records import Category, ChangeSet
from app.project.rows import TABLES
from app.project.tables.categories import category_of


class CategoryTable:
    """Reads the classes, and remembers them."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._all: list[Category] | None = None

    def all(self) -> list[Category]:
        """Returns the classes by id."""
        if self._all is None:
            self._all = self._file.all(category_of, f"{TABLES['category'].select} ORDER BY id")
        return list(self._all)

    def changed(self, changes: ChangeSet) -> None:
        """Follows a step in what is remembered."""
        if changes.of(Category):
            self._all = None

    def forget(self) -> None:
        """Forgets what was remembered."""
        self._all = None
