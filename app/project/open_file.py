"""A project file that is open: its connection, its lock and its log. It is followed when it is renamed or moved."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import get_ident
from typing import TypeVar

from app.problem import Problem
from app.project import schema
from app.project.connection import connect, file_id, remove_traces, sentences
from app.project.rows import write_setting
from app.project.safety import wal
from app.project.safety.backup_files import backups_folder
from app.project.safety.locating import is_in_trash, path_of_open
from app.project.safety.lock import Hold, holder, released_on_error, take
from app.project.safety.settling import settle
from app.project.safety.wal import Log, opened_log
from app.project.write_queue import Writer, write_queue_of
from app.text import say

_T = TypeVar("_T")
_left_open: list[sqlite3.Connection] = []
"""Connections that must not be closed: SQLite would write into a file that is not theirs any more."""


class OpenFile:
    """What the parts of a project read and write. Belongs to the thread that opened it, or took it over."""

    def __init__(self, path: Path, db: sqlite3.Connection, read_only_reason: str, lock: Hold | None) -> None:
        self.path, self._db, self._thread = path, db, get_ident()
        self.read_only_reason = read_only_reason
        """Why nothing can be changed; "" when it can."""
        self.is_parted = False
        """From its file: it could not be opened yet where it is now."""
        self.notes: tuple[str, ...] = ()
        """Sentences on what was found at opening, for the person."""
        self.holder: dict[str, str] = {}
        """Settings that say who has it open for writing."""
        self.lock = lock
        self._id = file_id(path)
        self.queue = write_queue_of(self._id)
        self.writer = Writer(db, self.queue)
        self._owns_log = False
        self._listeners: list[Callable[[], None]] = []

    # --- reading and writing -------------------------------------------------------------------------------------

    @property
    def db(self) -> sqlite3.Connection:
        """The connection. Raises sqlite3.ProgrammingError on a thread that it does not belong to."""
        if self._thread != get_ident():
            raise sqlite3.ProgrammingError("The project belongs to another thread.")
        return self._db

    def take_over(self) -> None:
        """Makes it belong to this thread. The one before uses it no more."""
        self._thread = get_ident()

    def all(self, make: Callable[[sqlite3.Row], _T], query: str, *parameters: int | str) -> list[_T]:
        """Returns what `make` makes of each row that the query finds. Problem when the file cannot be read."""
        with sentences(self.path):
            return [make(row) for row in self.db.execute(query, parameters)]

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Writes all that is done inside, or nothing of it. Problem when it cannot be written."""
        with sentences(self.path), self.writer.transaction():
            yield

    def must_be_writable(self) -> None:
        """Raises a Problem, with the reason, when nothing can be changed."""
        if self.read_only_reason:
            raise Problem(
                say(
                    "{file} is read-only. {read_only_reason}",
                    file=self.path.name,
                    read_only_reason=self.read_only_reason,
                )
            )
        if self.queue.log is not None:
            self.queue.log.refuse_changed()
        if not self.is_in_place:  # SQLite would go on writing to a file that nobody finds any more
            raise Problem(
                say(
                    "{file} is not there any more: it was moved or deleted, or its drive was taken out. The "
                    "change was not saved; put it back and try again.",
                    file=self.path.name,
                )
            )
        self._keep_lock()

    def hurry(self) -> None:
        """Makes it give up before anybody feels that it waits for another writer: for the thread of a window."""
        self.writer.hurry()

    @property
    def schema_version(self) -> int:
        """The version of the tables in the file."""
        return schema.version_of(self.db)

    # --- the log -------------------------------------------------------------------------------------------------

    def keep(self, log: Log) -> None:
        """Takes the log over: it is brought into the file when this one is closed."""
        self.queue.log, self._owns_log = log, True

    @property
    def log(self) -> Log | None:
        """The log that all connections of this program write to; None when nobody writes."""
        return self.queue.log

    def bring_into_file(self) -> bool:
        """Brings what lies in the log into the file, so that a copy of the file alone holds everything. False when
        somebody reads what is older, or nothing is written."""
        with sentences(self.path):
            return self.writer.into_file()

    # --- where it is ---------------------------------------------------------------------------------------------

    @property
    def is_in_place(self) -> bool:
        """False once the file was renamed, moved, replaced or deleted."""
        return file_id(self.path) == self._id

    def moved_to(self) -> Path | None:
        """Finds where the file is that is not in its place. None when it was thrown away, or cannot be found."""
        found = None if self._id is None else path_of_open(self._id)
        return None if found is None or is_in_trash(found) else found

    def when_opened_again(self, listener: Callable[[], None]) -> None:
        """Calls the listener after each `follow` and `reopen`."""
        self._listeners.append(listener)

    def follow(self, path: Path) -> None:
        """Goes on with the file at its new path, with its backups. No other connection may be open, and no step under
        way. Problem when it cannot be had there; then all is as it was."""
        before = self.lock
        moved = before.moved_to(path) if before is not None else None
        lock = moved or self._taken_at(path)
        with released_on_error(None if moved else lock), sentences(path):
            if not self.is_parted:
                self._move_log()
                # first: SQLite would share the index of the old log among all connections to this file
                self._part()
            db = connect(path, read_only=False)
        if before is not None and moved is None:
            before.release()
        old = self.path
        wal.remove_empty(old)
        self._go_on(path, db, lock)
        _move_backups(old, path)
        self._tell_opened_again()

    def reopen(self) -> None:
        """Opens the file anew in its place, after its disk was away: to the connections from before it is dead. As
        follow, but on a Problem nothing can be read or saved until it is called again."""
        self.queue.log, self._owns_log = None, False
        with suppress(sqlite3.Error):
            self._part()
        self.is_parted = True
        if self.lock is not None:
            self.lock.release()
        with sentences(self.path):
            lock = self._taken_at(self.path)
            with released_on_error(lock):
                settled = settle(self.path, lock)
                if settled.read_only_reason:
                    raise Problem(f"{self.path.name}: {settled.read_only_reason}")
                db = connect(self.path, read_only=False)
                self._id = file_id(self.path)
                self.queue = write_queue_of(self._id)
                self.keep(opened_log(db, self.path, {wal.HOLDER: holder(), wal.LOCK: lock.name}))
        self._go_on(self.path, db, lock)
        self._tell_opened_again()

    def _part(self) -> None:
        self.db.close()
        self.is_parted = True

    def _taken_at(self, path: Path) -> Hold:
        lock, reason = take(path)
        if lock is None:
            raise Problem(
                say(
                    "{file} cannot be written in {path}. {reason}.",
                    file=self.path.name,
                    path=path,
                    reason=reason.rstrip("."),
                )
            )
        return lock

    def _move_log(self) -> None:
        """Everything is in the file, and none of it beside it."""
        if not self.writer.into_file():
            raise Problem(say("{file} was moved; somebody still reads it.", file=self.path.name))

    def _go_on(self, path: Path, db: sqlite3.Connection, lock: Hold) -> None:
        self.is_parted = False
        self.path, self._db, self.lock = path, db, lock
        before, self.writer = self.writer, Writer(db, self.queue)
        self.writer.as_hurried(before)
        if self.queue.log is not None and self.queue.log.path != path:
            self.queue.log.move_to(path)

    def _tell_opened_again(self) -> None:
        for listener in self._listeners:
            listener()

    def _keep_lock(self) -> None:
        """A lock file that was deleted by hand is made again. Problem when another window was quicker."""
        if self.lock is None or self.lock.is_there:
            return
        if not self.lock.taken_again():
            raise Problem(
                say(
                    "{file}: its lock file was deleted, and another window writes to it since. The change was "
                    "not saved; close it in one of them and open it again.",
                    file=self.path.name,
                )
            )
        with self.transaction():
            write_setting(self.db, wal.LOCK, self.lock.name)

    # --- the end -------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Brings what lies in the log into the file, wherever that is now. Safe to call twice."""
        self._end_log()
        self.db.close()
        if self.read_only_reason:
            remove_traces(self.path)
        if self.lock is not None:
            self.lock.release()

    def _end_log(self) -> None:
        """What cannot be brought into the file stays in the log, which is as safe."""
        log = self.queue.log
        if log is None or not self._owns_log:
            return
        self._owns_log = False
        with suppress(Problem, sqlite3.Error, OSError):
            log.close(self.db)
        self.queue.log = None
        if log.changed:
            self._close_without_writing()
        else:
            self.db.close()
        with suppress(OSError):
            if not self.path.exists() or self.is_in_place:
                wal.remove_empty(self.path)
            elif not wal.has_log(self.path):
                wal.owner_file(self.path).unlink(missing_ok=True)

    def _close_without_writing(self) -> None:
        """SQLite brings the log into the file when the last connection is closed, whatever became of the file: one that
        may not write is the last."""
        try:
            with closing(connect(self.path, read_only=True)) as reader:
                reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                self.db.close()
        except (sqlite3.Error, OSError):
            _left_open.append(self.db)


def _move_backups(old: Path, new: Path) -> None:
    """They are found by the name of their project."""
    folder, moved = backups_folder(old), backups_folder(new)
    with suppress(OSError):
        if folder.is_dir() and not old.exists() and not moved.exists() and folder.parent == moved.parent:
            folder.rename(moved)
