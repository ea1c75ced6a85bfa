"""Copies of a project beside it: made while it is open, whole or not at all, the last ten are kept.

A backup never disturbs the work: it reads one snapshot, which no writer waits for, and whatever goes wrong with it (a
full disk, a folder that cannot be written) is a line in the log.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from app import private
from app.atomic import flush, flush_folder
from app.partial import partial_of, remove_leftovers
from app.problem import Problem
from app.project import pattern, schema
from app.project.connection import connect_new, damaged, reading, sentences
from app.project.safety.backup_files import TIME, backups_folder, backups_of, leads_away, time_told
from app.project.safety.wal import forget_mark
from app.text import say

KEPT = 10
EVERY_S = 30 * 60
"""While a project is open."""
_PAGES = 256
"""Of one step: 1 MB."""
_MOST_LATER_S = 60
"""A backup is named so much later than it is, at most: there is one of that second."""
_DAY_S = 24 * 60 * 60
_PART = ".part"
_RESCUED = " rescued"
"""In the name of a backup that makes way for no other one: what comes after it may be of another file."""
_SEQUENCES = "SELECT name, seq FROM sqlite_sequence WHERE name != 'proposal' ORDER BY name"
"""Proposals are no work of the person: what became of them is in the steps."""
_PLACES = "SELECT id, CAST(path AS BLOB) FROM image ORDER BY id"
_FINE = """SELECT CAST(kind AS BLOB), CAST(objects AS BLOB), CAST(masks AS BLOB) FROM finding
WHERE state = 'fine' ORDER BY 1, 2, 3"""
_HAS_FINDINGS = 4
"""The version of the schema from which on there are findings."""
_log = logging.getLogger(__name__)
TellCopied: TypeAlias = Callable[[int, int], object]
"""Told (pages done, all); an exception it raises ends the backup."""


def newest_good_backup(project: Path) -> Path | None:
    """The newest that SQLite reads from its beginning to its end; None when there is none."""
    return next((path for path in by_age(project) if is_good(path)), None)


def by_age(project: Path) -> list[Path]:
    """All backups, the newest first. One whose time is yet to come was made while the clock was wrong: it has its place
    by the steps that it holds, or it would be the newest for years, and those that are made now would make way."""
    found = backups_of(project)
    early = [path for path in found if time_told(path) >= _told(_MOST_LATER_S)]
    if not early:
        return found
    steps = {path: _steps_in(path) for path in found}
    ordered = [path for path in reversed(found) if path not in early]
    for path in early:
        later = (place for place, other in enumerate(ordered) if steps[other] >= steps[path])
        ordered.insert(next(later, len(ordered)), path)
    return ordered[::-1]


def _told(later: int = 0) -> str:
    return f"{datetime.now(UTC) + timedelta(seconds=later):{TIME}}"


def _steps_in(path: Path) -> int:
    """How many steps were ever done in it; 0 when it cannot be read."""
    with suppress(Problem, sqlite3.Error, OSError), reading(path) as db:
        return db.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'step'").fetchone()[0]
    return 0


def is_good(path: Path) -> bool:
    """Whether it is a whole project file."""
    with suppress(Problem, sqlite3.Error, OSError), reading(path) as db:
        is_ours = db.execute("PRAGMA application_id").fetchone()[0] == schema.APPLICATION_ID
        return is_ours and _is_sound(db) and schema.version_of(db) > 0 and pattern.is_complete(db)
    return False


def back_up(project: Path, tell: TellCopied = lambda _done, _total: None) -> Path | None:
    """Makes a backup of the project file unless nothing was changed since the last one. None when none was made: there
    was no need, or it did not work, which the log tells. Safe beside any writer, on any thread."""
    try:
        return told_backup(project, tell)
    except Problem as problem:
        _log.warning("%s", problem)
        return None


def told_backup(project: Path, tell: TellCopied = lambda _done, _total: None) -> Path | None:
    """Makes a backup as `back_up` does; Problem when it did not work."""
    newest = next(iter(by_age(project)), None)
    try:
        backup = _up_to_date(project, tell)
    except (Problem, OSError, sqlite3.Error) as error:
        raise Problem(say("No backup of {project} was made: {why}", project=project.name, why=_why(error))) from error
    return None if backup == newest else backup


def needed_backup(project: Path, tell: TellCopied) -> Path | None:
    """The backup of the project as it is now, made if need be; None while nothing was ever done. Problem without it."""
    try:
        return _up_to_date(project, tell)
    except (Problem, OSError, sqlite3.Error) as error:
        raise Problem(
            say(
                "{project} was left as it is, because it cannot be backed up: {why}",
                project=project.name,
                why=_why(error),
            )
        ) from error


def _why(error: Exception) -> str:
    return f"{error.strerror or error}." if isinstance(error, OSError) else str(error)


def _up_to_date(project: Path, tell: TellCopied) -> Path | None:
    with reading(project) as db:
        db.execute("BEGIN")  # one snapshot: what others commit meanwhile would make SQLite begin anew
        mark = _mark(db)
        newest = next(iter(by_age(project)), None)
        if mark is None or (newest is not None and mark == _mark_of(newest)):
            return newest if mark else None
        with sentences(project):
            made = _copied(db, project, tell)
    _forget_old(project, made)
    return made


def _mark(db: sqlite3.Connection) -> list[Any] | None:
    """The same for the same work: numbers that every step, undo, redo and scan changes, and a digest of what changes
    without them. What says how somebody looks at it (the last image, who has it open) is left out. None while nothing
    was ever done."""
    if db.execute("SELECT count(*) FROM sqlite_sequence WHERE name = 'step'").fetchone()[0] == 0:
        return None
    sequences = [tuple(row) for row in db.execute(_SEQUENCES)]
    undone = db.execute("SELECT count(*) FROM step WHERE undone = 1").fetchone()[0]
    root = db.execute("SELECT value FROM setting WHERE key = 'images_dir'").fetchone()
    unstepped = sha256()
    # where images were found again, and what the person called fine; as bytes: damaged text is no reason for no backup
    for select in (_PLACES, *([_FINE] if schema.version_of(db) >= _HAS_FINDINGS else [])):
        for row in db.execute(select):
            unstepped.update(repr(tuple(row)).encode())
    return [sequences, undone, root and root[0], unstepped.digest()]


def _mark_of(path: Path) -> list[Any] | None:
    """None when it cannot be read."""
    with suppress(sqlite3.Error, OSError), reading(path) as db:
        return _mark(db)
    return None


def rescue(db: sqlite3.Connection, project: Path) -> Path | None:
    """Makes a backup of a project whose file is not in its place any more, through a connection that still has it.
    None when that does not work: its folder is gone, or its drive."""
    try:
        return _copied(db, project, lambda _done, _total: None, word=_RESCUED)
    except (Problem, OSError, sqlite3.Error) as error:
        _log.warning("%s could not be rescued: %s", project, error)
        return None


def _copied(db: sqlite3.Connection, project: Path, tell: TellCopied, *, word: str = "") -> Path:
    """Under its name only when it is whole, sound and on the disk. Problem when there is no room."""
    folder = backups_folder(project)
    if leads_away(project):
        raise Problem(say("{folder} is a link that leads to another folder; take it away.", folder=folder.name))
    private.make_folder_like(folder, project)
    remove_leftovers(folder)
    _remove_older_leftovers(folder)
    size = db.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0]
    if shutil.disk_usage(folder).free < 2 * size + (1 << 20):  # the rest is for the work itself
        raise Problem(say("{folder}: too little room on the disk.", folder=folder))
    part = partial_of(folder / project.name)
    try:
        private.create(part, like=project)
        with closing(connect_new(part)) as copy:
            _fill(copy, db, tell)
            if not _is_sound(copy):
                raise damaged(project)
        flush(part)
        made = _free_name(folder, project, word)
        part.replace(made)
        flush_folder(folder)
    finally:
        part.unlink(missing_ok=True)
    return made


def _free_name(folder: Path, project: Path, word: str) -> Path:
    """Returns a free name for a backup, with the time to the second, or a few seconds later: after all others, since
    the order of the names is that of the backups. A clock that was set back by more is told as it is."""

    def named(time: str) -> Path:
        return folder / f"{project.stem} {time}{word}{project.suffix}"

    times = [_told(later) for later in range(_MOST_LATER_S)]
    newest = max((told for path in backups_of(project) if (told := time_told(path)) <= times[-1]), default="")
    after = (named(time) for time in times if time > newest)
    return next(after, None) or next(path for time in times if not (path := named(time)).exists())


def _fill(copy: sqlite3.Connection, db: sqlite3.Connection, tell: TellCopied) -> None:
    # nobody reads it before it is whole and flushed
    copy.execute("PRAGMA journal_mode = OFF")
    copy.execute("PRAGMA synchronous = OFF")
    db.backup(copy, pages=_PAGES, progress=lambda _status, left, total: tell(total - left, total))
    forget_mark(copy)
    copy.execute("PRAGMA journal_mode = DELETE")  # it came with WAL, which puts files beside it when it is only read


def _is_sound(db: sqlite3.Connection) -> bool:
    return db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"


def _forget_old(project: Path, made: Path) -> None:
    """Removes the oldest backups beyond those that are kept. What tells no time is somebody else's and stays."""
    others = [path for path in by_age(project) if path != made and not path.stem.endswith(_RESCUED) and time_told(path)]
    for path in others[KEPT - 1 :]:
        try:
            path.unlink()
        except OSError as error:
            _log.warning("The old backup %s stays: %s", path, error)


def _remove_older_leftovers(folder: Path) -> None:
    """Removes leftovers of older versions, which did not say who makes it: a younger one may be in the making."""
    for part in folder.glob(f".*{_PART}"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > _DAY_S:
                part.unlink()
