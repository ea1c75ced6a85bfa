"""The write-ahead log beside a project file: whose it is, and when it is brought into the file (docs/decisions/010).

SQLite plays a log that a crash left over into whatever file bears its name: a backup that was put back, another project
that was moved there. So each log has an owner. A random mark stands in the file, in a row of its settings; the log
holds the next one; a small file beside the log names both. A log whose marks are not the file's is somebody else's.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TypeAlias
from uuid import uuid4

import msgspec

from app import private
from app.atomic import flush_folder
from app.problem import Problem
from app.project.connection import connect_to_file_alone, file_id, hurried, is_busy, remove_traces, transaction
from app.text import say

MARK = "log"
"""The key of the setting."""
HOLDER = "holder"
LOCK = "lock_file"
"""The key of the setting that says which lock file keeps other windows out."""
OPEN, CLOSED = "open", "closed"
_LOG, _INDEX, _OWNER = "-wal", "-shm", "-wal-owner"
_ASIDE, _OF_ASIDE = "-wal aside ", "-owner"
_MOST_OWNER_BYTES = 10_000
_SET = "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
FileState: TypeAlias = tuple[int, int, int, int] | None
"""Device, inode, size in bytes and time of a file in nanoseconds."""


def log_of(project: Path) -> Path:
    """The path of a project's log, which may not be there."""
    return project.with_name(project.name + _LOG)


def has_log(project: Path) -> bool:
    """True if commits may lie beside the file that are not in the file itself yet."""
    return _size(log_of(project)) > 0


def mark_in(project: Path) -> str | None:
    """Reads the mark of a project file, without its log; None in one that was never opened for writing, in a backup, or
    where nothing can be read."""
    return _setting_in(project, MARK)


def lock_in(project: Path) -> str | None:
    """Reads which lock file the last one who opened the project for writing has; None as mark_in."""
    return _setting_in(project, LOCK)


def _setting_in(project: Path, key: str) -> str | None:
    with suppress(sqlite3.DatabaseError), closing(connect_to_file_alone(project)) as db:
        return _setting_of(db, key)
    return None


def _setting_of(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    with suppress(msgspec.DecodeError, TypeError):  # TypeError: a stranger's column has any type
        return None if row is None else msgspec.json.decode(row[0], type=str)
    return None


def is_open_mark(mark: str | None) -> bool:
    """True if the file was open for writing when it got this mark: it still is, or it is a copy, or a crash left it."""
    return mark is not None and mark.startswith(OPEN)


def set_mark(db: sqlite3.Connection, mark: str) -> None:
    """Writes the mark, as a part of a transaction or as one."""
    _set(db, MARK, mark)


def _set(db: sqlite3.Connection, key: str, value: str) -> None:
    db.execute(_SET, (key, msgspec.json.encode(value).decode()))


def forget_mark(db: sqlite3.Connection) -> None:
    """Removes the mark from a copy: no log is the copy's."""
    db.execute("DELETE FROM setting WHERE key = ?", (MARK,))


def new_mark(state: str = OPEN) -> str:
    """Makes a mark that no other file has."""
    return f"{state} {uuid4().hex}"


def owner_file(project: Path) -> Path:
    """The path of the file that names the marks of the log's owner."""
    return project.with_name(project.name + _OWNER)


def marks_of_owner(owner: Path) -> list[str | None] | None:
    """Reads the marks that a log's file has, or has had when the log began; None when nobody says."""
    try:
        if owner.stat().st_size > _MOST_OWNER_BYTES:
            return None
        return msgspec.json.decode(owner.read_bytes(), type=list[str | None])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def put_aside(project: Path) -> Path | None:
    """Takes the log away from the name of a project, with what says whose it is; returns where it lies now. None when
    there was nothing in it. OSError when another program holds it."""
    aside = None
    if has_log(project):
        aside = _unused(project.with_name(f"{project.name}{_ASIDE}{datetime.now(UTC):%Y-%m-%d %H.%M.%S} UTC"))
        log_of(project).rename(aside)
        with suppress(FileNotFoundError):
            owner_file(project).rename(aside.with_name(aside.name + _OF_ASIDE))
    remove_empty(project)
    return aside


def _unused(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name} {number}")
    return free


def logs_aside(project: Path) -> list[Path]:
    """The logs that were put aside in the folder of a project, of whatever name; the newest first."""
    with suppress(OSError):
        found = [path for path in project.parent.iterdir() if _ASIDE in path.name and not path.name.endswith(_OF_ASIDE)]
        return sorted(found, key=lambda path: path.name.partition(_ASIDE)[2], reverse=True)
    return []


def take_back(project: Path, aside: Path) -> None:
    """Gives a log that was put aside back to its file."""
    owner = aside.with_name(aside.name + _OF_ASIDE)
    owner.replace(owner_file(project))
    aside.replace(log_of(project))


def marks_of_aside(aside: Path) -> list[str | None]:
    """Reads the marks of the file that a log which was put aside belongs to."""
    return marks_of_owner(aside.with_name(aside.name + _OF_ASIDE)) or []


def remove_empty(project: Path) -> None:
    """Removes what is left of a log beside a project that nobody has open. A log that holds something stays."""
    if has_log(project):
        return
    if project.exists():
        remove_traces(project)  # as SQLite does: somebody may just be reading
    else:
        for path in (log_of(project), project.with_name(project.name + _INDEX)):
            path.unlink(missing_ok=True)
    owner_file(project).unlink(missing_ok=True)


def stamp_of(path: Path) -> FileState:
    """What changes when anybody writes to a file or puts another one in its place; None when it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _size(path: Path) -> int:
    """0 also for a folder of that name, which is no log."""
    try:
        status = path.stat()
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


class Log:
    """The log of a project that is open for writing, for all connections of this program to it. Each time it was
    brought into the file as a whole a new one begins, with a mark of its own."""

    def __init__(self, path: Path, mark: str | None, in_log: str | None) -> None:
        """Begins the log of a project that is open for writing. mark: what the file has now. in_log: what it has with
        the log that was left over."""
        self.path = path
        self.changed = ""
        """Why nothing may be written to the file any more: somebody else has. "" while all is well."""
        self._base, self._next = mark, new_mark()
        self._left_over: tuple[str | None, ...] = () if in_log is None else (in_log,)
        """What the file may have too, until that log was brought into it as a whole."""
        self._is_partly = False
        """Whether a part of this log was brought into the file: a copy may have the next mark and lack a part."""
        self._is_marked = False
        """Whether the next mark is in the log."""
        self._is_in_work = False
        self._works = 0
        self._is_torn = False
        """Whether a part of the log was brought into the file, and not the rest: read alone it may be no database, and
        not tell its mark."""
        self._marks: tuple[str | None, ...] = ()
        """Those that the file may have now."""
        self._file = file_id(path)
        self._stamp = stamp_of(path)
        self._guard = Lock()
        self._name_owner(self._base, self._next)

    @property
    def is_pending(self) -> bool:
        """True if a copy of the file alone would lack something."""
        return has_log(self.path)

    def is_of(self, path: Path) -> bool:
        """True if the file there is the one of this log, whatever the system calls it by now, or a copy of it."""
        return stamp_of(path) is not None and mark_in(path) in self._marks

    @property
    def size_bytes(self) -> int:
        """How long the log is."""
        return _size(log_of(self.path))

    def add_mark(self, db: sqlite3.Connection) -> None:
        """A part of the first transaction of each log."""
        if not self._is_marked:
            set_mark(db, self._next)

    def committed(self) -> None:
        """Notes that the mark is in the log; to be called after the commit of what `add_mark` was a part of."""
        self._is_marked = True

    def refuse_changed(self) -> None:
        """Raises a Problem when the file is not as this program left it: to play the log into it would destroy it."""
        works = self._works
        if not self._is_in_work:
            self._look_closer(works)
        if self.changed:
            raise Problem(self.changed)

    def move_to(self, path: Path) -> None:
        """The file has another path now, and an empty log there."""
        self.path, self._stamp = path, stamp_of(path)
        self._name_owner(self._base, self._next)

    def _look_closer(self, works: int) -> None:
        """At a file that is not as it was: it may only have been touched. works: what begins meanwhile looks itself."""
        stamp = stamp_of(self.path)
        if self.changed or stamp == self._stamp or stamp is None or file_id(self.path) != self._file:
            return  # one that was moved is another thing, which the project tells
        mark = mark_in(self.path)
        if mark in self._marks or (mark is None and self._is_torn):
            self._stamp = stamp
        elif works == self._works:
            self.changed = say(
                "{file}: another program has written to the file (a sync program, or a backup that was put "
                "back while it was open). Nothing is written to it any more; close it and open it again.",
                file=self.path.name,
            )

    def into_file(self, db: sqlite3.Connection, turn: AbstractContextManager[None]) -> bool:
        """Brings the whole log into the file and begins a new one. turn: nobody writes inside; taken when most is done.
        False when somebody still reads what is older: then as much as can be was done. Problem when the file is not
        ours any more."""
        with self._guard:
            self.refuse_changed()
            with self._in_work():
                after, further = new_mark(), new_mark()
                self._name_owner(self._base, self._next, after, further)
                was_partly, self._is_partly = self._is_partly, True
                db.execute("PRAGMA wal_checkpoint(PASSIVE)")
                with turn:
                    self._add_missing_mark(db)
                    is_whole = _truncate(db)
                    if is_whole and self._is_marked:
                        self._base, self._next, self._is_marked = self._next, after, False
                        if was_partly and self._is_marked_alone(db):
                            self._base, self._next, self._is_marked = self._next, further, False
                    self._is_torn = not is_whole
                    if is_whole:
                        self._is_partly, self._left_over = self._is_marked, ()
                self._name_owner(self._base, self._next)
        return is_whole

    def _is_marked_alone(self, db: sqlite3.Connection) -> bool:
        """Whether the file has the next mark, with no other change."""
        with transaction(db):
            self.add_mark(db)
        self.committed()
        return _truncate(db)

    def _add_missing_mark(self, db: sqlite3.Connection) -> None:
        """Something was written that no `Writer` knew of."""
        if self.is_pending and not self._is_marked:
            with transaction(db):
                self.add_mark(db)
            self.committed()

    def close(self, db: sqlite3.Connection) -> bool:
        """Brings the log into the file for the last time: the file tells then that nothing is missing in it."""
        with self._guard:
            self.refuse_changed()
            with self._in_work():
                closed = new_mark(CLOSED)
                self._name_owner(self._base, self._next, closed)
                with suppress(sqlite3.OperationalError), transaction(db):  # a full disk
                    set_mark(db, closed)
                is_whole = _truncate(db)
                self._is_torn = not is_whole
                return is_whole

    @contextmanager
    def _in_work(self) -> Generator[None]:
        self._works += 1
        self._is_in_work = True
        try:
            yield
        except BaseException:
            self._is_torn = True
            raise
        finally:
            self._is_in_work = False
            self._look_closer(self._works)

    def _name_owner(self, *marks: str | None) -> None:
        """On the disk before the log holds anything. Only beside the file itself, which may have been moved."""
        marks = (*marks, *self._left_over)
        self._marks = marks
        if file_id(self.path) != self._file:
            return
        owner = owner_file(self.path)
        try:
            _write_whole(owner, msgspec.json.encode(marks))
            private.share(owner, self.path)
        except OSError:  # a full disk: nobody says whose it is then, and it is looked at more closely
            _remove_owner(owner)


def _remove_owner(owner: Path) -> None:
    """Problem when that does not work: it would say something else than what is true."""
    try:
        owner.unlink(missing_ok=True)
    except OSError as error:
        raise Problem(
            say("{owner} can neither be written nor removed: {reason}.", owner=owner, reason=error.strerror or error)
        ) from error


def _truncate(db: sqlite3.Connection) -> bool:
    """False when a reader is in the way."""
    return not db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


def _write_whole(file: Path, content: bytes) -> None:
    """Replaces a file as app.atomic does, but under a name that is always the same: it is written with each
    check-point, and what a power cut leaves of it beside the project gives way to the next one."""
    part = file.with_name(file.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    part.replace(file)
    flush_folder(file.parent)


def opened_log(db: sqlite3.Connection, path: Path, known: Mapping[str, str]) -> Log:
    """Makes file and log each other's: the first thing that is written when a project is opened for writing, then or,
    when another program writes just now, with the first change. known: settings, of who opens it."""
    log = Log(path, mark_in(path), _setting_of(db, MARK))
    try:
        with hurried(db), transaction(db):
            log.add_mark(db)
            for key, value in known.items():
                _set(db, key, value)
    except sqlite3.OperationalError as error:
        if not is_busy(error):
            raise
        return log
    log.committed()
    with hurried(db):
        log.into_file(db, nullcontext())
    return log
