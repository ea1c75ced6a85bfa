"""Watches over a project that is open: a copy of its file is whole a second after the last change, and a file that is
moved, replaced or written to by others is noticed at once. It has a thread and a connection of its own."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from enum import Enum, auto
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import TypeAlias

from app.problem import Problem
from app.project.connection import connect, file_id
from app.project.safety.backup import rescue
from app.project.safety.locating import is_in_trash, path_of_open
from app.project.safety.wal import FileState, Log, log_of, stamp_of
from app.project.write_queue import Writer, write_queue_of

IDLE_S = 1.0
"""After the last change, until the log is brought into the file."""
MOST_S = 3.0
"""After the first change that is not in the file yet, however many follow."""
LOOK_S = 0.25
_log = logging.getLogger(__name__)


class FileEvent(Enum):
    """What the keeper tells of the file."""

    MOVED = auto()
    """It has another path now, which is told too."""
    LOST = auto()
    """It is not in its place any more, and nobody knows where it is; told with the path of a copy, if one was made."""
    BACK = auto()
    """It is in its place again."""
    RETURNED = auto()
    """It was lost and is there again, as after a drive was pulled out and put in: it has to be opened anew."""
    CHANGED = auto()
    """Another program has written to it."""


TellEvent: TypeAlias = Callable[[FileEvent, Path | None], object]


class Keeper:
    """Belongs to a project that is open for writing, from `start` to `stop`."""

    def __init__(self, project: Path, tell: TellEvent) -> None:
        """Prepares to watch over a project. tell: is called on the keeper's thread, once for each thing that is
        seen."""
        self._path, self._tell = project, tell
        self._file = file_id(project)
        self._turns = write_queue_of(self._file)
        self._told: FileEvent | None = None
        self._pending: FileState = None
        """Of the log, as long as nothing is added to it."""
        self._since = self._first = monotonic()
        self._stop, self._watches = Event(), Event()
        self._thread = Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Begins to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it and closes its connection; waits for a log that is just being brought into the file."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        try:
            with closing(connect(self._path, read_only=False)) as db:
                writer = Writer(db, self._turns)
                self._watches.set()
                while not self._stop.wait(LOOK_S):
                    try:
                        self._look(writer, db)
                    except (sqlite3.Error, OSError) as error:  # as from a drive that just goes: the next look tells
                        self._failed(error)
        except (sqlite3.Error, OSError) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        _log.warning("%s could not be watched over: %s", self._path, error)
        if file_id(self._path) != self._file and self._told is not FileEvent.LOST:
            self._told = FileEvent.LOST
            self._tell(FileEvent.LOST, None)

    def _look(self, writer: Writer, db: sqlite3.Connection) -> None:
        log = self._turns.log
        if log is None:
            return
        seen, found = self._seen(log)
        if self._is_idle(log) or seen not in (self._told, FileEvent.RETURNED):
            with suppress(Problem, sqlite3.Error, OSError):  # a full disk, a drive that is gone: the log is as safe
                writer.into_file()
        if seen is not self._told:
            where = rescue(db, self._path) if seen is FileEvent.LOST else found
            self._told = seen
            self._tell(seen or FileEvent.BACK, where)

    def _seen(self, log: Log) -> tuple[FileEvent | None, Path | None]:
        if self._told in (FileEvent.LOST, FileEvent.RETURNED):
            return (FileEvent.RETURNED if log.is_of(self._path) else FileEvent.LOST), None
        if self._file is not None and file_id(self._path) != self._file:
            found = path_of_open(self._file)
            return (FileEvent.LOST, None) if found is None or is_in_trash(found) else (FileEvent.MOVED, found)
        with suppress(Problem):
            log.refuse_changed()
        return FileEvent.CHANGED if log.changed else None, None

    def _is_idle(self, log: Log) -> bool:
        """Whether something lies in the log, and nothing was added to it for a while, or it has lain there for long."""
        now, stamp = monotonic(), stamp_of(log_of(log.path)) if log.is_pending and not self._turns.in_bulk else None
        if self._pending is None:
            self._first = now
        if stamp != self._pending:
            self._pending, self._since = stamp, now
        return stamp is not None and (now - self._since >= IDLE_S or now - self._first >= MOST_S)
