"""What is decided about a log before its project is opened: whether it is the file's own, and what was left of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep

from app.partial import remove_leftovers
from app.problem import Problem
from app.project import pattern, schema
from app.project.connection import connect, connect_to_file_alone, is_open_elsewhere, is_sound, is_whole
from app.project.new_file import remove_unfinished
from app.project.safety import wal
from app.project.safety.lock import HELD, Hold
from app.text import say

_LOOKS, _BETWEEN_S = 3, 0.05
_QUICK_BYTES = 16 << 20
"""A file up to here is looked through at each opening, in 40 ms: a sync program may have written to it in the very
moment in which we did, which leaves no other trace. Of a larger one its backups tell, which are made at opening."""
DAMAGED = say(
    "It is damaged. File, Restore a backup… (maskwright restore) goes back to a good one; maskwright repair "
    "saves what can be read."
)
TORN = say("It is a copy that was made while the project was being written to, and it is not whole: copy it again.")


@dataclass
class Settled:
    """What was found of the log of a project that is about to be opened."""

    read_only_reason: str = ""
    """Why it must not be written to; "" when it may."""
    log_is_foreign: bool = False
    """Whether the log that lies beside it must be passed over."""
    notes: list[str] = field(default_factory=list[str])
    """Sentences for the person."""


def settle(project: Path, lock: Hold | None = None) -> Settled:
    """Removes what killed programs left beside the project. Puts a log aside that is not the file's, finds the one that
    is, and looks whether the file is whole when a log or a mark says that it was not closed. For who holds the lock,
    before the first connection. Problem when the log cannot be moved."""
    settled = Settled()
    with suppress(OSError):
        remove_unfinished(project)
    remove_leftovers(project.parent)
    if lock is not None and is_held_otherwise(project, lock):
        settled.read_only_reason = HELD
        return settled
    mark = wal.mark_in(project)
    try:
        if not wal.has_log(project) and wal.is_open_mark(mark):
            _find_log(project, mark, settled)
        if wal.has_log(project):
            _judge(project, mark, settled)
        elif wal.is_open_mark(mark) and mark not in (wal.marks_of_owner(wal.owner_file(project)) or ()):
            _judge_copy(project, settled)
        elif project.stat().st_size <= _QUICK_BYTES and not _is_whole(project):
            settled.read_only_reason = DAMAGED
    except OSError as error:
        raise Problem(
            say("{log} cannot be moved: {reason}.", log=wal.log_of(project), reason=error.strerror or error)
        ) from error
    return settled


def was_not_closed(project: Path) -> bool:
    """True if opening a project for writing looks through all of it: a second for each GB."""
    return wal.has_log(project) or wal.is_open_mark(wal.mark_in(project))


def is_held_otherwise(project: Path, lock: Hold) -> bool:
    """Whether another window has it open by a lock file that was deleted by hand, so that we could have this one."""
    is_open = wal.is_open_mark(wal.mark_in(project)) and wal.lock_in(project) != lock.name
    # asking plays the log, as the last connection does; of an open project it is always its own
    return is_open and not _is_foreign(project) and is_open_elsewhere(project)


def settled_for_reading(project: Path, reason: str) -> Settled:
    """Looks whether the log beside a project is its own, for who only reads and changes nothing. reason: why."""
    settled = Settled(reason, _is_foreign(project))
    if settled.log_is_foreign:
        settled.notes.append(
            say("{project}: the log beside it is another file's and was passed over.", project=project.name)
        )
    return settled


def _is_foreign(project: Path) -> bool:
    """Whoever has the project open may be about to begin a new log, so it is looked at more than once."""
    for look in range(_LOOKS):
        marks = wal.marks_of_owner(wal.owner_file(project))
        if not wal.has_log(project) or not _is_anothers(project, wal.mark_in(project), marks):
            return False
        if look < _LOOKS - 1:
            sleep(_BETWEEN_S)
    return True


def _find_log(project: Path, mark: str | None, settled: Settled) -> None:
    """One that was put aside under this name or another one, and is this file's."""
    for aside in wal.logs_aside(project):
        if mark in wal.marks_of_aside(aside):
            wal.take_back(project, aside)
            settled.notes.append(
                say("{project}: its newest changes were found in {file}.", project=project.name, file=aside.name)
            )
            return


def _judge(project: Path, mark: str | None, settled: Settled) -> None:
    marks = wal.marks_of_owner(wal.owner_file(project))
    if _is_anothers(project, mark, marks):
        _put_aside(project, say("was another file's"), settled)
    elif not _is_sound(project):
        if marks is None and _is_sound_alone(project):
            _put_aside(project, say("does not fit it"), settled)
        else:
            settled.read_only_reason = DAMAGED


def is_anothers_log(project: Path) -> bool:
    """True if the log beside a project, which may be damaged, is certainly not its own."""
    return _is_anothers(project, wal.mark_in(project), wal.marks_of_owner(wal.owner_file(project)))


def _is_anothers(project: Path, mark: str | None, marks: list[str | None] | None) -> bool:
    """A file into which only half of its own log was brought (a kill, a full disk) may not even tell its mark."""
    return marks is not None and mark not in marks and (mark is not None or _is_sound_alone(project))


def _put_aside(project: Path, why: str, settled: Settled) -> None:
    aside = wal.put_aside(project)
    settled.notes.append(
        say(
            "{project}: the log beside it, with changes that are not in the file, {why}. It is kept as {aside}.",
            project=project.name,
            why=why,
            aside=aside,
        )
    )


def _judge_copy(project: Path, settled: Settled) -> None:
    """It was open for writing, and there is no log."""
    if is_open_elsewhere(project):
        settled.read_only_reason = HELD
        return
    with suppress(sqlite3.DatabaseError), closing(connect_to_file_alone(project)) as db:
        if _is_strange(db) or is_whole(db):
            until = db.execute("SELECT max(time) FROM step").fetchone()[0]
            settled.notes.append(_copied(project, until if isinstance(until, str) else None))
            return
    settled.read_only_reason = TORN


def _copied(project: Path, until: str | None) -> str:
    last = say(" The last change in it is of {until} UTC.", until=until[:19].replace("T", " ")) if until else ""
    return say(
        "{project} is a copy that was made while the project was open, or its log is lost: what was done in "
        "the last seconds before may be missing.{last}",
        project=project.name,
        last=last,
    )


def _is_whole(project: Path) -> bool:
    """What is no database at all is told by opening it."""
    try:
        with closing(connect_to_file_alone(project)) as db:
            return _is_strange(db) or is_whole(db)
    except sqlite3.DatabaseError:
        return True


def _is_strange(db: sqlite3.Connection) -> bool:
    """Then it is only read, and to look it through would run what its indexes compute."""
    with suppress(sqlite3.DatabaseError):
        return schema.version_of(db) > 0 and bool(pattern.why_strange(db))
    return False


def _is_sound(project: Path) -> bool:
    with suppress(sqlite3.DatabaseError), closing(connect(project, read_only=True)) as db:
        return is_sound(db)
    return False


def _is_sound_alone(project: Path) -> bool:
    with suppress(sqlite3.DatabaseError), closing(connect_to_file_alone(project)) as db:
        is_ours = db.execute("PRAGMA application_id").fetchone()[0] == schema.APPLICATION_ID
        return is_ours and is_sound(db)
    return False
