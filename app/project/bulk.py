"""Many new objects at once, a row and an entry of the journal for each.

Nearly all objects of a file say nothing but their mask and class. Of those only that is told to SQLite and journaled:
the rest, which is the same for all, was half of the values and a third of the journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from typing import Any

from app.masks.geometry import text_of
from app.project.records import Annotation
from app.project.rows import TABLES, values_of
from app.project.tables.stored_json import dump
from app.project.tables.table import literal

_TABLE = TABLES["annotation"]
_MOST_ROWS = 1024
"""Of one statement, a power of 2; SQLite takes 32,766 values in one."""


@dataclass(frozen=True, eq=False)
class _Form:
    columns: tuple[str, ...]
    """That are told."""
    usual: Mapping[str, int | str | None]
    """What the others have."""
    values: Callable[[Annotation], tuple[Any, ...]]
    """In the order of the columns."""

    @cache  # noqa: B019  (there are three forms)
    def insert(self, count: int) -> str:
        """Returns the statement that inserts so many rows: SQLite finds places faster than names, and other threads go
        on as long."""
        names = ", ".join((*self.columns, *self.usual))
        usual = map(literal, self.usual.values())
        row = f"({', '.join([*('?' for _ in self.columns), *usual])})"
        return f"INSERT INTO annotation ({names}) VALUES {', '.join([row] * count)}"  # noqa: S608

    @cached_property
    def journal(self) -> str:
        """The statement that journals rows just inserted, which are read from the table: :step, and :ids as a list of
        JSON."""
        row = ", ".join(f"'{column}', {column}" for column in self.columns)
        return (
            f"INSERT INTO journal (step_id, kind, row_id, before, after) "  # noqa: S608
            f"SELECT :step, 'annotation', id, NULL, json_object({row}) FROM annotation "
            f"WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id"
        )

    def write(self, db: sqlite3.Connection, step_id: int, annotations: Sequence[Annotation]) -> None:
        for some in _in_powers(annotations):
            db.execute(self.insert(len(some)), [*chain.from_iterable(map(self.values, some))])
        ids = dump([annotation.id for annotation in annotations])
        db.execute(self.journal, {"step": step_id, "ids": ids})


def write_all(db: sqlite3.Connection, step_id: int, annotations: Sequence[Annotation]) -> None:
    """Writes objects as rows and in the journal of that step. Each has an id, which is free."""
    by_form: dict[_Form, list[Annotation]] = {}
    for annotation in annotations:
        by_form.setdefault(_form_of(annotation), []).append(annotation)
    for form, its in by_form.items():
        form.write(db, step_id, its)


def _form_of(record: Annotation) -> _Form:
    if (
        record.attributes or record.provenance or record.extra or record.iscrowd or record.z_order
        or record.hidden or record.clicks or record.milliseconds
    ):  # fmt: skip
        return _WHOLE
    return _LEAN if record.geometry is None else _OUTLINED


def _outlined_values(record: Annotation) -> tuple[Any, ...]:
    return (*_lean_values(record), record.geometry and text_of(record.geometry))


def _lean_values(record: Annotation) -> tuple[Any, ...]:
    mask = record.mask
    return (record.id, record.image_id, record.category_id, *mask.size, mask.counts, *mask.bbox, mask.area)


def _in_powers(items: Sequence[Annotation]) -> Iterator[Sequence[Annotation]]:
    """Yields items in pieces of few different lengths, so that SQLite reads few different statements."""
    start = 0
    while left := len(items) - start:
        size = min(1 << left.bit_length() - 1, _MOST_ROWS)
        yield items[start : start + size]
        start += size


_TOLD = tuple(c for c in _TABLE.all_columns if c not in _TABLE.usual)
_LEAN = _Form(_TOLD, _TABLE.usual, _lean_values)
"""All columns with a usual value have it."""
_OUTLINED = _Form(
    (*_TOLD, "geometry"), {c: usual for c, usual in _TABLE.usual.items() if c != "geometry"}, _outlined_values
)
_WHOLE = _Form(_TABLE.all_columns, {}, values_of)
