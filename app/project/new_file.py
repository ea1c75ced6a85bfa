"""A new project file."""

from __future__ import annotations

import os
from pathlib import Path

from app import private
from app.project import schema
from app.project.connection import connect_new, write_ahead
from app.project.links import normal
from app.project.safety.wal import put_aside
from app.project.tables.stored_json import dump


def make(path: Path, images_dir: Path) -> None:
    """Whole or not at all: a kill leaves no half project under the name."""
    unfinished = remove_unfinished(path)
    put_aside(path)  # the log of a project that was moved or deleted would be played into this one
    private.create(unfinished)  # what SQLite puts beside it gets the same rights
    db = connect_new(unfinished)
    try:
        db.execute("PRAGMA synchronous = OFF")  # nobody has it yet: all is waited for at once, and not step by step
        write_ahead(db)
        schema.migrate(db)
        db.execute("INSERT INTO setting VALUES ('images_dir', ?)", (dump(relative_to(images_dir, path.parent)),))
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except BaseException:
        db.close()
        unfinished.unlink()
        raise
    db.close()
    unfinished.rename(path)


def remove_unfinished(path: Path) -> Path:
    """What a kill left of a project that was to be made here. Returns where one is made."""
    unfinished = path.with_name(path.name + ".new")
    for suffix in ("", "-wal", "-shm", "-journal"):
        unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)
    return unfinished


def relative_to(folder: Path, start: Path) -> str:
    """So that folder and project can move together; absolute where there is no way (another drive)."""
    folder, start = normal(folder), normal(start)
    try:
        above = Path(os.path.commonpath((folder, start)))
        real = Path(os.path.realpath(start))
        if real != Path(os.path.realpath(above), start.relative_to(above)):
            start = real  # behind a link, where the way up leads elsewhere
        return Path(os.path.relpath(folder, start)).as_posix()
    except ValueError:
        return folder.as_posix()
