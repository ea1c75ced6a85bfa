"""What can still be read of a damaged project, in a new one. The damaged file is only copied.

Everything was written twice: as a row, and in the journal of the step that made it. What the row lost the journal
knows; the paths of the images are in an index too.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from app import private
from app.atomic import flush
from app.partial import temporary_folder
from app.problem import Problem
from app.project import finding_table, proposal_rows
from app.project.connection import connect_new, sentences, transaction
from app.project.history.journal import forget_steps
from app.project.history.queries import BEGINS, moment_of
from app.project.new_file import make, relative_to
from app.project.palette import color_of
from app.project.peek import refuse_no_file
from app.project.rows import TABLES
from app.project.safety.backup import newest_good_backup
from app.project.safety.lock import HELD, take
from app.project.safety.pages import TableReader, indexed, is_other_database, opened
from app.project.safety.rows import is_journaled, journaled_row, mended
from app.project.safety.settling import is_anothers_log
from app.project.safety.wal import MARK
from app.project.tables.stored_json import dump, parse
from app.project.tables.table import StoredRow
from app.project.tables.validity import is_number
from app.project.whereabouts import Whereabouts, images_folder, is_possible
from app.text import say, say_n
from app.work import Work

_TELL_EVERY = 200
"""Rows."""
_NEVER = "9999"
"""Later than any time of a step."""
_KNOWN_FROM = {
    **{table.name: table.known_from for table in TABLES.values() if table.known_from is not None},
    "step": ("SELECT id FROM step INDEXED BY step_undone", "undone, id"),
    "journal": ("SELECT id FROM journal INDEXED BY journal_of_step", "step_id, id"),
}


@dataclass
class Repaired:
    """What was saved and what was lost."""

    project: str
    """The new file."""
    saved: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    """Rows by table: image, category, annotation."""
    lost: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    """Rows that are known to have been there."""
    from_journal: int = 0
    """Of the saved rows, those whose own place was damaged."""
    mended: int = 0
    """Of the saved rows, those that lost something beside the mask."""
    stand_ins: list[str] = field(default_factory=list[str])
    """Names of images and classes that were lost, while objects of theirs were saved."""
    damaged: list[str] = field(default_factory=list[str])
    """Tables that are damaged as well as their indexes: more of their rows may be lost than is known."""
    undo_kept: bool = True
    images_dir_kept: bool = True
    backup: str | None = None
    """The newest good one."""

    def __str__(self) -> str:
        """Tells the person what was saved and what was lost, in a few lines."""
        lines = [say("Saved {counted} in {project}.", counted=_counted(self.saved), project=self.project)]
        if self.from_journal:
            lines.append(
                say("{from_journal} of them were found in the record of changes.", from_journal=self.from_journal)
            )
        if self.mended:
            lines.append(say("{mended} of them lost details; their masks are whole.", mended=self.mended))
        if self.stand_ins:
            lines.append(
                say("Lost, and given a name to be replaced: {stand_ins}.", stand_ins=", ".join(self.stand_ins[:10]))
            )
        if any(self.lost.values()):
            lines.append(say("Known to be lost: {counted}.", counted=_counted(self.lost)))
        if self.damaged:
            lines.append(
                say("There is damage among the {listed}: more may be lost than is known.", listed=_listed(self.damaged))
            )
        if not self.damaged and not any(self.lost.values()):
            lines.append(say("Nothing is lost."))
        if not self.undo_kept:
            lines.append(say("The record of changes is damaged: nothing done before can be undone."))
        if not self.images_dir_kept:
            lines.append(say("Which folder the images are in is lost: the folder of the project is taken."))
        if self.backup and (self.damaged or any(self.lost.values())):
            lines.append(say("The newest good backup is {backup}.", backup=self.backup))
        return "\n".join(lines)


def _counted(numbers: dict[str, int]) -> str:
    objects = say_n("{n} object", "{n} objects", numbers["annotation"])
    classes = say_n("{n} class", "{n} classes", numbers["category"])
    return ", ".join([objects, classes, say_n("{n} image", "{n} images", numbers["image"])])


def _listed(kinds: list[str]) -> str:
    return say(" and ").join(str(TABLES[kind].noun) for kind in kinds)


def repair(project: Path, out: Path) -> Work[Repaired]:
    """Makes a new project file at out, whole or not at all; yields (rows looked at, 0). Problem when out exists, the
    project is open elsewhere, or nothing can be read: then it names the newest good backup."""
    project, out = project.absolute(), out.absolute()
    _check(project, out)
    lock, reason = take(project)
    if reason == HELD:
        raise Problem(say("{project} cannot be repaired. {held}.", project=project.name, held=HELD))
    try:
        with sentences(out), temporary_folder(out.parent) as folder:
            report = yield from _Repair(project, out, folder).steps()
    except OSError as error:
        raise Problem(say("{out} cannot be written: {reason}.", out=out, reason=error.strerror)) from error
    finally:
        if lock is not None:
            lock.release()
    return report


def _check(project: Path, out: Path) -> None:
    refuse_no_file(project)
    if out.exists():
        raise Problem(say("{file} exists already.", file=out.name))
    if not out.parent.is_dir():
        raise Problem(say("{parent} is not a folder.", parent=out.parent))


class _Repair:
    def __init__(self, project: Path, out: Path, folder: Path) -> None:
        self._project, self._out, self._folder = project, out, folder
        self._report = Repaired(str(out))
        self._saved: dict[str, set[int]] = {kind: set() for kind in TABLES}
        self._known: dict[str, set[int]] = {}
        """Ids that were there, by an index of the table."""
        self._fully_known = set[str]()
        """Tables of whose index nothing is missing."""
        self._last: dict[tuple[str, int], int | None] = {}
        """By kind and id: the entry of the journal with the row as it was last; None when it was deleted."""
        self._undone: dict[int, int] = {}
        """By step."""
        self._images: Any = "."
        """What it says of the folder of its images."""
        self._missing: dict[str, set[int]] = {kind: set() for kind in TABLES}
        """Rows that were there and could not be read or not be trusted; a row that a whole table and its index do not
        have was deleted, whatever a damaged journal says."""

    def steps(self) -> Work[Repaired]:
        """Yields (rows looked at, 0)."""
        copy = self._copied()
        if is_other_database(copy):
            raise Problem(say("{project}: this is not a Maskwright project.", project=self._project.name))
        unfinished = self._folder / "repaired.maskwright"
        make(unfinished, self._project.parent)
        with closing(self._opened(copy)) as old, closing(connect_new(unfinished)) as new:
            new.execute("PRAGMA synchronous = OFF")  # it is flushed before it gets its name
            new.execute("PRAGMA journal_mode = MEMORY")
            with transaction(new):
                yield from self._fill(old, new)
        if not self._saved["image"] and not self._saved["annotation"]:
            raise self._beyond_reading()
        self._publish(unfinished)
        self._agree()
        backup = newest_good_backup(self._project)
        self._report.backup = str(backup) if backup else None
        return self._report

    def _copied(self) -> Path:
        """Copies the damaged file, with the log of what is not in the file yet."""
        copy = self._folder / "damaged.db"
        shutil.copyfile(self._project, copy)
        log = self._project.with_name(f"{self._project.name}-wal")
        if log.exists() and not is_anothers_log(self._project):
            shutil.copyfile(log, copy.with_name(f"{copy.name}-wal"))
        return copy

    def _opened(self, copy: Path) -> sqlite3.Connection:
        try:
            return opened(copy)
        except sqlite3.Error:
            raise self._beyond_reading() from None

    def _beyond_reading(self) -> Problem:
        backup = newest_good_backup(self._project)
        what_now = (
            say("The newest good backup is {backup}.", backup=backup)
            if backup
            else say("There is no good backup of it.")
        )
        return Problem(say("{project} is beyond reading. {what_now}", project=self._project.name, what_now=what_now))

    def _publish(self, unfinished: Path) -> None:
        private.share(unfinished, self._project)
        flush(unfinished)
        unfinished.rename(self._out)

    # --- from one file to the other ------------------------------------------------------------------------------

    def _fill(self, old: sqlite3.Connection, new: sqlite3.Connection) -> Work[None]:
        for table, query in _KNOWN_FROM.items():
            found, is_whole = indexed(old, *query)
            self._known[table] = {row[0] for row in found}
            if is_whole:
                self._fully_known.add(table)
        self._settings(old, new)
        for looked_at, _ in enumerate(self._work(old, new), 1):
            if looked_at % _TELL_EVERY == 0:
                yield looked_at, 0
        self._stand_ins(new)
        self._origins(old, new)
        proposal_rows.copy_readable(old, new, self._saved["image"])
        finding_table.copy_readable(old, new)
        if not self._report.undo_kept:
            self._forget_steps(new)
        self._count()

    def _origins(self, old: sqlite3.Connection, new: sqlite3.Connection) -> None:
        """Who made what in steps that compaction forgot."""
        columns = ("annotation_id", "name", "time", "author")
        for row in indexed(old, "SELECT annotation_id, name, time, author FROM origin", "annotation_id")[0]:
            with suppress(msgspec.DecodeError):
                moment_of(row[2])
                self._insert(new, "origin", columns, dict(zip(columns, row, strict=True)))

    def _forget_steps(self, new: sqlite3.Connection) -> None:
        _, newest = forget_steps(new, _NEVER)
        if newest is not None:
            new.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (BEGINS, dump(newest)))

    def _work(self, old: sqlite3.Connection, new: sqlite3.Connection) -> Iterator[None]:
        yield from self._journal(old, new)
        for kind in TABLES:
            reader = TableReader(old, kind, {*self._known.get(kind, ()), *self._journaled(kind)})
            for row in reader.rows():
                if not self._save(new, kind, row):
                    self._missing[kind].add(row["id"])
                yield
            self._missing[kind] |= self._known.get(kind, set()) - self._saved[kind]
            if not reader.is_whole:
                self._report.damaged += [] if kind in self._fully_known else [kind]
                self._missing[kind].update(self._journaled(kind))
        for kind, row_ids in self._missing.items():
            for row_id in row_ids:
                self._save_journaled(old, new, kind, row_id)
                yield
        self._paths(old, new)

    def _journaled(self, kind: str) -> Iterator[int]:
        """Ids of the rows that are there after the last step."""
        return (row_id for (of, row_id), entry in self._last.items() if of == kind and entry is not None)

    def _journal(self, old: sqlite3.Connection, new: sqlite3.Connection) -> Iterator[None]:
        """Copies it, and remembers where the last state of each row is. A gap in it would make undo wrong."""
        steps = TableReader(old, "step", self._known["step"])
        for row in steps.rows():
            if is_number(row["id"], 1) and self._insert(new, "step", ("id", "name", "time", "author", "undone"), row):
                self._undone[row["id"]] = row["undone"]
            else:
                self._report.undo_kept = False
            yield
        entries = TableReader(old, "journal", self._known["journal"])
        read = 0
        for row in entries.rows():
            read += 1
            self._note(new, row)
            yield
        are_all_there = read >= len(self._known["journal"]) and len(self._undone) >= len(self._known["step"])
        if not (steps.is_whole and entries.is_whole and are_all_there):
            self._report.undo_kept = False

    def _note(self, new: sqlite3.Connection, entry: StoredRow) -> None:
        if not is_journaled(entry):
            self._report.undo_kept = False
            return
        columns = ("id", "step_id", "kind", "row_id", "before", "after")
        if entry["step_id"] not in self._undone or not self._insert(new, "journal", columns, entry):
            self._report.undo_kept = False
        row = (entry["kind"], entry["row_id"])
        if not self._undone.get(entry["step_id"]):
            self._last[row] = None if entry["after"] is None else entry["id"]
        elif row not in self._last and entry["before"] is None:  # the undone steps alone know it
            self._last[row] = None

    def _insert(self, new: sqlite3.Connection, table: str, columns: tuple[str, ...], row: StoredRow) -> bool:
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
        try:
            return new.execute(statement, [row.get(column) for column in columns]).rowcount == 1
        except (sqlite3.IntegrityError, UnicodeEncodeError, OverflowError):
            return False  # of another type, or no text

    def _save(self, new: sqlite3.Connection, kind: str, row: StoredRow) -> bool:
        """Whether it was worth saving."""
        good = mended(kind, row)
        if good is None or good["id"] in self._saved[kind]:
            return False
        if not self._insert(new, kind, TABLES[kind].all_columns, good):
            return False
        self._saved[kind].add(good["id"])
        self._report.mended += any(row.get(column) != value for column, value in good.items())
        return True

    def _save_journaled(self, old: sqlite3.Connection, new: sqlite3.Connection, kind: str, row_id: int) -> None:
        entry_id = self._last.get((kind, row_id))
        if entry_id is None or row_id in self._saved[kind]:
            return
        entry = None
        with suppress(sqlite3.Error):
            entry = old.execute("SELECT after FROM journal WHERE id = ?", (entry_id,)).fetchone()
        row = journaled_row(kind, entry["after"]) if entry else None
        if row is not None and row.get("id") == row_id:
            self._report.from_journal += self._save(new, kind, row)

    def _paths(self, old: sqlite3.Connection, new: sqlite3.Connection) -> None:
        """Images whose rows are lost: the index has their paths."""
        query = "SELECT id, path FROM image INDEXED BY sqlite_autoindex_image_1"
        for row_id, path in indexed(old, query, "path")[0]:
            if row_id not in self._saved["image"]:
                self._save(new, "image", {"id": row_id, "path": path})

    def _stand_ins(self, new: sqlite3.Connection) -> None:
        """An object is worth more than the row of its image or class: those get a name that says so."""
        for (row_id,) in new.execute("SELECT DISTINCT image_id FROM annotation").fetchall():
            if row_id not in self._saved["image"]:
                self._stand_in(new, "image", {"id": row_id, "path": f"lost image {row_id}"})
        for (row_id,) in new.execute("SELECT DISTINCT category_id FROM annotation").fetchall():
            if row_id is not None and row_id not in self._saved["category"]:
                color = color_of(row_id - 1)
                self._stand_in(new, "category", {"id": row_id, "name": f"lost class {row_id}", "color": color})

    def _stand_in(self, new: sqlite3.Connection, kind: str, row: StoredRow) -> None:
        key = "path" if kind == "image" else "name"
        for number in count(1):
            called = row[key] if number == 1 else f"{row[key]} ({number})"  # which another row may have
            good = mended(kind, row | {key: called})
            assert good is not None
            if self._insert(new, kind, TABLES[kind].all_columns, good):
                self._report.stand_ins.append(called)
                return

    def _settings(self, old: sqlite3.Connection, new: sqlite3.Connection) -> None:
        settings: dict[str, Any] = {}
        for key, text in indexed(old, "SELECT key, value FROM setting", "key")[0]:
            with suppress(msgspec.DecodeError, UnicodeEncodeError, TypeError):
                if key == MARK:
                    continue
                settings[key] = parse(text)
                self._insert(new, "setting", ("key", "value"), {"key": key, "value": text})
        stored = settings.get("images_dir")
        self._report.images_dir_kept = isinstance(stored, str) and is_possible(stored)
        self._images = stored if self._report.images_dir_kept else "."
        folder = images_folder(self._project, self._images)
        shown = stored if _is_absolute(self._images) else relative_to(folder, self._out.parent)
        new.execute("INSERT OR REPLACE INTO setting VALUES ('images_dir', ?)", (dump(shown),))

    def _agree(self) -> None:
        """Where the damaged one may look for its images, the new one may."""
        if Whereabouts(self._project, self._images).is_settled:
            Whereabouts(self._out, images_folder(self._project, self._images)).settle()

    def _count(self) -> None:
        for kind in TABLES:
            self._report.saved[kind] = len(self._saved[kind])
            self._report.lost[kind] = len(self._missing[kind] - self._saved[kind])


def _is_absolute(stored: object) -> bool:
    return isinstance(stored, str) and Path(stored).is_absolute()
