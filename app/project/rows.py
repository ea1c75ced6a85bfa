"""Records as rows and back: the tables that steps change, and the settings."""

from __future__ import annotations

import sqlite3
from typing import Any

from app.project.proposal_rows import VERDICT
from app.project.records import Journaled, Record, Verdict
from app.project.tables import annotations, categories, images
from app.project.tables.stored_json import dump, parse
from app.project.tables.table import StoredRow, Table

IMAGES_DIR = "images_dir"
"""Setting: the folder of the images, as the project tells it."""
TABLES = {table.name: table for table in (images.TABLE, categories.TABLE, annotations.TABLE)}
"""All tables that steps change, by name. Journal, repair and read-only opening go by it; a new one is a file in
app/project/tables, a line here, and a version of the schema."""
_OF_KIND = {table.kind: table for table in TABLES.values()}


def table_of(record: Record) -> Table:
    """Returns the table that a record is a row of."""
    return _OF_KIND[type(record)]


def row_of(record: Record) -> StoredRow:
    """Returns the row of a record. The id 0 becomes NULL: SQLite chooses the id."""
    table = table_of(record)
    return dict(zip(table.all_columns, table.values(record), strict=True))


def values_of(record: Record) -> tuple[Any, ...]:
    """Returns the values of row_of, in the order of the columns."""
    return table_of(record).values(record)


def record_of(kind: str, row: StoredRow | sqlite3.Row) -> Journaled:
    """Returns the record of a row of the table with that name, or of a verdict."""
    if kind == VERDICT:
        return Verdict(row["id"], row["image_id"], row["state"])
    return TABLES[kind].record(row)


def read_setting(db: sqlite3.Connection, key: str, default: Any) -> Any:
    """Returns the value of the key, or the default when it was never set."""
    row = db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    return default if row is None else parse(row["value"])


def setting_keys(db: sqlite3.Connection, beginning: str) -> set[str]:
    """Returns the keys that begin so and have a value. beginning: its last letter is not the last of Unicode."""
    end = beginning[:-1] + chr(ord(beginning[-1]) + 1)
    # as bytes: a stranger's key may be no text
    asked = "SELECT CAST(key AS BLOB) AS key FROM setting WHERE key >= ? AND key < ? AND value <> 'null'"
    return {row["key"].decode(errors="replace") for row in db.execute(asked, (beginning, end))}


def write_setting(db: sqlite3.Connection, key: str, value: Any) -> None:
    """Writes the value, as a part of a transaction."""
    upsert = "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    db.execute(upsert, (key, dump(value)))
