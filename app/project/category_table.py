"""The classes of a project, as they are in its file."""

from __future__ import annotations

from collections.abc import Callable

from app.project.open_file import OpenFile
from app.project.records import Category, ChangeSet
from app.project.rows import TABLES
from app.project.tables.categories import category_of


class CategoryTable:
    """Reads the classes, and remembers them."""

    def __init__(self, file: OpenFile, is_in_step: Callable[[], bool]) -> None:
        """Reads the classes of an open file. is_in_step: whether a step is under way, in which nothing is remembered:
        it may have made some, and an import of another connection may have changed what was."""
        self._file, self._is_in_step = file, is_in_step
        self._all: list[Category] | None = None

    def all(self) -> list[Category]:
        """Returns the classes by id."""
        if self._is_in_step():
            return self._read()
        if self._all is None:
            self._all = self._read()
        return list(self._all)

    def named(self, name: str) -> Category | None:
        """Returns the first class of exactly that name, as it is in the file; None when there is none."""
        found = self._file.all(category_of, f"{TABLES['category'].select} WHERE name = ? ORDER BY id LIMIT 1", name)
        return found[0] if found else None

    def _read(self) -> list[Category]:
        return self._file.all(category_of, f"{TABLES['category'].select} ORDER BY id")

    def changed(self, changes: ChangeSet) -> None:
        """Follows a step in what is remembered."""
        if changes.of(Category):
            self._all = None

    def forget(self) -> None:
        """Forgets what was remembered."""
        self._all = None
