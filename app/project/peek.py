"""What a file tells of itself before it is opened as a project. Nothing is changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app.problem import Problem
from app.project import pattern, schema
from app.project.connection import damaged, not_ours, reading, sentences
from app.project.tables.stored_json import parse
from app.project.whereabouts import images_folder
from app.text import say


def refuse_no_file(path: Path) -> None:
    """Problem when no file is there that could be a project."""
    if path.is_dir():
        raise Problem(say("{path} is a folder, not a project: name the .maskwright file.", path=path))
    if not path.is_file():
        raise Problem(say("{path} does not exist.", path=path))


def version_of_project(db: sqlite3.Connection, path: Path) -> int:
    """Problem when it is no project."""
    if db.execute("PRAGMA application_id").fetchone()[0] != schema.APPLICATION_ID:
        raise not_ours(path)
    return schema.version_of(db)


def needs_renewal(path: Path) -> bool:
    """Whether it is a project of an older version, which opening it for writing brings to this one."""
    try:
        with sentences(path), reading(path) as db:
            return 0 < version_of_project(db, path) < schema.VERSION
    except Problem:
        return False  # opening it tells


def images_folder_of(path: Path) -> Path:
    """The folder of the images of a project of any version. Problem when it cannot be read."""
    with sentences(path), reading(path) as db:
        if version_of_project(db, path) < 1 or not pattern.is_complete(db):
            raise damaged(path)
        row = db.execute("SELECT value FROM setting WHERE key = 'images_dir'").fetchone()
        return images_folder(path, "." if row is None else parse(row["value"]))


def some_stamps_of(path: Path, most: int) -> list[tuple[str, int]]:
    """Paths of images and the sizes of their files in bytes, as far as they are known. Problem as images_folder_of."""
    with sentences(path), reading(path) as db:
        query = "SELECT path, size_bytes FROM image WHERE size_bytes IS NOT NULL LIMIT ?"
        return [(row["path"], row["size_bytes"]) for row in db.execute(query, (most,))]
