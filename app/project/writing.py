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

from app.project.connection import FileId, transaction

_PATIENCE_S = 2.0
"""SQLite's own comes after it."""
_HURRIED_S, _HURRIED_SQLITE_MS = 0.15, 50
"""Of a window: 0.25 s without an answer are felt. Its own threads take turns, so that little is left to SQLite."""
_LOG_PAGES = 1000
"""SQLite's own measure: the commit that makes the log longer brings it into the file, which takes 15 ms."""
_BULK_PAGES = 4000
"""The longer the log, the more often a page is changed again before it is brought into the file: a seventh of the time
of an import."""
_MOST_BULK_PAGES = 8 * _BULK_PAGES
_MOST_BETWEEN = 64
"""Transactions before a look at how long the log is."""
_USUAL = ("synchronous = FULL", "temp_store = DEFAULT", f"wal_autocheckpoint = {_LOG_PAGES}")
# temp_store: what a statement of many rows would take back is kept in a file else, made anew for each
_BULK = ("synchronous = NORMAL", "temp_store = MEMORY", f"wal_autocheckpoint = {_MOST_BULK_PAGES}")


class Turns:
    """At writing to one file."""

    def __init__(self) -> None:
        self._next = Lock()
        self._now = Lock()
        self.in_bulk = False
        """Whether the log is left to somebody who writes in bulk."""

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


_all: WeakValueDictionary[FileId, Turns] = WeakValueDictionary()
_guard = Lock()


def turns_of(file: FileId | None) -> Turns:
    """The same for all connections to it."""
    with _guard:
        return Turns() if file is None else _all.setdefault(file, Turns())


class Writer:
    """Of one connection."""

    def __init__(self, db: sqlite3.Connection, turns: Turns) -> None:
        self._db = db
        self._turns = turns
        self._patience_s = _PATIENCE_S
        self._leaves_log = False
        self._in_bulk = False
        self._every = 1
        """So many transactions in bulk fill the log."""
        self._since = 0

    def hurry(self) -> None:
        """From now on it gives up before anybody feels that it waits."""
        self._patience_s = _HURRIED_S
        self._configure([f"busy_timeout = {_HURRIED_SQLITE_MS}"])

    @contextmanager
    def hurried(self) -> Generator[None]:
        """As hurry, inside."""
        usual_ms = self._db.execute("PRAGMA busy_timeout").fetchone()[0]
        self.hurry()
        try:
            yield
        finally:
            self._patience_s = _PATIENCE_S
            self._configure([f"busy_timeout = {usual_ms}"])

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing. Inside another one of this connection it is a part of it."""
        if self._db.in_transaction:
            yield
            return
        with self._turns.taken(self._patience_s):
            if not self._in_bulk and self._leaves_log != self._turns.in_bulk:
                self._leaves_log = self._turns.in_bulk
                self._db.execute(f"PRAGMA wal_autocheckpoint = {0 if self._leaves_log else _LOG_PAGES}")
            before = self._db.total_changes
            with transaction(self._db):
                yield
        self._since += self._db.total_changes != before
        if self._in_bulk and self._since >= self._every:
            self._empty_log()

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
            with suppress(sqlite3.Error):  # what ended it says more
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
        with suppress(sqlite3.OperationalError):
            _, pages, _ = self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            fitting = self._since * _BULK_PAGES // max(pages, 1)
            self._every = max(1, min(fitting, 2 * self._every, _MOST_BETWEEN))
        self._since = 0
