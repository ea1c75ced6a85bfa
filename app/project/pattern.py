"""What the schema of a project of each version looks like, and what a file has instead.

A file of a stranger may have triggers, views and columns that compute something: SQL that runs when we read or write.
None of ours has any.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from app.problem import shortened
from app.project import schema
from app.project.tables.validity import MOST
from app.text import say

_Part: TypeAlias = tuple[Any, Any, Any, Any]
"""Type (table, index, trigger, view), name, table, and SQL of a part of a schema."""
_Column: TypeAlias = tuple[Any, ...]
"""Table, name, type, whether it is computed, and whether the table holds nothing but such types."""
_MOST_TOLD = 3
_OF_SQLITE = ("sqlite_stat1", "sqlite_stat4")
"""ANALYZE puts them there."""
_COLUMNS = """SELECT t.name, c.name, c.type, c.hidden, l.strict
FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c JOIN pragma_table_list(t.name) l
WHERE t.type = 'table' AND t.rootpage > 0 AND l.schema = 'main' AND t.name = ?"""


@dataclass(frozen=True)
class _Pattern:
    columns: frozenset[_Column]
    parts: Counter[_Part]

    @property
    def tables(self) -> set[str]:
        return {column[0] for column in self.columns}


def is_complete(db: sqlite3.Connection) -> bool:
    """Whether every table and column is there, of its type, that its version has, or that this one uses of a newer
    version, which may have taken some away."""
    pattern = _pattern_of(db)
    return pattern.columns <= _columns(db, pattern.tables)


def has_tables(db: sqlite3.Connection) -> bool:
    """Returns the same as is_complete, whatever the types are: there may be something to save."""
    pattern = _pattern_of(db)
    return {column[:2] for column in pattern.columns} <= {column[:2] for column in _columns(db, pattern.tables)}


def why_strange(db: sqlite3.Connection) -> str:
    """What the file has beside or instead of the schema of its version, as a sentence; "" for a project of ours. Also
    of one that no row could be added to, because its numbers are as large as they can be."""
    expected, found = _pattern_of(db).parts, _parts(db)
    if found == expected:
        return _told_strange(say("its rows have numbers that no project comes to")) if _is_numbered_out(db) else ""
    ours, theirs = ({part[:2] for part in parts} for parts in (expected, found))
    told = [_told(part, say("is another one") if part[:2] in ours else say("was added")) for part in found - expected]
    told += [_told(part, say("is missing")) for part in expected - found if part[:2] not in theirs]
    more = say(" and {told} more", told=len(told) - _MOST_TOLD) if len(told) > _MOST_TOLD else ""
    what = ", ".join(sorted(told)[:_MOST_TOLD])
    return _told_strange(f"{what}{more}")


def _told_strange(what: str) -> str:
    return say("It is not as Maskwright makes it: {what}. The command maskwright repair makes a clean copy.", what=what)


def _is_numbered_out(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT EXISTS (SELECT 1 FROM sqlite_sequence WHERE seq > ?)", (MOST,)).fetchone()[0]


def _told(part: _Part, what: str) -> str:
    return say(
        "the {part_1} {part_2} {what}",
        part_1=shortened(str(part[0]), most=20),
        part_2=shortened(str(part[1]), most=60),
        what=what,
    )


def _pattern_of(db: sqlite3.Connection) -> _Pattern:
    return _made(schema.MIGRATIONS[: max(0, schema.version_of(db))])


@cache
def _made(migrations: tuple[Callable[[sqlite3.Connection], None], ...]) -> _Pattern:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        for migrate in migrations:
            migrate(db)
        parts = _parts(db)
        tables = {name for kind, name, _, _ in parts if kind == "table" and not name.startswith("sqlite_")}
        return _Pattern(frozenset(_columns(db, tables)), parts)


def _parts(db: sqlite3.Connection) -> Counter[_Part]:
    """Without what lies in them, and how it is laid out."""
    rows = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema")
    return Counter((kind, name, table, _plain(sql)) for kind, name, table, sql in rows if not _is_of_sqlite(kind, name))


def _is_of_sqlite(kind: object, name: object) -> bool:
    return kind == "table" and name in _OF_SQLITE


def _plain(sql: object) -> object:
    """Programs of all times have laid it out differently."""
    return " ".join(sql.split()) if isinstance(sql, str) else sql


def _columns(db: sqlite3.Connection, tables: set[str]) -> set[_Column]:
    """Others are not asked: a virtual one would run the program it names."""
    return {tuple(row) for table in tables for row in db.execute(_COLUMNS, (table,))}
