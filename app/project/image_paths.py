"""What a scan writes of images: where they are, and the size and time of their files. Inside a transaction."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Mapping

from app.project.identity import Stamp
from app.project.tables.stored_json import dump

_ADD = """INSERT INTO image (path, size_bytes, mtime_ns) VALUES (?, ?, ?)
ON CONFLICT DO NOTHING"""  # an import may have added it meanwhile
_STAMP = "UPDATE image SET size_bytes = ?, mtime_ns = ? WHERE id = ?"
_RENEW = "UPDATE image SET content_hash = NULL, width = NULL, height = NULL, size_bytes = ?, mtime_ns = ? WHERE id = ?"
_HOLDERS = "SELECT path, id FROM image WHERE path IN (SELECT value FROM json_each(?))"


def add(db: sqlite3.Connection, found: Mapping[str, Stamp | None]) -> None:
    """Adds the images at these paths. None: its file is gone again."""
    db.executemany(_ADD, [(path, *(stamp or (None, None))) for path, stamp in found.items()])


def stamp(db: sqlite3.Connection, stamps: Iterable[tuple[int, Stamp]]) -> None:
    """Notes size and time of the files of images, by id: their content is what it was."""
    db.executemany(_STAMP, [(*each, image_id) for image_id, each in stamps])


def renew(db: sqlite3.Connection, stamps: Iterable[tuple[int, Stamp]]) -> None:
    """Notes size and time of other files at the paths of these images, and forgets what was known of the files
    before."""
    db.executemany(_RENEW, [(*each, image_id) for image_id, each in stamps])


def exchange(db: sqlite3.Connection, paths: Mapping[int, str]) -> None:
    """Gives images other paths, by id, also those of each other. One whose path somebody else has by now stays."""
    free = dict(paths)
    while blocked := _blocked(db, free):
        free = {image_id: path for image_id, path in free.items() if image_id not in blocked}
    between = f"/{secrets.token_hex(8)}/"  # a path is never absolute
    db.executemany("UPDATE image SET path = ? WHERE id = ?", [(f"{between}{each}", each) for each in free])
    db.executemany("UPDATE image SET path = ? WHERE id = ?", [(path, image_id) for image_id, path in free.items()])


def _blocked(db: sqlite3.Connection, paths: Mapping[int, str]) -> set[int]:
    """Finds those whose new path belongs to an image that keeps it."""
    holders = dict(db.execute(_HOLDERS, (dump(list(paths.values())),)).fetchall())
    return {image_id for image_id, path in paths.items() if holders.get(path, image_id) not in paths}
