"""Going back to a backup: what each holds and would lose, and putting one in the place of the project."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from app import private
from app.atomic import flush, flush_folder
from app.partial import partial_of
from app.problem import Problem
from app.project.connection import connect, reading, sentences
from app.project.safety import wal
from app.project.safety.backup import by_age, is_good, needed_backup
from app.project.safety.backup_files import TIME, backups_folder, time_of
from app.project.safety.lock import HELD, released_on_error, take
from app.project.safety.settling import is_held_otherwise, settle
from app.text import say, say_n

TellRestoring: TypeAlias = Callable[[float], object]
"""Told the fraction done; an exception it raises ends the work."""
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class BackupSummary:
    """What a backup holds, and what going back to it would lose."""

    path: Path
    time: datetime | None
    """When it was made; None when its name does not tell."""
    images: int
    objects: int
    steps_lost: int | None
    """Steps that were done later; None when the project cannot be read."""
    added_lost: int | None
    """Objects that were added later."""
    changed_lost: int | None
    """Objects in it that were changed or deleted later."""

    @property
    def loses(self) -> str:
        """A sentence for the person."""
        if self.steps_lost is None:
            return say("The project cannot be read: nobody knows what was done later.")
        if not self.steps_lost:
            return say("Nothing was done later.")
        steps = say_n("{n} step", "{n} steps", self.steps_lost)
        added = say_n("{n} new object", "{n} new objects", self.added_lost or 0)
        changed = say_n("changes of {n} object", "changes of {n} objects", self.changed_lost or 0)
        if self.added_lost and self.changed_lost:
            return say("Loses {steps}: {added} and {changed}.", steps=steps, added=added, changed=changed)
        if self.added_lost or self.changed_lost:
            return say("Loses {steps}: {what}.", steps=steps, what=added if self.added_lost else changed)
        return say("Loses {steps}.", steps=steps)


@dataclass(frozen=True)
class Restored:
    """What became of the project that gave way to its backup."""

    project: Path
    backup: Path
    kept: tuple[Path, ...]
    """The state before: a backup of it; of a damaged project its files."""

    def __str__(self) -> str:
        """Tells the person which backup the project is from, and what is kept of what was there."""
        kept = say(" What was there is kept: {map}.", map=", ".join(map(str, self.kept))) if self.kept else ""
        return say(
            "{project} is as it was in {file}.{kept}", project=self.project.name, file=self.backup.name, kept=kept
        )


def summaries_of(project: Path) -> list[BackupSummary]:
    """Looks at all backups of a project, the newest first. One that cannot be read is left out."""
    return [summary for path in by_age(project) if (summary := _summary(project, path)) is not None]


def _summary(project: Path, backup: Path) -> BackupSummary | None:
    with suppress(Problem, sqlite3.Error, OSError), reading(backup) as db:
        images, objects = (db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("image", "annotation"))  # noqa: S608
        last_step, last_object = (_last(db, table) for table in ("step", "annotation"))
        return BackupSummary(backup, time_of(backup), images, objects, *_later(project, last_step, last_object))
    return None


def _last(db: sqlite3.Connection, table: str) -> int:
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return row[0] if row else 0


def _later(project: Path, step: int, annotation: int) -> tuple[int, int, int] | tuple[None, None, None]:
    """Steps after that one, and the objects that they added and changed."""
    touched = "SELECT DISTINCT row_id FROM journal WHERE step_id > ? AND kind = 'annotation'"
    with suppress(Problem, sqlite3.Error, OSError), reading(project) as db:
        steps = db.execute("SELECT count(*) FROM step WHERE id > ? AND undone = 0", (step,)).fetchone()[0]
        added = db.execute("SELECT count(*) FROM annotation WHERE id > ?", (annotation,)).fetchone()[0]
        ids = db.execute(f"SELECT count(*) FROM ({touched}) WHERE row_id <= ?", (step, annotation))  # noqa: S608
        return steps, added, ids.fetchone()[0]
    return None, None, None


def restore(project: Path, backup: Path, tell: TellRestoring = lambda _fraction: None) -> Restored:
    """Puts a copy of a backup in the place of the project, whole or not at all; the backup stays, and so does the state
    before, beside it. Nobody may have the project open. Problem when it is no good backup, or cannot be put there."""
    project, backup = project.absolute(), backup.absolute()
    if not is_good(backup):
        raise Problem(
            say("{backup} is no good backup: it cannot be read from its beginning to its end.", backup=backup)
        )
    lock, reason = take(project)
    if lock is None:
        raise Problem(say("{project} cannot be restored. {reason}.", project=project.name, reason=reason.rstrip(".")))
    with released_on_error(lock), sentences(project):
        if is_held_otherwise(project, lock):
            raise Problem(say("{project} cannot be restored. {held}.", project=project.name, held=HELD))
        try:
            kept = _exchange(project, backup, tell)
        except OSError as error:
            raise Problem(
                say("{project} was not restored: {reason}.", project=project.name, reason=error.strerror or error)
            ) from error
    lock.release()
    return Restored(project, backup, kept)


def _exchange(project: Path, backup: Path, tell: TellRestoring) -> tuple[Path, ...]:
    part = partial_of(project)
    try:
        private.create(part, like=project if project.exists() else backup)
        _copy(backup, part, lambda fraction: tell(fraction / 2))  # first: the oldest backup goes when one is made
        kept = _keep(project, lambda fraction: tell((1 + fraction) / 2))
        aside = wal.put_aside(project)
        part.replace(project)
    finally:
        part.unlink(missing_ok=True)
    flush_folder(project.parent)
    return (*kept, aside) if aside else kept


def _copy(source: Path, target: Path, tell: TellRestoring) -> None:
    size, done = max(source.stat().st_size, 1), 0
    with source.open("rb") as reader, target.open("wb") as writer:
        while piece := reader.read(_PIECE_BYTES):
            writer.write(piece)
            done += len(piece)
            tell(done / size)
    flush(target)


def _keep(project: Path, tell: TellRestoring) -> tuple[Path, ...]:
    """The state that gives way: as a backup if it is sound, else the file as it is."""
    if not project.exists():
        return ()
    with suppress(Problem):
        if not settle(project).read_only_reason:
            made = needed_backup(project, lambda done, total: tell(done / max(total, 1)))
            _bring_into_file(project)
            return (made,) if made else ()
    folder = backups_folder(project)
    private.make_folder_like(folder, project)
    kept = folder / f"{project.name} damaged {datetime.now(UTC):{TIME}}"  # not of the backups that make way
    private.create(kept, like=project)
    shutil.copyfile(project, kept)
    return (kept,)


def _bring_into_file(project: Path) -> None:
    """What the log held is in the backup; an empty one need not be put aside."""
    with closing(connect(project, read_only=False)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
