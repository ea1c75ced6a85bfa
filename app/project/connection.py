"""Connections to a project file, and what SQLite's errors mean to the person: the one place that says it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from app.problem import Problem

_BUSY_TIMEOUT_S = 5.0
_SENTENCES = {
    sqlite3.SQLITE_FULL: "the disk is full. The change was not saved; free some space and try again.",
    sqlite3.SQLITE_READONLY: "the file cannot be written. The change was not saved.",
    sqlite3.SQLITE_BUSY: "another program is writing to it. The change was not saved; try again.",
    sqlite3.SQLITE_LOCKED: "another program is writing to it. The change was not saved; try again.",
    sqlite3.SQLITE_IOERR: "the disk does not answer. The change was not saved.",
    sqlite3.SQLITE_CORRUPT: "the file is damaged.",
    sqlite3.SQLITE_NOTADB: "this is not a Maskwright project.",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened.",
    sqlite3.SQLITE_PERM: "the file may not be opened.",
}


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turns what SQLite reports of the disk and the file into a Problem; other errors are bugs and stay."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", None)
        sentence = _SENTENCES.get(code & 0xFF) if code is not None else None
        if sentence is None:
            raise
        raise Problem(f"{path.name}: {sentence}") from error


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection with our settings. A read-only one never writes, not even beside the file."""
    db = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={'ro' if read_only else 'rwc'}",
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,  # transactions are ours: BEGIN IMMEDIATE ... COMMIT
    )
    db.row_factory = sqlite3.Row
    try:
        db.execute("PRAGMA foreign_keys = ON")
        if not read_only:
            db.execute("PRAGMA journal_mode = WAL")
            # Accepted means on the disk: with NORMAL a power cut takes back the last commits of a WAL. FULL costs one
            # fsync per accepted mask (median measured by `dev.py bench`: below a millisecond or two).
            db.execute("PRAGMA synchronous = FULL")
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # a file that is no database fails here
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. The lock is taken at the start, so that nothing fails half way because of another writer."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite itself rolls back after a full disk
            db.execute("ROLLBACK")
        raise
