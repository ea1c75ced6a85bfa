"""The tables of a project file and the way from each older version to the newest."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

APPLICATION_ID = 0x4D575254  # "MWRT": tells a project from any other SQLite file


def m001_initial(db: sqlite3.Connection) -> None:
    """Makes the tables of the first version."""
    # Foreign keys are checked at the commit: undo may bring rows back in any order.
    for statement in (
        """CREATE TABLE image (
            id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, width INTEGER, height INTEGER,
            content_hash TEXT, size_bytes INTEGER, mtime_ns INTEGER,
            status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'done', 'review')),
            extra TEXT NOT NULL DEFAULT '{}') STRICT""",
        """CREATE TABLE category (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, color TEXT NOT NULL,
            supercategory TEXT NOT NULL DEFAULT '', extra TEXT NOT NULL DEFAULT '{}') STRICT""",
        """CREATE TABLE annotation (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            image_id INTEGER NOT NULL REFERENCES image (id) DEFERRABLE INITIALLY DEFERRED,
            category_id INTEGER REFERENCES category (id) DEFERRABLE INITIALLY DEFERRED,
            height INTEGER NOT NULL, width INTEGER NOT NULL, counts TEXT NOT NULL,
            bbox_x INTEGER NOT NULL, bbox_y INTEGER NOT NULL, bbox_width INTEGER NOT NULL, bbox_height INTEGER NOT NULL,
            area INTEGER NOT NULL, iscrowd INTEGER NOT NULL, z_order INTEGER NOT NULL, hidden INTEGER NOT NULL,
            attributes TEXT NOT NULL, provenance TEXT NOT NULL, clicks INTEGER NOT NULL, milliseconds INTEGER NOT NULL,
            extra TEXT NOT NULL) STRICT""",
        "CREATE INDEX annotation_of_image ON annotation (image_id)",
        "CREATE INDEX annotation_of_category ON annotation (category_id)",
        """CREATE TABLE step (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, time TEXT NOT NULL, author TEXT NOT NULL,
            undone INTEGER NOT NULL DEFAULT 0) STRICT""",
        "CREATE INDEX step_undone ON step (undone, id)",
        """CREATE TABLE journal (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            step_id INTEGER NOT NULL REFERENCES step (id) ON DELETE CASCADE,
            kind TEXT NOT NULL, row_id INTEGER NOT NULL, before TEXT, after TEXT) STRICT""",
        "CREATE INDEX journal_of_step ON journal (step_id)",
        "CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    ):
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")


IMAGE_BEFORE, IMAGE_AFTER = (
    f"""CASE instr({state}, '"image_id":') WHEN 0 THEN 0
        ELSE CAST(substr({state}, instr({state}, '"image_id":') + 11, 20) AS INTEGER) END"""
    for state in ("before", "after")
)
"""The image of a journaled annotation, as the indexes of the journal have it; 0 for what is damaged, which may be of
any. SQLite calls json_extract unsafe in the schema of a file that we do not trust."""


_ORIGIN = """origin (
            annotation_id INTEGER PRIMARY KEY, name TEXT NOT NULL, time TEXT NOT NULL, author TEXT NOT NULL) STRICT"""


def m002_history(db: sqlite3.Connection) -> None:
    """Adds what finds the steps of one image, and who made what in steps that were forgotten."""
    # Indexes, not columns: a million journaled rows stay as they are. An accepted mask is in one of them.
    kind = "kind = 'annotation'"
    for statement in (
        f"CREATE INDEX journal_before ON journal ({IMAGE_BEFORE}) WHERE {kind} AND before IS NOT NULL",
        f"CREATE INDEX journal_after ON journal ({IMAGE_AFTER}) WHERE {kind} AND after IS NOT NULL",
        "CREATE INDEX journal_of_category ON journal (step_id) WHERE kind = 'category'",
        # who made what, of steps that the journal has no more: see compaction
        f"CREATE TABLE {_ORIGIN}",
    ):
        db.execute(statement)


def m003_lean_journal(db: sqlite3.Connection) -> None:
    """Nothing is different, but the journal may leave out from now on what is as usual (rows.Table.usual): it was more
    than a third of it, and older programs call such entries damaged."""


# Short: the whole schema fits into the first page of the file, which repair can make anew.
_PROPOSAL = """proposal (id INTEGER PRIMARY KEY AUTOINCREMENT,
 image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE, state TEXT NOT NULL, height INTEGER,
 width INTEGER, box TEXT, counts TEXT NOT NULL, predicted_iou REAL, stability_score REAL, x REAL, y REAL,
 model TEXT NOT NULL, time TEXT) STRICT"""
_FINDING = """finding (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, image_id INTEGER NOT NULL,
 objects TEXT NOT NULL, masks TEXT NOT NULL, sentence TEXT NOT NULL, state TEXT NOT NULL) STRICT"""


def m004_proposals_and_findings(db: sqlite3.Connection) -> None:
    """Adds what everything mode proposes and what became of it, and what the check found and what was said to it."""
    for statement in (
        f"CREATE TABLE {_PROPOSAL}",
        "CREATE INDEX proposal_of_image ON proposal (image_id, state)",
        f"CREATE TABLE {_FINDING}",
    ):
        db.execute(statement)


def m005_source_geometry(db: sqlite3.Connection) -> None:
    """Adds the outline of an object as a file had it; NULL is none. Rows stay as they are."""
    db.execute("ALTER TABLE annotation ADD COLUMN geometry TEXT")  # of the first page 11 bytes are left


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    m001_initial,
    m002_history,
    m003_lean_journal,
    m004_proposals_and_findings,
    m005_source_geometry,
)
VERSION = len(MIGRATIONS)
_TO_BE_READ: dict[int, tuple[str, ...]] = {
    1: (f"CREATE TEMP TABLE {_ORIGIN}",),
    2: (),
    3: (f"CREATE TEMP TABLE {_PROPOSAL}", f"CREATE TEMP TABLE {_FINDING}"),
    4: (),  # see Table.read_in
}
"""By version: what a connection that only reads needs beside the file to read it as the next version."""


def version_of(db: sqlite3.Connection) -> int:
    """Returns the version of the tables in the file; 0 in a new one."""
    return db.execute("PRAGMA user_version").fetchone()[0]


def made_readable(db: sqlite3.Connection) -> bool:
    """Whether an older version can be read as the newest one; for this connection alone, the file stays as it is."""
    older = range(version_of(db), VERSION)
    if not all(number in _TO_BE_READ for number in older):
        return False
    for number in older:
        for statement in _TO_BE_READ[number]:
            db.execute(statement)
    return True


def migrate(db: sqlite3.Connection, to: int | None = None) -> None:
    """Brings a database to a version, or the newest. Each step and its version number are one transaction: a kill
    leaves the file as it was before the step."""
    for number in range(version_of(db), VERSION if to is None else to):
        db.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[number](db)
            db.execute(f"PRAGMA user_version = {number + 1}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
