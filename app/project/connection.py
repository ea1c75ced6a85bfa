"""Connections to a project file, and what SQLite's errors mean to the person: the one place that says it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import msgspec

from app.problem import Busy, Problem
from app.project import disks, pattern
from app.project.safety.backup_files import backups_folder, backups_of
from app.text import say

_BUSY_TIMEOUT_S = 5.0
_HURRIED_MS = 50
_BUSY = say("another program is writing to it.")
_SENTENCES = {
    sqlite3.SQLITE_FULL: say("the disk is full. The change was not saved; free some space and try again."),
    sqlite3.SQLITE_READONLY: say("the file cannot be written. The change was not saved."),
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_IOERR: say("the disk does not answer: is it still connected? The change was not saved."),
    sqlite3.SQLITE_PROTOCOL: say("its disk does not lock it. The change was not saved; try again."),
    sqlite3.SQLITE_CORRUPT: say("the file is damaged. The command maskwright repair saves what can be read."),
    sqlite3.SQLITE_NOTADB: say("this is not a Maskwright project."),
    sqlite3.SQLITE_CANTOPEN: say("the file cannot be opened."),
    sqlite3.SQLITE_PERM: say("the file may not be opened."),
    sqlite3.SQLITE_AUTH: say(
        "another program has put something into it that runs by itself. The change was not saved; the command "
        "maskwright repair makes a clean copy."
    ),
}
_RUNS_BY_ITSELF = (
    sqlite3.SQLITE_CREATE_TRIGGER, sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
    sqlite3.SQLITE_CREATE_VIEW, sqlite3.SQLITE_CREATE_TEMP_VIEW,
)  # fmt: skip
_ENABLE_TRIGGER, _ENABLE_VIEW = 1003, 1015
"""SQLITE_DBCONFIG_ENABLE_..., which Python 3.11 has no names for."""
_DAMAGES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LOCKING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL)
_IMMUTABLE = "mode=ro&immutable=1"
_NOTHING_BESIDE_IT = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL)


@contextmanager
def sentences(path: Path) -> Generator[None, None, None]:
    """Turns what SQLite reports of the disk and the file into a Problem; other errors are bugs and stay."""
    try:
        yield
    except msgspec.DecodeError as error:
        raise damaged(path) from error
    except sqlite3.DatabaseError as error:
        code = _code_of(error)
        if code == sqlite3.SQLITE_ERROR and not _has_our_tables(path):  # they were there when it was opened
            raise damaged(path) from error
        if code not in _SENTENCES:
            raise
        raise _told(path, code) from error


def _has_our_tables(path: Path) -> bool:
    """Whether a file has the tables of a project; True also when that cannot be told: then the error is not about
    them."""
    try:
        with closing(connect(path, read_only=True)) as db:
            return pattern.is_complete(db)
    except sqlite3.Error:
        return True


def damaged(path: Path) -> Problem:
    """Returns the Problem of a file that is damaged, with where its backups are."""
    return _told(path, sqlite3.SQLITE_CORRUPT)


def not_ours(path: Path) -> Problem:
    """It does not begin as a project does."""
    return _told(path, sqlite3.SQLITE_NOTADB)


def _told(path: Path, code: int) -> Problem:
    if _SENTENCES[code] == _BUSY:
        return Busy(f"{path.name}: {_BUSY}")
    if code in _DAMAGES and not disks.gives(path):
        code = sqlite3.SQLITE_IOERR
    told = [f"{path.name}: {_SENTENCES[code]}"]
    if code == sqlite3.SQLITE_NOTADB and path.suffix == ".maskwright":  # the damage may be where it says what it is
        told.append(say("If it was one, the command maskwright repair may still save it."))
    if code in _DAMAGES and backups_of(path):
        told.append(say("Its backups are in {backups_folder}.", backups_folder=backups_folder(path)))
    return Problem(" ".join(told))


def _code_of(error: sqlite3.DatabaseError) -> int:
    """The primary one."""
    # Python itself, not SQLite, reports text that is no UTF-8: as an OperationalError without a code
    without = sqlite3.SQLITE_CORRUPT if type(error) is sqlite3.OperationalError else sqlite3.SQLITE_ERROR
    code = getattr(error, "sqlite_errorcode", without)
    return sqlite3.SQLITE_FULL if code == sqlite3.SQLITE_IOERR_SHMSIZE else code & 0xFF


def is_disk_full(error: sqlite3.DatabaseError) -> bool:
    """True if the error says that there is no room on the disk."""
    return _code_of(error) == sqlite3.SQLITE_FULL


def is_busy(error: sqlite3.DatabaseError) -> bool:
    """Another program has the lock."""
    return _code_of(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def hurry(db: sqlite3.Connection) -> None:
    """Makes a connection wait for other programs so briefly that nobody feels it, from now on."""
    db.execute(f"PRAGMA busy_timeout = {_HURRIED_MS}")


@contextmanager
def hurried(db: sqlite3.Connection) -> Generator[None, None, None]:
    """Makes the connection wait for other programs no longer than nobody feels, inside."""
    usual_ms = db.execute("PRAGMA busy_timeout").fetchone()[0]
    hurry(db)
    try:
        yield
    finally:
        db.execute(f"PRAGMA busy_timeout = {usual_ms}")


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection with our settings to a file that is there. It changes nothing by itself: the file may turn out to
    be somebody else's database."""
    if not read_only:
        return _configured(path, "mode=rw")
    if disks.is_without_locks(path, ask=False):
        return _without_locks(path)
    try:
        return _configured(path, "mode=ro")
    except sqlite3.OperationalError as error:
        if _code_of(error) in _LOCKING and disks.is_without_locks(path, ask=True):
            return _without_locks(path)
        if _code_of(error) not in _NOTHING_BESIDE_IT or _has_log(path):
            raise
        # Where nothing can be written beside it (a DVD, a share, a full disk) a WAL file opens only with the promise of
        # no writer.
        return _configured(path, _IMMUTABLE)


def _without_locks(path: Path) -> sqlite3.Connection:
    if _has_log(path):
        raise Problem(
            say(
                "{file}: its disk knows no locks, without which what was changed last cannot be read. Copy it to "
                "another disk together with {file}-wal.",
                file=path.name,
            )
        )
    return _configured(path, _IMMUTABLE)


@contextmanager
def reading(path: Path) -> Generator[sqlite3.Connection]:
    """A connection that only reads, and of which nothing is left."""
    try:
        with closing(connect(path, read_only=True)) as db:
            yield db
    finally:
        remove_traces(path)


def remove_traces(path: Path) -> None:
    """Removes what connections that only read leave: SQLite puts an empty log and its index beside the file for them
    and lets nobody but a writer remove them. So one comes and goes: SQLite itself finds out, under its locks, whether
    it is the last one. A log that holds something stays."""
    if not any(path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-shm")) or _has_log(path):
        return
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        with suppress(sqlite3.Error, UnicodeDecodeError), closing(_bare(path)) as db:
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _bare(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(_uri(path, "mode=rw"), uri=True, timeout=0, isolation_level=None)


def connect_to_file_alone(path: Path) -> sqlite3.Connection:
    """A connection to what is in the file itself, without its log; nobody may write to the file meanwhile."""
    return _configured(path, _IMMUTABLE)


def is_open_elsewhere(path: Path) -> bool:
    """True if any other connection has the file open, of this program or another one, by whatever name."""
    with closing(_bare(path)) as db:
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")  # of a file with a log: nobody else may even read
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            return _code_of(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        except sqlite3.DatabaseError:
            return False
        return False


def connect_new(path: Path) -> sqlite3.Connection:
    """A connection to a new, empty file."""
    return _configured(path, "mode=rwc")


def write_ahead(db: sqlite3.Connection) -> None:
    """Readers on other threads never wait for a writer, nor it for them. Kept in the file."""
    db.execute("PRAGMA journal_mode = WAL")


def _configured(path: Path, mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(
        _uri(path, mode),
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,  # transactions are ours: BEGIN IMMEDIATE ... COMMIT
        check_same_thread=False,  # OpenFile sees to that: it may be opened for another thread
    )
    db.row_factory = sqlite3.Row
    try:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA wal_autocheckpoint = 0")  # see wal.Log, which has to know of it
        db.execute("PRAGMA trusted_schema = OFF")  # the file may come from a stranger
        run_nothing(db)
        # Accepted means on the disk: with NORMAL a power cut takes back the last commits of a WAL. FULL waits for the
        # disk once per commit: median 0.4 ms (its fsync quick) to 4.0 ms (slow) instead of 0.3; the limit is 5.
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA fullfsync = ON")  # macOS: its fsync stops at the cache of the disk
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # a file that is no database fails here
    except (UnicodeDecodeError, sqlite3.OperationalError) as error:
        db.close()
        # SQLite calls a format it does not know an error like any other, and quotes a damaged schema as it is
        if isinstance(error, sqlite3.OperationalError) and _code_of(error) != sqlite3.SQLITE_ERROR:
            raise
        raise sqlite3.OperationalError("the schema is damaged") from error  # without a code, see _code_of
    except BaseException:
        db.close()
        raise
    return db


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(os.fsencode(path.absolute()))}?{mode}"


def run_nothing(db: sqlite3.Connection) -> None:
    """No trigger or view of the file runs on this connection, from now on."""
    db.set_authorizer(_authorized)  # asked when a statement is compiled, which is then kept
    # Python 3.12 can switch them off: a trigger that somebody adds later stops no work then
    setconfig = getattr(db, "setconfig", None)
    if setconfig is not None:
        for option in (_ENABLE_TRIGGER, _ENABLE_VIEW):
            setconfig(option, False)


def _authorized(action: int, _one: str | None, _two: str | None, _database: str | None, source: str | None) -> int:
    """Allows SQL what our own statements may do. source: the trigger or view that wants it; also a WITH of ours, of
    which there is none."""
    return sqlite3.SQLITE_DENY if source is not None or action in _RUNS_BY_ITSELF else sqlite3.SQLITE_OK


def _has_log(path: Path) -> bool:
    """Commits that are not in the file itself yet."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size > 0
    except OSError:
        return False


FileId: TypeAlias = tuple[int, int]


def file_id(path: Path) -> FileId | None:
    """What stays when a file is renamed and tells it from another of its name; None when it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def is_sound(db: sqlite3.Connection) -> bool:
    """Whether it can be read from its beginning to its end, and its rows fit together. Takes a second for each GB."""
    try:
        damage = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        return damage == "ok" and db.execute("PRAGMA foreign_key_check").fetchone() is None
    except sqlite3.DatabaseError:
        return False


def is_whole(db: sqlite3.Connection) -> bool:
    """True if also every index fits its table: a file that was copied while it was written to may look sound. Takes
    several times as long as `is_sound`."""
    try:
        damage = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        return damage == "ok" and db.execute("PRAGMA foreign_key_check").fetchone() is None
    except sqlite3.DatabaseError:
        return False


@contextmanager
def snapshot(db: sqlite3.Connection) -> Generator[None, None, None]:
    """All that is read inside is of one moment, whatever others commit meanwhile. Nothing is written."""
    if db.in_transaction:
        yield
        return
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


@contextmanager
def transaction(db: sqlite3.Connection) -> Generator[None, None, None]:
    """All or nothing. The lock is taken at the start, so that nothing fails half way because of another writer."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite itself rolls back after a full disk
            db.execute("ROLLBACK")
        raise
