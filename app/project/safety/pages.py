"""Reading rows around the damage of a SQLite file.

A table is a tree of pages. Where a page is damaged, SQLite reports it when the reading comes there; the rows behind it
are found again by asking for a later id. Nothing here trusts what it reads: see mending.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from app.project import pattern, schema
from app.project.connection import connect_new, run_nothing
from app.project.rows import TABLES
from app.project.tables.table import StoredRow

_LAST_ID = 2**62
_MOST_PROBES = 20_000
"""Ids asked for one by one in a gap. In wider ones (imported ids may be anything) known ones are asked for."""
_COLUMNS = {
    **{table.name: table.all_columns for table in TABLES.values()},
    "step": ("id", "name", "time", "author", "undone"),
    "journal": ("id", "step_id", "kind", "row_id", "before", "after"),
}
_TABLES = tuple(_COLUMNS)
_STATE = f"CASE WHEN length(CAST({{0}} AS BLOB)) > {32 << 20} THEN '' ELSE {{0}} END AS {{0}}"
_SELECTS = {
    **{name: table.read for name, table in TABLES.items()},
    "journal": f"SELECT id, step_id, kind, row_id, {_STATE.format('before')}, {_STATE.format('after')} FROM journal",  # noqa: S608
}
"""What is too long to be true is not loaded."""


def opened(copy: Path) -> sqlite3.Connection:
    """A connection to a copy of a project, which may be changed: a first page that is of no use is replaced by the one
    of a project of version 1, whose tables begin at the same pages, with the columns of today. sqlite3.Error when
    nothing helps."""
    readable = _readable_tables(copy)
    if len(readable) < len(_TABLES):
        before = _renew_first_page(copy)
        if len(_readable_tables(copy)) <= len(readable):
            _write_start(copy, before)
    return _connected(copy)


def is_other_database(copy: Path) -> bool:
    """A sound SQLite file of another program."""
    with suppress(sqlite3.Error), closing(_connected(copy)) as db:
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        is_ours = db.execute("PRAGMA application_id").fetchone()[0] == schema.APPLICATION_ID
        return (
            bool(names)
            and not is_ours
            and not names & set(_TABLES)
            and db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        )
    return False


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.text_factory = _text
    db.execute("PRAGMA trusted_schema = OFF")
    run_nothing(db)
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("PRAGMA writable_schema = ON")  # so that a file shorter than it says is opened at all
    return db


def _text(data: bytes) -> str:
    """What is no text stays recognisable: it cannot be encoded again."""
    return data.decode("utf-8", "surrogateescape")


def _readable_tables(path: Path) -> set[str]:
    """Returns the tables whose beginning can be read."""
    readable: set[str] = set()
    with suppress(sqlite3.Error), closing(_connected(path)) as db:
        if not pattern.has_tables(db):
            return readable
        for table in _TABLES:
            with suppress(sqlite3.Error):
                row = db.execute(f"{_select(db, table)} ORDER BY id LIMIT 1").fetchone()
                if row is None or type(row["id"]) is int:
                    readable.add(table)
    return readable


def _renew_first_page(copy: Path) -> bytes:
    """The one that was there."""
    pattern = copy.with_name("pattern.db")
    with closing(connect_new(pattern)) as db:
        schema.m001_initial(db)  # what later versions add begins wherever there was room, but for a column
        schema.m005_source_geometry(db)
        page_bytes = db.execute("PRAGMA page_size").fetchone()[0]
    page = bytearray(pattern.read_bytes()[:page_bytes])
    pattern.unlink()
    pages = max(1, copy.stat().st_size // page_bytes)
    page[28:32] = pages.to_bytes(4, "big")  # https://www.sqlite.org/fileformat.html#the_database_header
    with copy.open("rb") as file:
        before = file.read(page_bytes)
    _write_start(copy, bytes(page))
    return before


def _write_start(copy: Path, start: bytes) -> None:
    with copy.open("r+b") as file:
        file.write(start)


def _select(db: sqlite3.Connection, table: str) -> str:
    """Nothing but our columns: others may compute something."""
    there = set[str]()
    with suppress(sqlite3.Error):
        there = {row["name"] for row in db.execute(f"PRAGMA table_xinfo({table})")}
    columns = [column for column in _COLUMNS[table] if column in there]
    if table in _SELECTS and len(columns) == len(_COLUMNS[table]):
        return _SELECTS[table]
    return f"SELECT {', '.join(columns) or '*'} FROM {table}"  # noqa: S608


class TableReader:
    """Reads a table of a damaged file."""

    def __init__(self, db: sqlite3.Connection, table: str, known_ids: Iterable[int]) -> None:
        """Prepares to read what can be read of a damaged table. known_ids: of rows that were there once."""
        self._db = db
        self._select = _select(db, table)
        self._known = sorted(known_ids)
        self._at = 1
        self.is_whole = True
        """Whether no damage was met so far."""

    def rows(self) -> Iterator[StoredRow]:
        """Every row that can be read, each once."""
        while not (yield from self._run()):
            self.is_whole = False
            _, row = self._first_from(self._at)
            if row is not None:  # Python looks for the next one before it gives one away, and loses both
                self._at = row["id"] + 1
                yield row
                continue
            behind = self._behind()
            yield from self._probed(self._at, behind)
            if behind is None:
                return
            self._at = behind

    def _run(self) -> Generator[StoredRow, None, bool]:
        """Row by row; False when damage ended it."""
        try:
            for row in self._db.execute(f"{self._select} WHERE id >= ? ORDER BY id", (self._at,)):
                if not self._is_id(row["id"], self._at):  # pages in disorder would be read for ever
                    return False
                self._at = row["id"] + 1
                yield dict(row)
        except sqlite3.Error:
            return False
        return True

    def _behind(self) -> int | None:
        """The first id from which on the table can be read again, or is known to end; None when there is none."""
        failed, jump = self._at, 1
        while not self._reads_from(self._at + jump):
            failed, jump = self._at + jump, 2 * jump
            if self._at + jump > _LAST_ID:
                return None
        reads = self._at + jump
        while reads - failed > 1:
            middle = (failed + reads) // 2
            failed, reads = (failed, middle) if self._reads_from(middle) else (middle, reads)
        return reads

    def _reads_from(self, row_id: int) -> bool:
        return self._first_from(row_id)[0]

    def _first_from(self, row_id: int) -> tuple[bool, StoredRow | None]:
        """Whether it could be read, and the row of the least id from row_id on; None when there is none."""
        try:
            row = self._db.execute(f"{self._select} WHERE id >= ? ORDER BY id LIMIT 1", (row_id,)).fetchone()
        except sqlite3.Error:
            return False, None
        if row is not None and not self._is_id(row["id"], row_id):
            return False, None
        return True, None if row is None else dict(row)

    def _is_id(self, value: Any, least: int) -> bool:
        return type(value) is int and least <= value < _LAST_ID

    def _probed(self, start: int, behind: int | None) -> Iterator[StoredRow]:
        """What can be read of the gap, one id at a time: other damage may lie behind the first."""
        end = _LAST_ID if behind is None else behind
        known = self._known[bisect_left(self._known, start) : bisect_left(self._known, end)]
        for row_id in sorted({*range(start, min(end, start + _MOST_PROBES)), *known}):
            with suppress(sqlite3.Error):
                row = self._db.execute(f"{self._select} WHERE id = ?", (row_id,)).fetchone()
                if row is not None and row["id"] == row_id:
                    yield dict(row)


def indexed(db: sqlite3.Connection, query: str, order: str) -> tuple[list[tuple[Any, ...]], bool]:
    """Rows that an index alone tells, from both its ends up to the damage, and whether there was none. query: one that
    needs nothing but the index; order: its columns."""
    found: dict[tuple[Any, ...], None] = {}
    for direction in ("", " DESC"):
        by = ", ".join(f"{column.strip()}{direction}" for column in order.split(","))
        with suppress(sqlite3.Error):
            most = _file_bytes(db) // 4  # pages in disorder would be read for ever
            for row in islice(db.execute(f"{query} ORDER BY {by}"), most):
                found[tuple(row)] = None
            return list(found), not direction
    return list(found), False


def _file_bytes(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA page_count").fetchone()[0] * db.execute("PRAGMA page_size").fetchone()[0]
