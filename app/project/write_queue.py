"""How a connection writes: in turn with the other threads of this program, and what becomes of the log.

SQLite's own way of waiting is to sleep and ask again: an import, which begins a transaction when it has ended one,
kept a mask that was accepted meanwhile waiting for up to 3 seconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from time import monotonic
from weakref import WeakValueDictionary

from app.problem import Problem
from app.project.connection import FileId, hurry, transaction
from app.project.safety.wal import Log

_PATIENCE_S = 2.0
"""SQLite's own comes after it."""
_HURRIED_S = 0.15
"""Of a window: 0.25 s without an answer are felt. Its own threads take turns, so that little is left to SQLite."""
_LOG_BYTES = 1000 * 4096
"""SQLite's own measure: the commit that makes the log longer brings it into the file, which takes 15 ms. While a window
is open the keeper does so before, when nothing is changed for a second."""
_BULK_BYTES = 4000 * 4096
"""The longer the log, the more often a page is changed again before it is brought into the file: a seventh of the time
of an import."""
_MOST_BETWEEN = 64
"""Transactions before a look at how long the log is."""
_USUAL = ("synchronous = FULL", "temp_store = DEFAULT")
# temp_store: what a statement of many rows would take back is kept in a file else, made anew for each
_BULK = ("synchronous = NORMAL", "temp_store = MEMORY")


class WriteQueue:
    """At writing to one file."""

    def __init__(self) -> None:
        self._next = Lock()
        self._now = Lock()
        self.in_bulk = False
        """Whether the log is left to somebody who writes in bulk."""
        self.log: Log | None = None
        """While the project is open for writing."""
        self.log_limit_bytes = _LOG_BYTES

    @contextmanager
    def taken(self, patience_s: float = _PATIENCE_S) -> Generator[None]:
        """Nobody has two turns one after the other while another waits: who waits for this turn holds the right to the
        next one. After so long without one it is as if it were ours; SQLite finds out who is in the way."""
        until = monotonic() + patience_s
        is_next = self._next.acquire(timeout=patience_s)
        try:
            is_ours = self._now.acquire(timeout=max(until - monotonic(), 0))
        finally:
            if is_next:
                self._next.release()
        try:
            yield
        finally:
            if is_ours:
                self._now.release()


_all: WeakValueDictionary[FileId, WriteQueue] = WeakValueDictionary()
_guard = Lock()


def write_queue_of(file: FileId | None) -> WriteQueue:
    """The same for all connections to it."""
    with _guard:
        return WriteQueue() if file is None else _all.setdefault(file, WriteQueue())


class Writer:
    """Writes by one connection, in turn with the others."""

    def __init__(self, db: sqlite3.Connection, turns: WriteQueue) -> None:
        self._db = db
        self._turns = turns
        self._patience_s = _PATIENCE_S
        self._in_bulk = False
        self._every = 1
        """So many transactions in bulk fill the log."""
        self._since = 0

    def hurry(self) -> None:
        """Makes the writer give up, from now on, before anybody feels that it waits."""
        self._patience_s = _HURRIED_S
        hurry(self._db)

    @property
    def _is_hurried(self) -> bool:
        """Then the keeper shortens the log."""
        return self._patience_s == _HURRIED_S

    def as_hurried(self, other: Writer) -> None:
        """Waits as long as the other one does."""
        if other._is_hurried:
            self.hurry()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing. Inside another one of this connection it is a part of it."""
        if self._db.in_transaction:
            yield
            return
        log = self._turns.log
        with self._turns.taken(self._patience_s):
            if log is not None:
                log.refuse_changed()
            with transaction(self._db):
                before = self._db.total_changes
                yield
                is_changed = self._db.total_changes != before
                if is_changed and log is not None:
                    log.add_mark(self._db)
            if is_changed and log is not None:
                log.committed()
        self._since += is_changed
        if self._in_bulk and self._since >= self._every:
            self._empty_log()
        elif (
            is_changed
            and log
            and not (self._turns.in_bulk or self._is_hurried)
            and log.size_bytes > self._turns.log_limit_bytes
        ):
            self._shorten(log)

    def _shorten(self, log: Log) -> None:
        """What does not work now works later: while somebody reads, the log grows on."""
        with suppress(Problem, sqlite3.OperationalError):
            self.into_file()
        self._turns.log_limit_bytes = log.size_bytes + _LOG_BYTES

    def into_file(self) -> bool:
        """Brings the log into the file itself. False when somebody reads what is older, or the project is not open for
        writing: then as much as can be was done."""
        if self._turns.log is None or self._db.in_transaction:
            return False
        patience_ms = self._db.execute("PRAGMA busy_timeout").fetchone()[0]
        self._db.execute("PRAGMA busy_timeout = 0")  # for those who read, nobody else is made to wait
        try:
            return self._turns.log.into_file(self._db, self._turns.taken(self._patience_s))
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {patience_ms}")

    @contextmanager
    def bulk(self) -> Generator[None]:
        """Around many transactions: they do not each wait for the disk, all are on it when the block has ended. A kill
        takes back nothing even inside; a power cut takes back the last ones, never one of the middle."""
        try:
            self._configure(_BULK)
            self._in_bulk = self._turns.in_bulk = True
            self._every, self._since = 1, 0
            yield
        except BaseException:
            with suppress(sqlite3.Error, Problem):  # what ended it says more
                self._end_bulk()
            raise
        self._end_bulk()

    def _end_bulk(self) -> None:
        self._empty_log()
        self._in_bulk = self._turns.in_bulk = False
        self._configure(_USUAL)
        self._sync()

    def _configure(self, pragmas: Sequence[str]) -> None:
        for pragma in pragmas:
            self._db.execute(f"PRAGMA {pragma}")

    def _sync(self) -> None:
        """Waits for all that came before: it lies in the log before this. Only a page that is different is written, and
        the first one is with each version that is set."""
        with self.transaction():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            self._db.execute(f"PRAGMA user_version = {version}")

    def _empty_log(self) -> None:
        """Into the file, while others may write. What does not work now works later: the log is as safe. The first
        transactions of an import are small: it looks often until it knows how much they write."""
        if not self._since:
            return
        length = self._turns.log.size_bytes if self._turns.log else 0
        fitting = self._since * _BULK_BYTES // max(length, 1)
        self._every = max(1, min(fitting, 2 * self._every, _MOST_BETWEEN))
        with suppress(Problem, sqlite3.OperationalError):
            self.into_file()
        self._since = 0
