"""Project files with SQL of a stranger in them: none of it runs, and a clean copy can be made."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.problem import Problem
from app.project import pattern, schema
from app.project.connection import connect
from app.project.history.compaction import compact
from app.project.peek import images_folder_of
from app.project.records import Category
from app.project.safety.backup import back_up, backups_of
from app.project.safety.repair import repair
from app.project.store import Project
from tests.conftest import drained
from tests.project.conftest import an_object
from tests.project.test_migration import SAMPLES

HEAVY = "hex(zeroblob(300000000))"
"""A second and 600 MB, each time."""
STRANGE = {
    "trigger": (
        "CREATE TRIGGER spy AFTER INSERT ON annotation BEGIN DELETE FROM image; END",
        "the trigger spy was added",
    ),
    "trigger on steps": (
        "CREATE TRIGGER spy BEFORE INSERT ON step BEGIN SELECT RAISE(IGNORE); END",
        "the trigger spy was",
    ),
    "view": ("CREATE VIEW spy AS SELECT id FROM image", "the view spy was added"),
    "table": ("CREATE TABLE spy (id)", "the table spy was added"),
    "index": ("CREATE INDEX spy ON image (length(path))", "the index spy was added"),
    "another index": (
        "DROP INDEX step_undone; CREATE INDEX step_undone ON step (id)",
        "the index step_undone is another",
    ),
    "index less": ("DROP INDEX journal_of_step", "the index journal_of_step is missing"),
    "column": ("ALTER TABLE image ADD COLUMN spy TEXT", "the table image is another one"),
    "computed column": (f"ALTER TABLE image ADD COLUMN spy TEXT AS ({HEAVY})", "the table image is another one"),
    "named like another": (
        "CREATE TRIGGER sqlit_stat1 AFTER INSERT ON image BEGIN SELECT 1; END",
        "the trigger sqlit_",
    ),
    "many": ("CREATE TABLE a (id); CREATE TABLE b (id); CREATE TABLE c (id); CREATE TABLE d (id)", "and 1 more."),
    "written by hand": (
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'open', 'shut') WHERE name = 'image'",
        "the table image is another one",
    ),
    "a name that moves the cursor": ('CREATE TABLE "\x1b[2J" (id)', "the table �[2J was added"),
}
UNREADABLE = {
    "a trigger disguised as a table": (
        "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES ('table', 'sqlite_stat1', 'image', 0, %s)",
        "'CREATE TRIGGER spy AFTER INSERT ON image BEGIN DELETE FROM step; END'",
    ),
    "no types": (
        "CREATE TABLE t (%s); INSERT INTO t SELECT * FROM image; DROP TABLE image; ALTER TABLE t RENAME TO image",
        "id, path, width, height, content_hash, size_bytes, mtime_ns, status, extra",
    ),
    "loose types": (
        "CREATE TABLE t (%s); INSERT INTO t SELECT * FROM image; DROP TABLE image; ALTER TABLE t RENAME TO image",
        "id INTEGER PRIMARY KEY, path TEXT, width INTEGER, height INTEGER, content_hash TEXT, size_bytes INTEGER, "
        "mtime_ns INTEGER, status TEXT, extra TEXT",
    ),
    "computed": (
        "CREATE TABLE t (%s) STRICT; INSERT INTO t (id, name) SELECT id, name FROM category; DROP TABLE category; "
        "ALTER TABLE t RENAME TO category",
        "id INTEGER PRIMARY KEY, name TEXT, color TEXT AS ('#' || name), supercategory TEXT AS (''), extra TEXT",
    ),
    "a view in its place": ("ALTER TABLE category RENAME TO t; CREATE VIEW category AS SELECT %s FROM t", "*"),
    "settings without types": (
        "CREATE TABLE t (%s); INSERT INTO t SELECT * FROM setting; DROP TABLE setting; ALTER TABLE t RENAME TO setting",
        "key, value",
    ),
}


STRANGE |= {
    f"numbers of {table}": (
        f"UPDATE sqlite_sequence SET seq = {2**63 - 1} WHERE name = '{table}'",  # noqa: S608
        "its rows have numbers that no project comes to",
    )
    for table in ("annotation", "step", "journal")
}


@pytest.fixture
def made(project) -> Path:
    """With an object on each of three images; closed."""
    with project.step("Add a class") as step:
        category = step.add(Category(0, "cat", "#ff0000"))
    for image in project.images():
        with project.step("Accept mask") as step:
            step.add(an_object(image.id, category.id))
    project.close()
    return project.path


def change(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(sql)
        db.commit()


def content(path: Path) -> tuple:
    with closing(Project.open(path)) as project:
        return project.images(), project.categories(), list(project.annotation_table.all())


@pytest.mark.parametrize("kind", STRANGE)
def test_what_a_stranger_put_into_the_schema_makes_it_read_only_and_repair_leaves_it_out(made, tmp_path, kind):
    before = content(made)
    sql, told = STRANGE[kind]
    change(made, sql)
    bytes_ = made.read_bytes()
    with closing(Project.open(made)) as project:
        assert told in project.read_only_reason
        assert project.read_only_reason.startswith("It is not as Maskwright makes it: ")
        assert project.read_only_reason.endswith("The command maskwright repair makes a clean copy.")
        with pytest.raises(Problem, match="is read-only"), project.step("Accept mask") as step:
            step.add(an_object(1))
        with pytest.raises(Problem, match="is read-only"):
            list(project.folder.scan())
        assert [len(project.history.steps_of(image.id)) for image in project.images()] == [1, 1, 1]
    assert content(made) == before
    assert made.read_bytes() == bytes_
    assert not backups_of(made)
    with pytest.raises(Problem, match="cannot be compacted"):
        compact(made, datetime.now(UTC))
    report = drained(repair(made, tmp_path / "clean.maskwright"))
    assert (any(report.lost.values()), report.damaged, report.mended, report.undo_kept) == (False, [], 0, True)
    assert content(tmp_path / "clean.maskwright") == before
    with closing(Project.open(tmp_path / "clean.maskwright")) as clean:
        assert clean.read_only_reason == ""
        assert clean.undo() is not None


@pytest.mark.parametrize("kind", UNREADABLE)
def test_tables_that_hold_anything_or_compute_it_are_not_read(made, tmp_path, kind):
    before = content(made)
    sql, columns = UNREADABLE[kind]
    change(made, sql % columns)
    for read_only in (True, False):
        with pytest.raises(Problem, match=r"^cats\.maskwright: the file is damaged\. The command maskwright repair"):
            Project.open(made, read_only=read_only)
    with pytest.raises(Problem, match="damaged"):
        images_folder_of(made)
    drained(repair(made, tmp_path / "clean.maskwright"))
    images, _, annotations = content(tmp_path / "clean.maskwright")
    assert [image.path for image in images] == [image.path for image in before[0]]
    assert annotations == before[2]


@pytest.mark.parametrize("values", ["1, 2", "x'00', x'ff'", "'images_dir', 5", "NULL, NULL", "'log', 5", "'log', NULL"])
def test_values_of_any_type_are_no_traceback(made, tmp_path, values):
    sql, columns = UNREADABLE["settings without types"]
    change(made, f"{sql % columns}; INSERT INTO setting VALUES ({values})")  # noqa: S608
    with pytest.raises(Problem, match="damaged"):
        Project.open(made)
    drained(repair(made, tmp_path / "clean.maskwright"))
    assert len(content(tmp_path / "clean.maskwright")[2]) == 3


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_projects_of_all_versions_are_ours_before_and_after_their_migration(tmp_path, sample):
    path = tmp_path / "old.maskwright"
    change(path, sample.read_text(encoding="utf-8"))
    for version in range(int(sample.stem[1:]), schema.VERSION + 1):
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            schema.migrate(db, version)
            assert (schema.version_of(db), pattern.why_strange(db), pattern.is_complete(db)) == (version, "", True)
            db.execute("ANALYZE")
            assert pattern.why_strange(db) == ""


def test_strange_project_of_an_older_version_stays_as_it_is(tmp_path):
    path = tmp_path / "old.maskwright"
    change(path, SAMPLES[0].read_text(encoding="utf-8") + STRANGE["trigger"][0])
    bytes_ = path.read_bytes()
    with closing(Project.open(path)) as project:
        assert "the trigger spy was added" in project.read_only_reason
        (image,) = project.images()
        assert project.annotations(image.id)
        assert project.history.origins(image.id)
    assert path.read_bytes() == bytes_


def test_trigger_that_comes_while_it_is_open_does_not_run(made):
    with closing(Project.open(made)) as project:
        image = project.images()[0]
        change(made, STRANGE["trigger"][0])
        try:
            with project.step("Accept mask") as step:
                step.add(an_object(image.id))
        except Problem as problem:  # Python 3.11 cannot switch triggers off, but refuse what runs them
            assert "something into it that runs by itself" in str(problem)  # noqa: PT017
        assert len(project.images()) == 3
        with closing(sqlite3.connect(made)) as db:
            assert db.execute("SELECT count(*) FROM image").fetchone()[0] == 3


@pytest.mark.parametrize("read_only", [True, False])
def test_no_connection_runs_or_makes_what_runs_by_itself(made, read_only):
    change(made, "CREATE TABLE log (x); CREATE VIEW v AS SELECT id FROM image;"
        "CREATE TRIGGER spy AFTER INSERT ON setting BEGIN INSERT INTO log VALUES (1); END")  # fmt: skip
    with closing(connect(made, read_only=read_only)) as db:
        with pytest.raises(sqlite3.DatabaseError, match="prohibited"):
            db.execute("SELECT * FROM v")
        for sql in ("CREATE TEMP VIEW w AS SELECT 1", "CREATE TEMP TRIGGER t AFTER INSERT ON log BEGIN SELECT 1; END"):
            with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
                db.execute(sql)
        if not read_only:
            try:
                db.execute("INSERT INTO setting VALUES ('a', '1')")
            except sqlite3.DatabaseError as error:
                assert error.sqlite_errorcode == sqlite3.SQLITE_AUTH  # noqa: PT017
            assert db.execute("SELECT count(*) FROM log").fetchone()[0] == 0


@pytest.mark.parametrize("table", ["image", "category", "annotation", "step", "journal", "setting"])
@pytest.mark.parametrize("what", ["DROP TABLE {0}", "ALTER TABLE {0} RENAME TO gone"])
def test_table_that_goes_while_it_is_open_is_a_sentence(made, table, what):
    with closing(Project.open(made)) as project:
        image = project.images()[0]
        with closing(sqlite3.connect(made)) as db:
            db.execute(what.format(table))
        project.refresh()
        told = 0
        for work in (
            lambda: list(project.folder.scan()), project.images, lambda: project.annotations(image.id),
            project.categories,
            lambda: list(project.annotation_table.all()), project.statistics.counts, project.undo,
            lambda: project.undo_label,
            lambda: project.history.steps_of(image.id), lambda: project.history.origins(image.id),
            lambda: project.set_setting("a", 1),
            lambda: project.image_table.note(image.id, width=1, height=1), lambda: add(project, image.id),
        ):  # fmt: skip
            try:
                work()
            except Problem as problem:
                assert str(problem).startswith("cats.maskwright: the file is damaged.")  # noqa: PT017
                told += 1
        assert told
    assert back_up(made) is None or table != "step"


def add(project: Project, image_id: int) -> None:
    with project.step("Accept mask") as step:
        step.add(an_object(image_id))


def test_error_of_ours_stays_one(made):
    """While the tables are there."""
    with closing(Project.open(made)) as project, pytest.raises(sqlite3.OperationalError, match="no such column"):
        project.file.all(lambda row: row, "SELECT none FROM image")


def test_what_a_strange_index_computes_is_not_computed_at_opening(project):
    path = project.path
    project.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE INDEX slow ON setting (length(hex(zeroblob(100000000 + length(value)))))")
        db.commit()
    began = time.process_time()
    with closing(Project.open(path)) as opened:
        assert opened.read_only
    assert time.process_time() - began < 0.5
