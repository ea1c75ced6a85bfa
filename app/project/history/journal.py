"""Every change and what it replaced, in the same transaction: undo is unlimited and survives a kill.

There is one primitive, `write(kind, id, row or None)`. A step journals each call as (before, after); undo writes the
befores backwards, redo the afters. A new step clears what was undone (docs/decisions/001).
"""

from __future__ import annotations

import getpass
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import TypeVar, cast

import msgspec
from msgspec.structs import replace

from app.masks.rle import Mask
from app.project.bulk import write_all
from app.project.proposal_rows import (
    VERDICT,
    is_verdict,
    set_state,
    undecided_like,
    verdict_now,
    verdict_row,
)
from app.project.records import (
    Annotation,
    Category,
    Change,
    ChangeSet,
    ImageRecord,
    Journaled,
    KeptProposal,
    ProposalState,
    Record,
    Verdict,
)
from app.project.rows import TABLES, record_of, row_of, table_of
from app.project.tables.annotations import annotation_of
from app.project.tables.stored_json import dump, load
from app.project.tables.table import StoredRow
from app.work import Progress, Work

ALIKE_IOU = 0.7
"""IoU of a proposal and an object that say the same."""
_LONG, _HUGE = 200, 5000
"""Entries of a step: so many are undone within 50 ms, with what follows in the window; of so many no list is made."""
_AT_ONCE = 50
"""Of them, between two looks at what else there is to do."""
R = TypeVar("R", ImageRecord, Category, Annotation)


class Step:
    """What happens inside `with project.step(name) as step`. `changes` is complete when the block has ended."""

    def __init__(self, db: sqlite3.Connection, name: str, into: int | None = None) -> None:
        self._db = db
        self._name = name
        self._into = into
        self.id: int | None = None
        """Of the step in the file; None until the first change."""
        self._changes: list[Change] = []

    @property
    def changes(self) -> ChangeSet:
        """What the step has changed so far."""
        return ChangeSet(self._name, tuple(self._changes), self.id)

    def add(self, record: R) -> R:
        """Inserts it and returns it with its new id; an id other than 0 is kept."""
        row = row_of(record)
        cursor = self._db.execute(table_of(record).insert, row)
        row["id"] = record.id or cursor.lastrowid
        added = replace(record, id=row["id"])
        self._note(table_of(record).name, None, row, Change(None, added))
        return added

    def add_all(self, annotations: Sequence[Annotation]) -> None:
        """Adds many objects: those with an id several times as fast as `add`, and first."""
        known = [annotation for annotation in annotations if annotation.id]
        if known:
            write_all(self._db, self._begun(), known)
            self._changes += [Change(None, annotation) for annotation in known]
        for annotation in annotations:
            if not annotation.id:
                self.add(annotation)

    def now(self, record: R) -> R | None:
        """Returns the record of that id as it is in the file; None when it is not there any more."""
        row = row_now(self._db, table_of(record).name, record.id)
        return None if row is None else cast(R, table_of(record).record(row))

    def put(self, record: Record) -> None:
        """Replaces the row of that id, or brings it back. Nothing is journaled when nothing is different. An object
        that gets another mask loses the outline that it came with, unless the record has another one too."""
        table, row = table_of(record), row_of(record)
        before = row_now(self._db, table.name, record.id)
        if isinstance(record, Annotation) and before is not None and _is_outdated(before, row):
            record, row["geometry"] = replace(record, geometry=None), None
        if before is None or any(before[column] != row[column] for column in table.columns):
            write(self._db, table.name, record.id, row)
            self._note(table.name, before, row, Change(record_or_none(table.name, before), record))

    def put_only(self, record: Record, *columns: str) -> None:
        """Replaces these columns of the row of that id, if there is one: the others may have been changed by somebody
        else since the record was read."""
        table, row = table_of(record), row_of(record)
        before = row_now(self._db, table.name, record.id)
        if before is not None:
            self.put(table.record(before | {column: row[column] for column in columns}))

    def delete(self, record: Record) -> None:
        """Deletes a row: with an image go its annotations; the annotations of a deleted class have none."""
        if isinstance(record, ImageRecord):
            for annotation in self._annotations("image_id", record.id):
                self.delete(annotation)
        if isinstance(record, Category):
            for annotation in self._annotations("category_id", record.id):
                self.put(replace(annotation, category_id=None))
        kind = table_of(record).name
        before = row_now(self._db, kind, record.id)
        if before is not None:
            write(self._db, kind, record.id, None)
            self._note(kind, before, None, Change(record_or_none(kind, before), None))

    def replace_row(self, kind: str, before: StoredRow | None, after: StoredRow | None) -> None:
        """Writes a row as it shall be, or removes it; it is in the journal, but not among the changes."""
        row_id = (after or before or {})["id"]
        write(self._db, kind, row_id, after)
        self._journal(kind, row_id, before, after)

    def judge(self, image_id: int, masks: Sequence[Mask], state: ProposalState) -> None:
        """Notes what became of the proposals of an image that say the same as one of these masks: they do not come
        back unless the step is undone."""
        self.judge_all(list(undecided_like(self._db, image_id, masks, ALIKE_IOU)), state)

    def judge_all(self, proposals: Sequence[KeptProposal], state: ProposalState) -> None:
        """Notes what became of these proposals."""
        for each in proposals:
            before, after = Verdict(each.id, each.image_id, each.state), Verdict(each.id, each.image_id, state)
            set_state(self._db, verdict_row(after))
            self._note(VERDICT, verdict_row(before), verdict_row(after), Change(before, after))

    def _annotations(self, column: str, row_id: int) -> list[Annotation]:
        select = f"{TABLES['annotation'].select} WHERE {column} = ?"
        return [annotation_of(row) for row in self._db.execute(select, (row_id,))]

    def _note(self, kind: str, before: StoredRow | None, after: StoredRow | None, change: Change) -> None:
        self._changes.append(change)
        self._journal(kind, (after or before or {})["id"], before, after)

    def _journal(self, kind: str, row_id: int, before: StoredRow | None, after: StoredRow | None) -> None:
        values = (self._begun(), kind, row_id, before and dump(before), after and dump(after))
        self._db.execute("INSERT INTO journal (step_id, kind, row_id, before, after) VALUES (?, ?, ?, ?, ?)", values)

    def _begun(self) -> int:
        """The id of the step, which is in the file then."""
        if self.id is None:
            self.id = self._begin()
        return self.id

    def _begin(self) -> int:
        self._db.execute("DELETE FROM step WHERE undone = 1")
        last = last_done(self._db)
        if last is not None and last["id"] == self._into:
            return last["id"]
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        values = (self._name, now, author())
        step_id = self._db.execute("INSERT INTO step (name, time, author) VALUES (?, ?, ?)", values).lastrowid
        assert step_id is not None
        return step_id


def _is_outdated(before: StoredRow, row: StoredRow) -> bool:
    """Whether the outline that an object came with is that of another mask."""
    if row["geometry"] is None or row["geometry"] != before["geometry"]:
        return False
    return any(before[column] != row[column] for column in ("counts", "height", "width"))


def undo(db: sqlite3.Connection) -> ChangeSet | None:
    """Inside a transaction. None when there is nothing to undo."""
    return _replay(db, last_done(db), undone=True)


def redo(db: sqlite3.Connection) -> ChangeSet | None:
    """Inside a transaction. None when there is nothing to redo."""
    return _replay(db, first_undone(db), undone=False)


def last_done(db: sqlite3.Connection) -> sqlite3.Row | None:
    """Returns the step that undo would undo (id, name); None when there is none."""
    return db.execute("SELECT id, name FROM step WHERE undone = 0 ORDER BY id DESC LIMIT 1").fetchone()


def first_undone(db: sqlite3.Connection) -> sqlite3.Row | None:
    """Returns the step that redo would do again (id, name); None when there is none."""
    return db.execute("SELECT id, name FROM step WHERE undone = 1 ORDER BY id LIMIT 1").fetchone()


def step_in_force(db: sqlite3.Connection, step_id: int) -> sqlite3.Row | None:
    """Returns that step (id, name); None when it was undone, or cleared after that, or forgotten."""
    return db.execute("SELECT id, name FROM step WHERE id = ? AND undone = 0", (step_id,)).fetchone()


def is_done(db: sqlite3.Connection, step_id: int) -> bool:
    """Neither undone nor cleared after that."""
    return step_in_force(db, step_id) is not None


def is_last(db: sqlite3.Connection, step: sqlite3.Row) -> bool:
    """Whether it is the step that undo would undo."""
    last = last_done(db)
    return last is not None and last["id"] == step["id"]


def is_long(db: sqlite3.Connection, step: sqlite3.Row) -> bool:
    """Whether its undo or redo takes longer than a blink."""
    return _has_more_than(db, step, _LONG)


def is_huge(db: sqlite3.Connection, step: sqlite3.Row) -> bool:
    """Whether it has so many entries that a list of its changes would take too much memory and time."""
    return _has_more_than(db, step, _HUGE)


def _has_more_than(db: sqlite3.Connection, step: sqlite3.Row, entries: int) -> bool:
    query = "SELECT 1 FROM journal WHERE step_id = ? LIMIT 1 OFFSET ?"
    return db.execute(query, (step["id"], entries)).fetchone() is not None


def replaying(db: sqlite3.Connection, step: sqlite3.Row, *, undone: bool) -> Work[None]:
    """Inside a transaction. As undo or redo of a step of any length, yielding (done, all); memory does not grow."""
    total = db.execute("SELECT count(*) FROM journal WHERE step_id = ?", (step["id"],)).fetchone()[0]
    with closing(_entries(db, step, undone=undone)) as entries:
        for done, entry in enumerate(entries):
            if done % _AT_ONCE == 0:
                yield Progress(done, total)
            write(db, entry["kind"], entry["row_id"], stored(entry["kind"], entry["before" if undone else "after"]))
    _mark(db, step, undone=undone)


def _replay(db: sqlite3.Connection, step: sqlite3.Row | None, *, undone: bool) -> ChangeSet | None:
    if step is None:
        return None
    changes = tuple(_turned(db, entry, undone=undone) for entry in _entries(db, step, undone=undone).fetchall())
    _mark(db, step, undone=undone)
    return ChangeSet(step["name"], changes, is_redo=not undone)


def _entries(db: sqlite3.Connection, step: sqlite3.Row, *, undone: bool) -> sqlite3.Cursor:
    order = "DESC" if undone else "ASC"
    return db.execute(f"SELECT * FROM journal WHERE step_id = ? ORDER BY id {order}", (step["id"],))  # noqa: S608


def _mark(db: sqlite3.Connection, step: sqlite3.Row, *, undone: bool) -> None:
    db.execute("UPDATE step SET undone = ? WHERE id = ?", (int(undone), step["id"]))


def _turned(db: sqlite3.Connection, entry: sqlite3.Row, *, undone: bool) -> Change:
    old, new = (entry["after"], entry["before"]) if undone else (entry["before"], entry["after"])
    before, after = (stored(entry["kind"], text) for text in (old, new))
    write(db, entry["kind"], entry["row_id"], after)
    return Change(record_or_none(entry["kind"], before), record_or_none(entry["kind"], after))


def stored(kind: str, text: str | None) -> StoredRow | None:
    """A row as it was journaled; msgspec.DecodeError when it is none of our tables'."""
    if kind == VERDICT:
        row = None if text is None else load(text)
        if row is None or not is_verdict(row):
            raise msgspec.DecodeError("a journaled verdict lacks something")
        return row
    if kind not in TABLES:
        raise msgspec.DecodeError(f"a journaled {kind} is none of our rows")
    row = None if text is None else TABLES[kind].filled(load(text))
    if row is not None and not row.keys() >= set(TABLES[kind].all_columns):
        raise msgspec.DecodeError(f"a journaled {kind} lacks columns")
    return row


def write(db: sqlite3.Connection, kind: str, row_id: int, row: StoredRow | None) -> None:
    """The primitive: the row as it shall be, or None for no row."""
    if kind == VERDICT:
        set_state(db, row or {})
    elif row is None:
        db.execute(TABLES[kind].delete, (row_id,))
    else:
        db.execute(TABLES[kind].upsert, row)


def row_now(db: sqlite3.Connection, kind: str, row_id: int) -> StoredRow | None:
    """Returns the row as it is in its table, of a proposal its verdict; None when there is none."""
    if kind == VERDICT:
        return verdict_now(db, row_id)
    row = db.execute(f"{TABLES[kind].select} WHERE id = ?", (row_id,)).fetchone()
    return None if row is None else dict(row)


def record_or_none(kind: str, row: StoredRow | None) -> Journaled | None:
    """Returns the record of a row; None of no row."""
    return None if row is None else record_of(kind, row)


def author() -> str:
    """Who sits at this computer."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no user database (containers), no environment
        return "unknown"


def steps(db: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    """All steps still in force, the oldest first."""
    yield from db.execute("SELECT id, name, time, author FROM step WHERE undone = 0 ORDER BY id")


def keep_origins(db: sqlite3.Connection, first_kept: int) -> None:
    """Inside a transaction. Remembers who made what in the steps before that one, of objects that are there or that the
    later steps may bring back."""
    db.execute(
        """INSERT OR IGNORE INTO origin
        SELECT row_id, name, time, author FROM journal JOIN step ON step.id = step_id
        WHERE kind = 'annotation' AND before IS NULL AND undone = 0 AND step_id < ? ORDER BY journal.id""",
        (first_kept,),
    )
    db.execute(
        """DELETE FROM origin WHERE annotation_id NOT IN (SELECT id FROM annotation) AND annotation_id NOT IN (
        SELECT row_id FROM journal WHERE kind = 'annotation' AND step_id >= ?)""",
        (first_kept,),
    )


def forget_steps(db: sqlite3.Connection, time: str) -> tuple[int, str | None]:
    """Inside a transaction. Those before that time (as steps have it) go with their entries. Returns their number and
    the time of the newest."""
    first_kept = db.execute(
        "SELECT coalesce(min(id), (SELECT max(id) + 1 FROM step), 0) FROM step WHERE time >= ?", (time,)
    ).fetchone()[0]
    count, newest = db.execute("SELECT count(*), max(time) FROM step WHERE id < ?", (first_kept,)).fetchone()
    keep_origins(db, first_kept)
    db.execute("DELETE FROM journal WHERE step_id < ?", (first_kept,))
    db.execute("DELETE FROM step WHERE id < ?", (first_kept,))
    return count, newest
