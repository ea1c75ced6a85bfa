"""How a project stays with its file: the log is brought into it, and a file that is renamed or moved is followed."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from app.problem import Problem
from app.project.connection import FileId, connect, file_id, sentences
from app.project.safety import wal
from app.project.safety.backup_files import backups_folder
from app.project.safety.locating import is_in_trash, path_of_open
from app.project.safety.lock import Hold, holder, released_on_error, take
from app.project.safety.settling import settle
from app.project.safety.wal import Log, opened_log
from app.project.whereabouts import Whereabouts
from app.project.write_queue import WriteQueue, Writer, write_queue_of

_left_open: list[sqlite3.Connection] = []
"""Connections that must not be closed: SQLite would write into a file that is not theirs any more."""


class Staying(ABC):
    """The part of a Project that knows where its file is."""

    path: Path
    whereabouts: Whereabouts
    _db: sqlite3.Connection
    _file_id: FileId | None
    _turns: WriteQueue
    _writer: Writer
    _lock: Hold | None
    _owns_log: bool
    is_parted = False
    """From its file: it could not be opened yet where it is now."""

    def keep(self, log: Log) -> None:
        """Takes the log over: it is brought into the file when this project is closed."""
        self._turns.log, self._owns_log = log, True

    @property
    def log(self) -> Log | None:
        """The log that all connections of this program write to; None when nobody writes."""
        return self._turns.log

    def bring_into_file(self) -> bool:
        """Brings what lies in the log into the file, so that a copy of the file alone holds everything. False when
        somebody reads what is older, or nothing is written."""
        with sentences(self.path):
            return self._writer.into_file()

    @property
    def is_in_place(self) -> bool:
        """False once the file was renamed, moved, replaced or deleted."""
        return file_id(self.path) == self._file_id

    def moved_to(self) -> Path | None:
        """Finds where the file is that is not in its place. None when it was thrown away, or cannot be found."""
        found = None if self._file_id is None else path_of_open(self._file_id)
        return None if found is None or is_in_trash(found) else found

    def follow(self, path: Path) -> None:
        """Goes on with the file at its new path, with its backups and the same images. No other connection may be open,
        and no step under way. Problem when it cannot be had there; then all is as it was."""
        before = self._lock
        moved = before.moved_to(path) if before is not None else None
        lock = moved or self._taken_at(path)
        with released_on_error(None if moved else lock), sentences(path):
            if not self.is_parted:
                self._move_log()
                # first: SQLite would share the index of the old log among all connections to this file
                self._part()
            db = connect(path, read_only=False)
        self.is_parted = False
        if before is not None and moved is None:
            before.release()
        old = self.path
        wal.remove_empty(old)
        self._go_on(path, db, lock)
        _move_backups(old, path)
        self._keep_root(self.whereabouts)

    def _part(self) -> None:
        self._db.close()
        self.is_parted = True

    def _taken_at(self, path: Path) -> Hold:
        lock, reason = take(path)
        if lock is None:
            raise Problem(f"{self.path.name} cannot be written in {path}. {reason.rstrip('.')}.")
        return lock

    def reopen(self) -> None:
        """Opens the file anew in its place, after its disk was away: to the connections from before it is dead. As
        follow, but on a Problem nothing can be read or saved until it is called again."""
        self._turns.log, self._owns_log = None, False
        with suppress(sqlite3.Error):
            self._part()
        self.is_parted = True
        if self._lock is not None:
            self._lock.release()
        with sentences(self.path):
            lock = self._taken_at(self.path)
            with released_on_error(lock):
                settled = settle(self.path, lock)
                if settled.read_only_reason:
                    raise Problem(f"{self.path.name}: {settled.read_only_reason}")
                db = connect(self.path, read_only=False)
                self._file_id = file_id(self.path)
                self._turns = write_queue_of(self._file_id)
                self._turns.log = opened_log(db, self.path, {wal.HOLDER: holder(), wal.LOCK: lock.name})
                self._owns_log = True
        self.is_parted = False
        self._go_on(self.path, db, lock)
        self.refresh()

    def _move_log(self) -> None:
        """Everything is in the file, and none of it beside it."""
        if not self._writer.into_file():
            raise Problem(f"{self.path.name} was moved; somebody still reads it.")

    def _go_on(self, path: Path, db: sqlite3.Connection, lock: Hold) -> None:
        self.path, self._db, self._lock = path, db, lock
        before, self._writer = self._writer, Writer(db, self._turns)
        self._writer.as_hurried(before)
        if self._turns.log is not None and self._turns.log.path != path:
            self._turns.log.move_to(path)
        self.keep_setting(wal.LOCK, lock.name)

    def _keep_root(self, old: Whereabouts) -> None:
        """The images are where they were, unless their folder was moved with the file."""
        was_settled = old.is_settled
        self.whereabouts = self._looked_up()
        if not was_settled:
            return
        if self.whereabouts.root == old.root:
            self.whereabouts.settle()  # the person agreed to it under the old name
        elif old.root.is_dir():
            self.look_in(old.root)

    def _keep_lock(self) -> None:
        """A lock file that was deleted by hand is made again. Problem when another window was quicker."""
        if self._lock is None or self._lock.is_there:
            return
        if not self._lock.taken_again():
            raise Problem(
                f"{self.path.name}: its lock file was deleted, and another window writes to it since. "
                "The change was not saved; close it in one of them and open it again."
            )
        self.set_setting(wal.LOCK, self._lock.name)

    def _end_log(self) -> None:
        """At the end. What cannot be brought into the file stays in the log, which is as safe."""
        log = self._turns.log
        if log is None or not self._owns_log:
            return
        self._owns_log = False
        with suppress(Problem, sqlite3.Error, OSError):
            log.close(self._db)
        self._turns.log = None
        if log.changed:
            self._close_without_writing()
        else:
            self._db.close()
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
                self._db.close()
        except (sqlite3.Error, OSError):
            _left_open.append(self._db)

    @abstractmethod
    def _looked_up(self) -> Whereabouts:
        """Where the file says that its images are."""

    @abstractmethod
    def refresh(self) -> None:
        """Forget what was remembered."""

    @abstractmethod
    def set_setting(self, key: str, value: Any) -> None:
        """Writes a setting of the project."""

    @abstractmethod
    def keep_setting(self, key: str, value: Any) -> None:
        """Writes a setting of the project, now or later."""

    @abstractmethod
    def look_in(self, folder: Path) -> None:
        """From now on its images are those below that folder."""


def _move_backups(old: Path, new: Path) -> None:
    """They are found by the name of their project."""
    folder, moved = backups_folder(old), backups_folder(new)
    with suppress(OSError):
        if folder.is_dir() and not old.exists() and not moved.exists() and folder.parent == moved.parent:
            folder.rename(moved)
