"""One step taken back that need not be the last one (selective undo): a new step gives its rows what they had before.

That is done only while nothing later depends on it, so that all is as if the step had never been. What it changed must
not have been changed since, column by column: an object that it moved to another class may have been hidden. What it
made must not be in use, and what is brought back must find its image and its class. See docs/decisions/017.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import TypeAlias

from app.problem import Problem
from app.project.history import journal
from app.project.history.journal import Step, record_or_none, stored
from app.project.proposal_rows import VERDICT
from app.project.records import Change, ChangeSet
from app.project.rows import TABLES
from app.project.tables.stored_json import dump
from app.project.tables.table import StoredRow
from app.text import english, recalled, say
from app.work import Progress, Work, run

_AT_ONCE, _MOST_AT_ONCE = 50, 5000
"""Entries between two looks at what else there is to do, and of a piece that is in memory."""
_MASK = frozenset((
    "image_id", "height", "width", "counts", "bbox_x", "bbox_y", "bbox_width", "bbox_height", "area", "provenance",
    "clicks", "milliseconds", "geometry",
))  # fmt: skip
"""Columns that say one thing together: what is later than one of them is later than all."""
_LATER = """SELECT step_id, step.name, kind, row_id, before, after FROM step CROSS JOIN journal ON step_id = step.id
    WHERE step.id > :step AND undone = 0"""
"""CROSS: SQLite would go through the whole journal."""
_LATER_IDS = f"SELECT row_id FROM ({_LATER})"  # noqa: S608
_AMONG = "row_id IN (SELECT value FROM json_each(:ids))"
_Key: TypeAlias = tuple[str, int]
"""The kind and id of a row."""
_WHAT = {
    "annotation": say("the same object"),
    "category": say("the same class"),
    "image": say("the same image"),
    VERDICT: say("the same proposal"),
}


class InTheWay(Problem):
    """A later step depends on the one that was to be taken back."""

    def __init__(self, reason: str) -> None:
        super().__init__(say("Not taken back. {reason}", reason=reason))
        self.reason = reason


def take_back(db: sqlite3.Connection, step: sqlite3.Row) -> ChangeSet:
    """Takes back a step by a new one, inside a transaction; raises InTheWay when something later depends on it."""
    new, changes = Step(db, _name(step)), list[Change]()
    run(_TakingBack(db, step, new, changes).steps())
    return ChangeSet(_name(step), tuple(changes), new.id)


def taking_back(db: sqlite3.Connection, step: sqlite3.Row) -> Work[None]:
    """Does as take_back for a step of any length, inside a transaction; memory does not grow."""
    yield from _TakingBack(db, step, Step(db, _name(step))).steps()


def in_the_way(db: sqlite3.Connection, step: sqlite3.Row) -> str:
    """Returns why the step cannot be taken back, in a sentence; "" when it can. Nothing is written. Of a huge step
    nothing is said: it is found out when it is taken back."""
    if journal.is_huge(db, step) or not _may_depend(db, step):
        return ""
    try:
        run(_TakingBack(db, step, None).steps())
    except InTheWay as problem:
        return problem.reason
    return ""


def _name(step: sqlite3.Row) -> str:
    return english(say("Take back “{step}”", step=step["name"]))


def _may_depend(db: sqlite3.Connection, step: sqlite3.Row) -> bool:
    """Quickly, and False only when it is sure: what came later are other objects."""
    its = "SELECT 1 FROM journal WHERE step_id = :step"
    ways = (
        f"{_LATER} AND kind NOT IN ('annotation', 'proposal')",
        f"{its} AND kind != 'annotation' AND before IS NULL",
        f"{its} AND row_id IN ({_LATER_IDS})",
    )
    return any(db.execute(f"SELECT EXISTS ({way})", {"step": step["id"]}).fetchone()[0] for way in ways)


class _TakingBack:
    """Goes through the entries of one step, the last first, as undo does."""

    def __init__(
        self, db: sqlite3.Connection, step: sqlite3.Row, new: Step | None, changes: list[Change] | None = None
    ) -> None:
        """Prepares it. new: the step that is written; None: nothing is. changes: what it did is added to it."""
        self._db, self._step, self._new, self._changes = db, step, new, changes
        self._imagined: dict[_Key, StoredRow | None] = {}
        """The rows as they would be, when nothing is written."""
        self._gone: dict[str, set[int]] = {"category": set(), "image": set()}
        """Rows that objects may refer to."""
        self._wanted: dict[str, set[int]] = {"category": set(), "image": set()}
        """Rows that what was brought back refers to."""
        self._named: set[int] = set()
        """Classes that have another name now."""

    def steps(self) -> Work[None]:
        """Does it, yielding how far it is."""
        total = self._db.execute("SELECT count(*) FROM journal WHERE step_id = ?", (self._step["id"],)).fetchone()[0]
        done = 0
        touched = {row[0] for row in self._db.execute(_LATER_IDS, {"step": self._step["id"]})}
        for entries in self._pieces():
            later = self._later({entry["row_id"] for entry in entries} & touched)
            for n, entry in enumerate(entries):
                if n % _AT_ONCE == 0:
                    yield Progress(done + n, total)
                self._take_back(entry, later.get((entry["kind"], entry["row_id"]), ()))
            done += len(entries)
        self._check_references()
        self._check_names()

    def _pieces(self) -> Iterator[list[sqlite3.Row]]:
        """Not by one statement: the new step writes into the same table. Each is twice as long as the one before: what
        came later is looked through once for each."""
        query = "SELECT * FROM journal WHERE step_id = ? AND id < ? ORDER BY id DESC LIMIT ?"
        upto, count = 1 << 62, _AT_ONCE
        while entries := self._db.execute(query, (self._step["id"], upto, count)).fetchall():
            yield entries
            upto, count = entries[-1]["id"], min(2 * count, _MOST_AT_ONCE)

    def _later(self, row_ids: Set[int]) -> Mapping[_Key, Sequence[sqlite3.Row]]:
        """What later steps did to these rows."""
        found: dict[_Key, list[sqlite3.Row]] = {}
        for row in self._later_entries(_AMONG, ids=dump(list(row_ids))) if row_ids else ():
            found.setdefault((row["kind"], row["row_id"]), []).append(row)
        return found

    def _later_entries(self, which: str, **values: str) -> sqlite3.Cursor:
        """What later steps did; the new step is none of them."""
        given = {"step": self._step["id"], "new": self._new and self._new.id, **values}
        return self._db.execute(f"{_LATER} AND step.id IS NOT :new AND {which}", given)

    def _take_back(self, entry: sqlite3.Row, later: Iterable[sqlite3.Row]) -> None:
        kind, row_id = entry["kind"], entry["row_id"]
        before, after = stored(kind, entry["before"]), stored(kind, entry["after"])
        changed = _changed(kind, before, after)
        for other in later:
            if changed & _changed(kind, stored(kind, other["before"]), stored(kind, other["after"])):
                raise InTheWay(
                    say("“{step}” came later and changed {what}.", step=recalled(other["name"]), what=_WHAT[kind])
                )
        now = self._row(kind, row_id)
        if kind == VERDICT and now is None:
            return  # it made way for others, or went with its image
        if (now is None) != (after is None) or (now and after and any(now[c] != after[c] for c in changed)):
            raise InTheWay(say("What it changed is not as it left it any more."))
        then = before if now is None or before is None else {**now, **{c: before[c] for c in changed}}
        if then != now:
            self._note(kind, row_id, now, then)
            self._write(kind, row_id, now, then)

    def _row(self, kind: str, row_id: int) -> StoredRow | None:
        if (kind, row_id) in self._imagined:
            return self._imagined[kind, row_id]
        return journal.row_now(self._db, kind, row_id)

    def _write(self, kind: str, row_id: int, now: StoredRow | None, then: StoredRow | None) -> None:
        if self._new is None:
            self._imagined[kind, row_id] = then
        else:
            self._new.replace_row(kind, now, then)
        if self._changes is not None:
            self._changes.append(Change(record_or_none(kind, now), record_or_none(kind, then)))

    # --- what the rows mean to others --------------------------------------------------------------------------------

    def _note(self, kind: str, row_id: int, now: StoredRow | None, then: StoredRow | None) -> None:
        """Remembers what is to be looked at when all rows are there."""
        if kind == "annotation":
            if then is not None:
                self._wanted["image"].add(then["image_id"])
                if then["category_id"] is not None:
                    self._wanted["category"].add(then["category_id"])
            return
        if then is None:
            self._gone[kind].add(row_id)
        elif kind == "category" and (now is None or now["name"] != then["name"]):
            self._named.add(row_id)
        elif kind == "image":
            self._check_path(row_id, then["path"])

    def _check_path(self, image_id: int, path: str) -> None:
        """At once: no two images of a project have the same path even for a moment."""
        if self._db.execute("SELECT 1 FROM image WHERE path = ? AND id != ?", (path, image_id)).fetchone():
            raise InTheWay(say("There is another image {path} by now.", path=path))

    def _check_references(self) -> None:
        """What was brought back finds its class and image, and nothing is left without the one that it has."""
        for kind, ids in self._wanted.items():
            if any(self._row(kind, row_id) is None for row_id in ids):
                raise InTheWay(
                    say("The class of an object was deleted later.")
                    if kind == "category"
                    else say("The image of an object is not in the project any more.")
                )
        for kind, ids in self._gone.items():
            for row_id in ids:
                if self._row(kind, row_id) is None and self._is_used(f"{kind}_id", row_id):
                    raise InTheWay(
                        say("Objects that came later have the class that it made.")
                        if kind == "category"
                        else say("Objects that came later are on the image that it added.")
                    )

    def _is_used(self, column: str, row_id: int) -> bool:
        here = self._db.execute(f"SELECT id FROM annotation WHERE {column} = ?", (row_id,))  # noqa: S608
        if any(("annotation", row["id"]) not in self._imagined for row in here):
            return True
        return any(
            row and row.get(column) == row_id for (kind, _), row in self._imagined.items() if kind == "annotation"
        )

    def _check_names(self) -> None:
        """Two classes of one name are let be when they were there before."""
        if not self._named:
            return
        later = {row["row_id"] for row in self._later_entries("kind = 'category'")}
        names = {row_id: row["name"].casefold() for row_id in later if (row := self._row("category", row_id))}
        for row_id in self._named:
            row = self._row("category", row_id)
            if row and any(row["name"].casefold() == name for other, name in names.items() if other != row_id):
                raise InTheWay(say("There is another class named {name} by now.", name=row["name"]))


def _changed(kind: str, before: StoredRow | None, after: StoredRow | None) -> Set[str]:
    """The columns that an entry changed; all of a row that came or went."""
    columns = ("state",) if kind == VERDICT else TABLES[kind].columns
    if before is None or after is None:
        return frozenset(columns)
    changed = {column for column in columns if before[column] != after[column]}
    return changed | _MASK if changed & _MASK else changed
