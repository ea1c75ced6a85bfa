"""How a connection writes: in turn with the other threads of this program, and what becomes of the log.

SQLite's own way of waiting is to sleep and ask again: an import, which begins a transaction when it has ended one,
kept a mask that was accepted meanwhile waiting for up to 3 seconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from threading import Lock
from weakref import WeakValueDictionary

from app.project.connection import FileId, transaction

_PATIENCE_S = 5.0
_LOG_PAGES = 1000
"""SQLite's own measure: the commit that makes the log longer brings it into the file, which takes 15 ms."""
_BULK_PAGES = 4000
"""The longer the log, the more often a page is changed again before it is brought into the file: a seventh of the time
of an import."""
_MOST_BULK_PAGES = 8 * _BULK_PAGES
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
    def taken(self) -> Generator[None]:
        """Nobody has two turns one after the other while another waits: who waits for this turn holds the right to the
        next one. After seconds without one it is as if it were ours; SQLite finds out who is in the way."""
        is_next = self._next.acquire(timeout=_PATIENCE_S)
        is_ours = self._now.acquire(timeout=_PATIENCE_S)
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
        self._leaves_log = False
        self._in_bulk = False
        self._every = 1
        """So many transactions in bulk fill the log."""
        self._since = 0

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing. Inside another one of this connection it is a part of it."""
        if self._db.in_transaction:
            yield
            return
        with self._turns.taken():
            if not self._in_bulk and self._leaves_log != self._turns.in_bulk:
                self._leaves_log = self._turns.in_bulk
                self._db.execute(f"PRAGMA wal_autocheckpoint = {0 if self._leaves_log else _LOG_PAGES}")
            with transaction(self._db):
                yield
        self._since += 1
        if self._in_bulk and self._since >= self._every:
            self._empty_log()

    @contextmanager
    def bulk(self) -> Generator[None]:
        """Around many transactions: they do not each wait for the disk, all are on it when the block has ended. A kill
        takes back nothing even inside; a power cut takes back the last ones, never one of the middle."""
        self._set_bulk(True)
        try:
            yield
        finally:
            self._set_bulk(False)
            with self.transaction():  # waits for all that came before: they lie one behind the other in the log
                self._db.execute("UPDATE setting SET value = value WHERE key = 'images_dir'")
            self._empty_log()

    def _set_bulk(self, in_bulk: bool) -> None:
        self._in_bulk = self._turns.in_bulk = in_bulk
        self._every, self._since = 1, 0
        for pragma in _BULK if in_bulk else _USUAL:
            self._db.execute(f"PRAGMA {pragma}")

    def _empty_log(self) -> None:
        """Into the file, while others may write. What does not work now works later: the log is as safe."""
        with suppress(sqlite3.OperationalError):
            _, pages, _ = self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._every = max(1, self._since * _BULK_PAGES // max(pages, 1))
        self._since = 0
