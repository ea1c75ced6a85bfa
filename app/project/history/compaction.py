"""Forgetting old steps, on request only: they cannot be undone any more, the file gets smaller, and who made what
stays. See docs/decisions/007."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from app.problem import Problem
from app.project.connection import connect, sentences, transaction
from app.project.history.journal import forget_steps
from app.project.history.queries import BEGINS
from app.project.safety.backup import needed_backup
from app.project.store import Project
from app.project.tables.stored_json import dump
from app.text import say, say_n

TellPhase: TypeAlias = Callable[[float], object]
"""Told the fraction done; an exception it raises ends the work."""
_ASK_EVERY = 10_000
_OPERATIONS_OF_A_ROW = 15
"""Of SQLite's machine, measured: it asks whether to go on after so many operations, not rows."""


@dataclass(frozen=True)
class Compacted:
    """What compacting has done."""

    steps: int
    """So many were forgotten."""
    freed_bytes: int
    backup: Path | None
    """The project as it was before; None when nothing was ever done in it."""

    def __str__(self) -> str:
        """Tells the person how many steps were forgotten and what that freed, and names the backup."""
        steps = say_n("Forgot {n} step", "Forgot {n} steps", self.steps) if self.steps else say("No step is that old")
        kept = say(" The project as it was before: {backup}.", backup=self.backup) if self.backup else ""
        return say(
            "{steps}, freed {freed_bytes:.1f} MB.{kept}", steps=steps, freed_bytes=self.freed_bytes / 1e6, kept=kept
        )


def compact(path: Path, before: datetime, tell: TellPhase = lambda _fraction: None) -> Compacted:
    """Makes a backup, forgets the steps before that time and makes the file as small as it can be. Nobody else may
    have the project open. What tell raises, a kill or a full disk leave it as it was, or with the steps forgotten and
    the file as large as before; objects are never touched. Problem when it cannot be written, or not be backed up."""
    with closing(Project.open(path)) as project:
        if project.read_only:
            raise Problem(
                say(
                    "{file} cannot be compacted. {read_only_reason}",
                    file=path.name,
                    read_only_reason=project.read_only_reason,
                )
            )
        backup = needed_backup(path, lambda done, total: tell(0.4 * done / max(total, 1)))
        with sentences(path), closing(connect(path, read_only=False)) as db:
            return _compacted(project, db, before, backup, tell)


def _compacted(
    project: Project, db: sqlite3.Connection, before: datetime, backup: Path | None, tell: TellPhase
) -> Compacted:
    # What is freed is not overwritten with zeros: the file is written anew afterwards.
    db.execute("PRAGMA secure_delete = OFF")
    path = project.path
    project.file.bring_into_file()
    size = path.stat().st_size
    with _told(db, tell, 0.4, 0.6), transaction(db):
        steps, newest = forget_steps(db, before.astimezone(UTC).isoformat(timespec="milliseconds"))
        if newest is not None:
            db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (BEGINS, dump(newest)))
    try:
        with _told(db, tell, 0.6, 0.9):
            db.execute("VACUUM")
    except sqlite3.OperationalError as error:
        what = say_n(
            "{n} old step was forgotten, but the file could not be made smaller: {error}",
            "{n} old steps were forgotten, but the file could not be made smaller: {error}",
            steps,
            error=error,
        )
        raise Problem(
            say("{file}: {what}. Compact it again when there is more room.", file=path.name, what=what)
        ) from error
    project.file.bring_into_file()
    return Compacted(steps, size - path.stat().st_size, backup)


@contextmanager
def _told(db: sqlite3.Connection, tell: TellPhase, start: float, end: float) -> Generator[None, None, None]:
    """Tells how far the statements inside are; what tell raises interrupts them."""
    rows = sum(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("annotation", "journal"))  # noqa: S608
    share = (end - start) * _ASK_EVERY / max(_ASK_EVERY, rows * _OPERATIONS_OF_A_ROW)
    at, raised = start, list[BaseException]()

    def ask() -> int:
        nonlocal at
        at = min(end, at + share)
        try:
            tell(at)
        except BaseException as error:  # noqa: BLE001 raised again below: SQLite lets nothing through
            raised.append(error)
        return len(raised)

    db.set_progress_handler(ask, _ASK_EVERY)
    try:
        tell(start)
        yield
    except sqlite3.OperationalError:
        if raised:
            raise raised[0] from None
        raise
    finally:
        db.set_progress_handler(None, 0)
