"""What was done to one image, and its objects as they were then: the journal read backwards. Nothing is written."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import msgspec

from app.project.connection import snapshot
from app.project.history.journal import stored
from app.project.records import Annotation, Category, Change
from app.project.rows import TABLES
from app.project.schema import IMAGE_AFTER, IMAGE_BEFORE, version_of
from app.project.tables.annotations import annotation_of
from app.project.tables.categories import category_of
from app.project.tables.stored_json import parse
from app.project.tables.table import StoredRow

BEGINS = "history_begins"
"""Setting: the time of the newest step that compaction forgot."""
# what the indexes of the journal find; 0: damaged, which may be of any image
_BEFORE = f"SELECT id FROM journal WHERE kind = 'annotation' AND before IS NOT NULL AND {IMAGE_BEFORE} IN (:image, 0)"  # noqa: S608
_AFTER = f"SELECT id FROM journal WHERE kind = 'annotation' AND after IS NOT NULL AND {IMAGE_AFTER} IN (:image, 0)"  # noqa: S608
# CROSS: SQLite would go through all steps and look for their entries among those found
_FOUND = f"({_BEFORE} UNION {_AFTER}) AS found CROSS JOIN journal ON journal.id = found.id"
_ENTRIES = f"""SELECT step.id AS step_id, name, time, author, row_id, before, after
    FROM {_FOUND} CROSS JOIN step ON step.id = step_id
    WHERE undone = 0 AND step.id > :after
    ORDER BY step.id DESC, journal.id DESC"""  # noqa: S608
_TOUCHES = f"""SELECT step.id AS step_id, name, time, author, count(DISTINCT row_id) AS objects
    FROM {_FOUND} CROSS JOIN step ON step.id = step_id WHERE undone = 0 GROUP BY step.id ORDER BY step.id DESC"""  # noqa: S608
_MAKING = f"""SELECT row_id, name, time, author FROM {_FOUND} CROSS JOIN step ON step.id = step_id
    WHERE undone = 0 AND before IS NULL ORDER BY journal.id DESC"""  # noqa: S608
_MADE_BEFORE = f"""SELECT annotation_id AS row_id, name, time, author FROM origin WHERE annotation_id IN (
    SELECT id FROM annotation WHERE image_id = :image UNION SELECT row_id FROM {_FOUND})"""  # noqa: S608
# CROSS and +: not by going through all steps, nor through the whole journal
_CATEGORIES = """SELECT row_id, before FROM journal CROSS JOIN step ON step.id = step_id
    WHERE kind = 'category' AND step_id > ? AND undone = 0 ORDER BY +journal.id DESC"""


_GONE = """SELECT DISTINCT row_id FROM journal CROSS JOIN step ON step.id = step_id
    WHERE kind = ? AND undone = 0 AND row_id NOT IN (SELECT id FROM {table})"""


@dataclass(frozen=True)
class Origin:
    """The step that made an object."""

    name: str
    time: datetime
    """UTC."""
    author: str


@dataclass(frozen=True)
class PastStep(Origin):
    """A step still in force, and what it did to the objects of one image."""

    id: int
    changes: tuple[Change, ...]
    """In the order they were made."""


@dataclass(frozen=True)
class Touch(Origin):
    """A step still in force that touched objects of one image."""

    id: int
    objects: int
    """So many."""


def touches_of(db: sqlite3.Connection, image_id: int) -> list[Touch]:
    """Returns the same steps as `steps_of`, without what they did: for an image of thousands of objects."""
    rows = db.execute(_TOUCHES, {"image": image_id})
    return [Touch(r["name"], moment_of(r["time"]), r["author"], r["step_id"], r["objects"]) for r in rows]


def steps_of(db: sqlite3.Connection, image_id: int) -> list[PastStep]:
    """Returns the steps that touched objects of the image, the newest first; what was undone is not among them."""
    entries = db.execute(_ENTRIES, {"image": image_id, "after": 0})
    return [_past_step(list(group)) for _, group in groupby(entries, lambda entry: entry["step_id"])]


def objects_as_of(db: sqlite3.Connection, image_id: int, step_id: int) -> list[Annotation]:
    """The objects of the image when that step was the last one, by id. step_id 0: before the first step."""
    select = f"{TABLES['annotation'].read_in(version_of(db))} WHERE image_id = ?"
    with snapshot(db):
        rows: dict[int, StoredRow] = {row["id"]: dict(row) for row in db.execute(select, (image_id,))}
        entries = db.execute(_ENTRIES, {"image": image_id, "after": step_id}).fetchall()
    for entry in entries:
        before = stored("annotation", entry["before"])
        if before is not None and before["image_id"] == image_id:
            rows[entry["row_id"]] = before
        else:
            rows.pop(entry["row_id"], None)
    return [annotation_of(rows[row_id]) for row_id in sorted(rows)]


def origins_of(db: sqlite3.Connection, image_id: int) -> dict[int, Origin]:
    """Returns who made each object that was ever on the image, by id, as far as the journal goes back or compaction
    kept it."""
    with snapshot(db):
        rows = [row for query in (_MAKING, _MADE_BEFORE) for row in db.execute(query, {"image": image_id})]
    return {row["row_id"]: Origin(row["name"], moment_of(row["time"]), row["author"]) for row in rows}


def categories_as_of(db: sqlite3.Connection, step_id: int) -> list[Category]:
    """The classes when that step was the last one, by id."""
    with snapshot(db):
        rows: dict[int, StoredRow] = {row["id"]: dict(row) for row in db.execute(TABLES["category"].select)}
        entries = db.execute(_CATEGORIES, (step_id,)).fetchall()
    for entry in entries:
        before = stored("category", entry["before"])
        if before is None:
            rows.pop(entry["row_id"], None)
        else:
            rows[entry["row_id"]] = before
    return [category_of(rows[row_id]) for row_id in sorted(rows)]


def begins(db: sqlite3.Connection) -> datetime | None:
    """The time of the newest step that compaction forgot."""
    row = db.execute("SELECT value FROM setting WHERE key = ?", (BEGINS,)).fetchone()
    return None if row is None else moment_of(parse(row["value"], str))


def last(db: sqlite3.Connection) -> datetime | None:
    """The time of the newest step, undone or not."""
    row = db.execute("SELECT time FROM step ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else moment_of(row["time"])


def newest_in_force(db: sqlite3.Connection) -> tuple[int, str] | None:
    """The id and the time of the step that undo would undo: an id may be given again when a step is gone."""
    row = db.execute("SELECT id, time FROM step WHERE undone = 0 ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else (row["id"], row["time"])


def _past_step(entries: list[sqlite3.Row]) -> PastStep:
    step = entries[0]
    changes = tuple(Change(_annotation(e["before"]), _annotation(e["after"])) for e in reversed(entries))
    return PastStep(step["name"], moment_of(step["time"]), step["author"], step["step_id"], changes)


def moment_of(text: str) -> datetime:
    """Returns a time as the journal writes it; msgspec.DecodeError for what is no time anywhere on earth."""
    try:
        moment = datetime.fromisoformat(text)
        moment.astimezone()  # what people read; near the first and the last year there is no such time
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise msgspec.DecodeError(f"{text} is no time") from error
    raise msgspec.DecodeError(f"{text} is of no time zone")


def _annotation(text: str | None) -> Annotation | None:
    row = stored("annotation", text)
    return None if row is None else annotation_of(row)


def gone_ids(db: sqlite3.Connection, kind: str) -> frozenset[int]:
    """Returns the ids of the rows of a table that are gone and that a step in force still names: one look at every
    entry of the journal."""
    return frozenset(row["row_id"] for row in db.execute(_GONE.format(table=TABLES[kind].name), (kind,)))
