"""From every released version to the newest: nothing is lost, whenever the program dies and whatever the disk does."""

from __future__ import annotations

import errno
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from app.problem import Problem
from app.project import schema
from app.project.rows import TABLES, row_of
from app.project.safety.backup import back_up, backups_folder, backups_of, is_good
from app.project.store import Project
from app.project.tables.stored_json import dump
from tests.project.conftest import an_object, survivor
from tests.project.test_durability import ROOT
from tests.project.test_write_errors import shim  # noqa: F401  the fixture

SAMPLES = sorted((Path(__file__).parent / "samples").glob("v*.sql"))
OBJECTS, STEPS, COPIES = 4000, 20, 12


def rows_of(db: sqlite3.Connection) -> dict[str, list[tuple]]:
    """All rows; what an older version has no column for is as the newest one has it at first."""
    rows: dict[str, list[tuple]] = {}
    for table in TABLES.values():
        there = {row[1] for row in db.execute(f"PRAGMA table_info({table.name})")}
        columns = ", ".join(column if column in there else "NULL" for column in table.all_columns)
        rows[table.name] = db.execute(f"SELECT {columns} FROM {table.name} ORDER BY id").fetchall()  # noqa: S608
    return rows


def rows_in(path: Path) -> dict[str, list[tuple]]:
    with closing(sqlite3.connect(path)) as db:
        return rows_of(db)


def test_each_version_has_its_sample():
    """A released version gets one: `sqlite3.Connection.iterdump` of a small project."""
    assert [path.stem for path in SAMPLES] == [f"v{number}" for number in range(1, schema.VERSION + 1)]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_project_of_each_version_keeps_its_objects_its_undo_and_its_history(tmp_path, sample):
    path = tmp_path / "old.maskwright"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(sample.read_text(encoding="utf-8"))
        version, before = schema.version_of(db), rows_of(db)
    assert f"v{version}" == sample.stem
    project = Project.open(path)
    assert (project.file.schema_version, project.read_only_reason) == (schema.VERSION, "")
    assert rows_in(path) == before
    assert bool(backups_of(path)) == (version < schema.VERSION)

    undone, redone = 0, 0
    while project.undo() is not None:
        undone += 1
    assert undone == 2
    while project.redo() is not None:
        redone += 1
    assert redone == 3
    project.undo()
    assert rows_in(path) == before
    for image in project.images():
        origins = project.history.origins(image.id)
        assert {annotation.id for annotation in project.annotations(image.id)} == origins.keys()
        assert {origin.author for origin in origins.values()} == {"tester"}
    project.close()


def test_program_of_the_version_before_reads_a_newer_project(project, monkeypatch):
    with project.step("Accept mask") as step:
        saved = step.add(an_object(project.images()[0].id))
    project.close()
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:-1])
    monkeypatch.setattr(schema, "VERSION", len(schema.MIGRATIONS))
    older = Project.open(project.path)
    assert "newer version" in older.read_only_reason
    assert list(older.annotation_table.all()) == [saved]
    with pytest.raises(Problem, match="newer version"):
        older.undo()
    older.close()


# --- kills and failing disks ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """A project of version 1, and a backup of it: three images, many objects in some steps."""
    path = tmp_path_factory.mktemp("large") / "v1.maskwright"
    with closing(sqlite3.connect(path)) as db:
        schema.m001_initial(db)
        db.execute("PRAGMA user_version = 1")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("INSERT INTO setting VALUES ('images_dir', '\".\"')")
        db.executemany("INSERT INTO image (path) VALUES (?)", [("a.png",), ("b.png",), ("c.png",)])
        values = [(f"step {n}", f"2026-11-24T10:00:{n:02}.000+00:00", "anna") for n in range(STEPS)]
        db.executemany("INSERT INTO step (name, time, author) VALUES (?, ?, ?)", values)
        for n in range(OBJECTS):
            row = row_of(replace(an_object(1 + n % 3, clicks=n), id=n + 1))
            del row["geometry"]
            values = ", ".join(f":{column}" for column in row)
            db.execute(f"INSERT INTO annotation ({', '.join(row)}) VALUES ({values})", row)  # noqa: S608
            entry = (1 + n * STEPS // OBJECTS, n + 1, dump(row))
            db.execute("INSERT INTO journal (step_id, kind, row_id, after) VALUES (?, 'annotation', ?, ?)", entry)
        db.commit()
    assert back_up(path) is not None
    return path


def copied(large: Path, path: Path, *, backed_up: bool) -> Path:
    """backed_up: opening it begins with the migration; else with the backup."""
    if backed_up:
        shutil.copytree(backups_folder(large), backups_folder(path), copy_function=os.link)
    return Path(shutil.copy(large, path))


OPEN = """
import sys
from pathlib import Path
from app.problem import Problem
from app.project.store import Project
for name in sys.argv[1:]:
    print("begin", name, flush=True)
    try:
        project = Project.open(Path(name))
        print("opened", project.file.schema_version, project.read_only_reason, flush=True)
        project.close()
    except Problem as problem:
        print("problem", problem, flush=True)
"""


def opening(paths: Sequence[Path], **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OPEN, *map(str, paths)],
        cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def all_is_there(path: Path, before: dict[str, list[tuple]]) -> None:
    with closing(sqlite3.connect(path)) as db:
        assert schema.version_of(db) in range(1, schema.VERSION + 1)
        assert rows_of(db) == before
    assert all(is_good(backup) for backup in backups_of(path))
    with survivor(path) as again:
        assert again.file.schema_version == schema.VERSION
        assert rows_in(path) == before
        found = [len(again.history.steps_of(image.id)) for image in again.images()]
        assert found == [STEPS] * 3


def copies_of(large: Path, folder: Path) -> list[Path]:
    return [copied(large, folder / f"{n}.maskwright", backed_up=n % 3 > 0) for n in range(COPIES)]


@pytest.fixture(scope="module")
def duration_s(large, tmp_path_factory) -> float:
    """What opening all copies takes, with their backups and migrations."""
    with opening(copies_of(large, tmp_path_factory.mktemp("timed"))) as process:
        assert process.stdout is not None
        process.stdout.readline()
        start = time.monotonic()
        said = process.stdout.readlines()
        assert said.count(f"opened {schema.VERSION} \n") == COPIES
        return time.monotonic() - start


@pytest.mark.parametrize("round_", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 30))])
def test_migration_survives_kill_9_at_any_moment(large, duration_s, tmp_path, round_):
    with opening(copies_of(large, tmp_path)) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        time.sleep(random.Random(round_).random() * duration_s)
        process.kill()
        said += process.stdout.readlines()
    begun = [Path(line.split()[1]) for line in said if line.startswith("begin") and line.endswith("\n")]
    assert begun
    all_is_there(begun[-1], rows_in(large))
    assert [rows_in(path) for path in begun[-3:-1]] == [rows_in(large)] * len(begun[-3:-1])


@pytest.mark.parametrize("round_", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 20))])
def test_failing_write_while_migrating_is_a_sentence_and_loses_nothing(large, tmp_path, shim, round_):  # noqa: F811
    dice = random.Random(round_)
    path = copied(large, tmp_path / "old.maskwright", backed_up=round_ % 3 > 0)
    failing = {"LD_PRELOAD": str(shim), "FAIL_BELOW": str(tmp_path), "FAIL_AT": str(dice.randrange(1, 30))}
    failing["FAIL_ERRNO"] = str(dice.choice([errno.ENOSPC, errno.EIO]))
    if round_ % 2:
        failing["FAIL_FOREVER"] = "1"
    with opening([path], **failing) as process:
        said, errors = process.communicate(timeout=200)
    assert "Traceback" not in errors, errors
    told = said.splitlines()[-1]
    assert told.startswith(("opened", "problem")), said
    all_is_there(path, rows_in(large))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_project_of_each_version_can_be_read_where_it_cannot_be_written(tmp_path, sample):
    """On a DVD, on a share, in a second window: with its history, and left as it is."""
    path = tmp_path / "old.maskwright"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(sample.read_text(encoding="utf-8"))
        made = "SELECT row_id FROM journal JOIN step ON step.id = step_id WHERE kind = 'annotation' AND before IS NULL"
        journaled = {row[0] for row in db.execute(made)}
    before, bytes_ = rows_in(path), path.read_bytes()
    project = Project.open(path, read_only=True)
    assert project.read_only
    (image,) = project.images()
    assert [row_of(a)["id"] for a in project.annotations(image.id)] == [row[0] for row in before["annotation"]]
    assert project.history.origins(image.id).keys() == {row[0] for row in before["annotation"]}
    assert [touch.name for touch in project.history.touches_of(image.id)] == ["Accept mask"]
    first = {annotation.id for annotation in project.history.annotations_as_of(image.id, 0)}
    assert first == {row[0] for row in before["annotation"]} - journaled
    project.close()
    assert path.read_bytes() == bytes_


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("damage", ["DROP TABLE journal", "ALTER TABLE annotation DROP COLUMN clicks"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_project_of_an_older_version_that_lacks_something_is_damaged(tmp_path, sample, damage, read_only):
    path = tmp_path / "old.maskwright"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(sample.read_text(encoding="utf-8"))
        db.execute(damage)
    with pytest.raises(Problem, match=r"^old\.maskwright: the file is damaged\."):
        Project.open(path, read_only=read_only)
    with closing(sqlite3.connect(path)) as db:
        assert f"v{schema.version_of(db)}" == sample.stem
