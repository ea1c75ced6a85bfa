"""What was done to one image, and its objects as they were then: the journal read backwards. Nothing is written."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import msgspec

from app.project.connection import snapshot
from app.project.journal import stored
from app.project.records import Annotation, Change
from app.project.rows import TABLES, Row, annotation_of

_ENTRIES = """SELECT step.id AS step_id, name, time, author, row_id, before, after
    FROM journal JOIN step ON step.id = step_id
    WHERE undone = 0 AND kind = 'annotation' AND step.id > :after
    AND :image IN (
        CASE WHEN json_valid(coalesce(before, '{}')) THEN json_extract(before, '$.image_id') ELSE :image END,
        CASE WHEN json_valid(coalesce(after, '{}')) THEN json_extract(after, '$.image_id') ELSE :image END)
    ORDER BY step.id DESC, journal.id DESC"""


@dataclass(frozen=True)
class PastStep:
    """A step still in force, and what it did to the objects of one image."""

    id: int
    name: str
    time: datetime
    """UTC."""
    author: str
    changes: tuple[Change, ...]
    """In the order they were made."""


def steps_of(db: sqlite3.Connection, image_id: int) -> list[PastStep]:
    """Those that touched objects of the image, the newest first; what was undone is not among them."""
    entries = db.execute(_ENTRIES, {"image": image_id, "after": 0})
    return [_past_step(list(group)) for _, group in groupby(entries, lambda entry: entry["step_id"])]


def objects_as_of(db: sqlite3.Connection, image_id: int, step_id: int) -> list[Annotation]:
    """The objects of the image when that step was the last one, by id. step_id 0: before the first step."""
    select = f"{TABLES['annotation'].select} WHERE image_id = ?"
    with snapshot(db):
        rows: dict[int, Row] = {row["id"]: dict(row) for row in db.execute(select, (image_id,))}
        entries = db.execute(_ENTRIES, {"image": image_id, "after": step_id}).fetchall()
    for entry in entries:
        before = stored("annotation", entry["before"])
        if before is not None and before["image_id"] == image_id:
            rows[entry["row_id"]] = before
        else:
            rows.pop(entry["row_id"], None)
    return [annotation_of(rows[row_id]) for row_id in sorted(rows)]


def _past_step(entries: list[sqlite3.Row]) -> PastStep:
    step = entries[0]
    changes = tuple(Change(_annotation(e["before"]), _annotation(e["after"])) for e in reversed(entries))
    return PastStep(step["step_id"], step["name"], _moment(step["time"]), step["author"], changes)


def _moment(text: str) -> datetime:
    """As the journal writes it; msgspec.DecodeError for what is no time anywhere on earth."""
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
