"""One table of the project file: the columns, the record of a row, and the SQL that reads and writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from app.project.records import Record

StoredRow: TypeAlias = dict[str, Any]


def literal(value: int | str | None) -> str:
    """Returns a value of ours in SQL."""
    return "NULL" if value is None else repr(value)


@dataclass(frozen=True, eq=False)
class Table:
    """The columns of one table, and the statements that read and write its rows."""

    name: str
    kind: type[Record]
    """What a row is in memory."""
    noun: str
    """What a person calls its rows."""
    values: Callable[[Any], tuple[Any, ...]]
    """The values of a record, in the order of `all_columns`; the id 0 is None, and SQLite chooses it."""
    record: Callable[[StoredRow | sqlite3.Row], Record]
    """The record of a row."""
    mended: Callable[[StoredRow], StoredRow | None]
    """A row of a damaged file as it may be saved; None when the damage took what it was about."""
    columns: tuple[str, ...]
    """Those that steps change."""
    found: tuple[str, ...] = ()
    """Those that reading the file of an image tells. They come and go with the row, but no step, undo or redo changes
    them: they are true."""
    usual: Mapping[str, int | str | None] = field(default_factory=dict[str, int | str | None])
    """What most rows have in some columns. The journal may leave it out."""
    limits: Mapping[str, str] = field(default_factory=dict[str, str])
    """SQL that `read` uses for a column: what is too long to be true is not even loaded."""
    since: Mapping[str, int] = field(default_factory=dict[str, int])
    """By column: the version of the schema that added it, where that is not the first one."""
    known_from: tuple[str, str] | None = None
    """A statement that reads ids from an index alone, and the columns of that index: a second witness of its rows."""

    @cached_property
    def all_columns(self) -> tuple[str, ...]:
        """The columns in the order of `insert` and `select`, the id first."""
        return ("id", *self.columns, *self.found)

    def filled(self, row: StoredRow) -> StoredRow:
        """A row of the journal, with what was left out."""
        return {**self.usual, **row}

    @cached_property
    def insert(self) -> str:
        """The statement that adds a row, by the names of its columns."""
        names, bound = ", ".join(self.all_columns), ", ".join(f":{c}" for c in self.all_columns)
        return f"INSERT INTO {self.name} ({names}) VALUES ({bound})"  # noqa: S608

    @cached_property
    def upsert(self) -> str:
        """The statement that adds a row or replaces what steps change of it."""
        # REPLACE would delete the row first, and with it what refers to it
        changes = ", ".join(f"{c} = excluded.{c}" for c in self.columns)
        return f"{self.insert} ON CONFLICT (id) DO UPDATE SET {changes}"

    @cached_property
    def select(self) -> str:
        """The statement that reads all columns of all rows."""
        return f"SELECT {', '.join(self.all_columns)} FROM {self.name}"  # noqa: S608  * may have more, that compute

    @cached_property
    def read(self) -> str:
        """The statement `select` for what may be a stranger's: what is too long to be true is not even loaded, but is
        empty."""
        return self.read_in(max(self.since.values(), default=1))

    def read_in(self, version: int) -> str:
        """Returns the statement `read` for a file of a version, which may be an older one that is only read: what it
        has no column for is as usual."""
        columns = (
            f"{literal(self.usual[c])} AS {c}" if self.since.get(c, 1) > version
            else f"{self.limits[c]} AS {c}" if c in self.limits else c
            for c in self.all_columns
        )  # fmt: skip
        return f"SELECT {', '.join(columns)} FROM {self.name}"  # noqa: S608

    @cached_property
    def delete(self) -> str:
        """The statement that removes the row with an id."""
        return f"DELETE FROM {self.name} WHERE id = ?"  # noqa: S608
