"""Opening a project file: for writing when that is possible, else to be read only, with the reason."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app.problem import Problem
from app.project import pattern, schema
from app.project.connection import (
    connect,
    connect_to_file_alone,
    damaged,
    file_id,
    is_disk_full,
    sentences,
    write_ahead,
)
from app.project.new_file import make
from app.project.open_file import OpenFile
from app.project.peek import refuse_no_file, version_of_project
from app.project.rows import IMAGES_DIR, read_setting
from app.project.safety.backup import back_up
from app.project.safety.backup_files import is_backup
from app.project.safety.lock import FULL, HELD, Hold, holder, released_on_error, take
from app.project.safety.settling import settle, settled_for_reading
from app.project.safety.wal import HOLDER, LOCK, opened_log
from app.project.write_queue import write_queue_of
from app.text import recalled, say

_WANTED = say("It was opened to be read only.")
_BACKUP = say("It is a backup, which gives way to newer ones. To work on it, copy it out of its folder.")
_NEWER = say("It was made by a newer version of Maskwright; update to change it.")


def create_file(path: Path, images_dir: Path) -> OpenFile:
    """Makes a new project file at path for the images below images_dir, which are not touched, and opens it. Problem
    when there is a file already, no such folder, or no right to write."""
    path, images_dir = path.absolute(), images_dir.absolute()
    if not images_dir.is_dir():
        raise Problem(say("{images_dir} is not a folder.", images_dir=images_dir))
    if not path.parent.is_dir():
        raise Problem(say("{parent} is not a folder.", parent=path.parent))
    lock, reason = take(path)
    if lock is None:
        raise Problem(say("{file} cannot be made. {reason}.", file=path.name, reason=reason.rstrip(".")))
    with released_on_error(lock), sentences(path):
        if path.exists():  # asked under the lock: the program may have been started twice at once
            raise Problem(say("{file} exists already.", file=path.name))
        make(path, images_dir)
        return _opened(path, "", lock)


def open_file(path: Path, *, read_only: bool = False) -> OpenFile:
    """Opens a project file for writing when possible, else read-only with the reason. Problem when it is no project at
    all."""
    path = path.absolute()
    refuse_no_file(path)
    if path.is_symlink():  # one lock, one log and one folder of backups, by whatever name
        path = path.resolve()
    reason = _WANTED if read_only else _BACKUP if is_backup(path) else ""
    lock, reason = (None, reason) if reason else take(path)
    with released_on_error(lock), sentences(path):
        settled = settled_for_reading(path, reason) if reason else settle(path, lock)
        if lock is not None and settled.read_only_reason:
            lock.release()
            lock = None
        try:
            file = _opened(path, settled.read_only_reason, lock, alone=settled.log_is_foreign)
        except sqlite3.OperationalError as error:
            if settled.read_only_reason or not is_disk_full(error):
                raise
            file = _opened(path, FULL, lock)
        file.notes = tuple(settled.notes)
        return file


def open_sibling(path: Path, *, read_only: bool) -> OpenFile:
    """Opens another connection to a project that this program has open for writing. Problem when it is not there any
    more."""
    if not read_only and write_queue_of(file_id(path)).log is None:  # another file is there: its log would be this one
        raise Problem(
            say("{file} is not there any more: it was moved, deleted or replaced. Nothing was changed.", file=path.name)
        )
    with sentences(path):
        reason = say("It is a reading connection.") if read_only else ""
        return OpenFile(path, connect(path, read_only=read_only), reason, None)


def _opened(path: Path, reason: str, lock: Hold | None, *, alone: bool = False) -> OpenFile:
    """Opens a project file whose lock is settled. reason: why it is only read. alone: without the log beside it."""
    db = connect_to_file_alone(path) if alone else connect(path, read_only=bool(reason))
    try:
        version = _version_of(db, path)
        if version > schema.VERSION:
            return OpenFile(path, _for_reading(db, lock), _NEWER, None)
        if reason:
            if not schema.made_readable(db):
                raise Problem(
                    say(
                        "{file} was made by an older version and must be opened for writing once. {reason}",
                        file=path.name,
                        reason=reason,
                    )
                )
            if reason == HELD:
                by_whom = recalled(read_setting(db, HOLDER, str(say("somebody"))))
                reason = say("It is open in another window: {by_whom}.", by_whom=by_whom)
            return OpenFile(path, db, reason, lock)
        if strange := pattern.why_strange(db):
            schema.made_readable(db)
            return OpenFile(path, _for_reading(db, lock), strange, None)
        write_ahead(db)
        if version < schema.VERSION:
            back_up(path)  # what cannot be turned back
        schema.migrate(db)
        file = OpenFile(path, db, "", lock)
        read_setting(db, IMAGES_DIR, ".")  # what cannot be read is told before anything is written
        file.holder = {HOLDER: holder(), LOCK: lock.name if lock else ""}
        file.keep(opened_log(db, path, file.holder))
        return file
    except BaseException:
        db.close()
        raise


def _version_of(db: sqlite3.Connection, path: Path) -> int:
    """Problem when it is none that can be opened."""
    version = version_of_project(db, path)
    is_complete = pattern.is_complete(db)
    if version > schema.VERSION and not is_complete:
        raise Problem(say("{file} was made by a newer version of Maskwright; update to open it.", file=path.name))
    if version < 1 or not is_complete:
        raise damaged(path)
    return version


def _for_reading(db: sqlite3.Connection, lock: Hold | None) -> sqlite3.Connection:
    """It turned out that we must not write."""
    db.execute("PRAGMA query_only = ON")
    if lock is not None:
        lock.release()
    return db
