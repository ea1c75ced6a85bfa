"""Old steps are forgotten on request; objects, and who made them, never."""

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
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from app.problem import Problem
from app.project.history.compaction import compact
from app.project.history.queries import Origin
from app.project.records import Category
from app.project.safety.backup import backups_folder, backups_of, is_good
from app.project.store import Project
from tests.project.conftest import an_object, dot
from tests.project.test_durability import ROOT, fill_up, small_disk  # noqa: F401  the fixture
from tests.project.test_migration import rows_in
from tests.project.test_write_errors import shim  # noqa: F401  the fixture

MIDDLE = datetime(2026, 11, 20, tzinfo=UTC)
COPIES = 8


@pytest.fixture
def old(project) -> Project:
    """Ten steps before MIDDLE, five after it; closed."""
    image = project.images()[0]
    with project.step("Add class") as step:
        category = step.add(Category(0, "cat", "#ff0000"))
    for n in range(9):
        with project.step("Accept mask") as step:
            made = step.add(an_object(image.id, category.id, clicks=n, extra={"note": "x" * 20_000}))
    with project.step("Delete object") as step:
        step.delete(made)
    with project.step("Change mask") as step:
        step.put(replace(project.annotation(1), mask=dot(5)))
    for _ in range(3):
        with project.step("Accept mask") as step:
            step.add(an_object(image.id))
    with closing(sqlite3.connect(project.path)) as db:
        db.execute("UPDATE step SET author = 'anna', time = printf('2026-11-%02dT12:00:00.000+00:00', 9 + id)")
        db.commit()
    project.close()
    return project


def test_old_steps_are_forgotten_and_objects_and_who_made_them_stay(old):
    before, size = rows_in(old.path), old.path.stat().st_size
    told = compact(old.path, MIDDLE)
    assert rows_in(old.path) == before
    assert (told.steps, size - old.path.stat().st_size) == (10, told.freed_bytes)
    assert told.freed_bytes > 150_000
    assert str(told).startswith("Forgot 10 steps, freed 0.")

    with closing(Project.open(old.path)) as project:
        image = project.images()[0]
        made = Origin("Accept mask", datetime(2026, 11, 11, 12, tzinfo=UTC), "anna")
        assert project.history.origins(image.id)[1] == made
        assert project.history.origins(image.id).keys() == {a.id for a in project.annotations(image.id)} | {9}
        assert project.history.begins == datetime(2026, 11, 19, 12, tzinfo=UTC)
        then = project.history.annotations_as_of(image.id, 0)
        assert [a.id for a in then] == list(range(1, 10))
        assert then[0].mask == dot()
        while project.undo() is not None:
            pass
        assert project.annotations(image.id) == then
        assert project.undo_label is None
    assert told.backup is not None
    assert rows_in(told.backup) == before
    with closing(sqlite3.connect(told.backup)) as db:
        assert db.execute("SELECT count(*) FROM step").fetchone()[0] == 15


def test_who_made_it_is_known_after_the_second_compaction_too(old):
    compact(old.path, MIDDLE)
    with closing(Project.open(old.path)) as project:
        made = project.history.origins(project.images()[0].id)
    told = compact(old.path, datetime(2027, 1, 1, tzinfo=UTC))
    assert told.steps == 5
    with closing(Project.open(old.path)) as project:
        image = project.images()[0]
        assert project.undo() is None
        assert project.history.steps_of(image.id) == []
        assert project.history.origins(image.id) == {a.id: made[a.id] for a in project.annotations(image.id)}
    assert compact(old.path, datetime(2027, 1, 1, tzinfo=UTC)).steps == 0


def test_nothing_was_ever_done_or_is_that_old(project, old):
    assert str(compact(old.path, datetime(2001, 1, 1, tzinfo=UTC))).startswith("No step is that old, freed ")
    with closing(Project.open(old.path)) as opened:
        assert opened.history.begins is None
        assert opened.undo_label == "Accept mask"


def test_project_that_is_open_elsewhere_is_not_compacted(project):
    with pytest.raises(Problem, match="open in another window"):
        compact(project.path, MIDDLE)


def test_without_a_backup_nothing_is_forgotten(old):
    before = old.path.read_bytes()
    shutil.rmtree(backups_folder(old.path), ignore_errors=True)
    backups_folder(old.path).write_text("in the way")
    with pytest.raises(Problem, match="left as it is, because it cannot be backed up"):
        compact(old.path, MIDDLE)
    backups_folder(old.path).unlink()
    with closing(Project.open(old.path)) as opened:
        assert (opened.undo_label, opened.history.begins) == ("Accept mask", None)
    assert len(before) == old.path.stat().st_size


def test_full_disk_forgets_nothing(small_disk, old):  # noqa: F811
    """Not even half of it."""
    path = Path(shutil.copy(old.path, small_disk))
    (small_disk / "film.mp4").write_bytes(bytes(300_000))
    before = rows_in(path)
    with pytest.raises(Problem, match="too little room"):
        compact(path, MIDDLE)
    assert rows_in(path) == before
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM step").fetchone()[0] == 15


class _StopError(Exception):
    pass


def all_is_there(path: Path, before: dict[str, list[tuple]]) -> int:
    """The number of steps that are left: all, or those that shall stay."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert rows_in(path) == before
    assert all(is_good(backup) for backup in backups_of(path))
    with closing(Project.open(path)) as project:
        assert project.read_only_reason == ""
        image = project.images()[0]
        assert {a.id for a in project.annotations(image.id)} <= project.history.origins(image.id).keys()
        undone = 0
        while project.undo() is not None:
            undone += 1
    assert undone in (5, 15)
    return undone


def test_cancelled_at_any_moment_it_is_as_before_or_done(old, tmp_path, monkeypatch):
    monkeypatch.setattr("app.project.history.compaction._ASK_EVERY", 20)
    before, left = rows_in(old.path), set()
    for number in range(1000):
        path = Path(shutil.copy(old.path, tmp_path / f"{number}.maskwright"))
        calls = iter(range(number * number))

        def tell(_fraction: float, calls=calls) -> None:
            if next(calls, None) is None:
                raise _StopError

        try:
            compact(path, MIDDLE, tell)
            break
        except _StopError:
            left.add(all_is_there(path, before))
    assert number > 5
    assert left == {5, 15}


def compacting(paths: Sequence[Path], **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.project.compacting", MIDDLE.isoformat(), *map(str, paths)],
        cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_no_room_to_make_the_file_smaller_is_told_and_loses_nothing(small_disk, old):  # noqa: F811
    """SQLite makes the new file where temporary ones are, first."""
    with closing(Project.open(old.path)) as project, project.step("Import") as step:
        step.add(an_object(project.images()[0].id, extra={"note": "x" * 4_000_000}))
    before = rows_in(old.path)
    with compacting([old.path], SQLITE_TMPDIR=str(small_disk)) as process:
        said, errors = process.communicate(timeout=200)
    assert errors == ""
    assert "10 old steps were forgotten, but the file could not be made smaller: database or disk is full." in said
    assert rows_in(old.path) == before
    told = compact(old.path, MIDDLE)
    assert (told.steps, told.freed_bytes > 150_000) == (0, True)
    assert rows_in(old.path) == before


@pytest.mark.parametrize("round_", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 30))])
def test_compaction_survives_kill_9_at_any_moment(old, tmp_path, round_):
    before = rows_in(old.path)
    paths = [Path(shutil.copy(old.path, tmp_path / f"{n}.maskwright")) for n in range(COPIES)]
    with compacting(paths) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        time.sleep(random.Random(round_).random() * 0.4)
        process.kill()
        said += process.stdout.readlines()
    lines = [line.split() for line in said if line.endswith("\n")]
    assert not [line for line in lines if line[0] == "problem"]
    begun = [Path(name) for word, name in lines if word == "begin"]
    assert begun
    done = {name for word, name in lines if word == "compacted"}
    for path in begun[-2:]:
        assert all_is_there(path, before) == 5 or str(path) not in done


@pytest.mark.parametrize("round_", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 30))])
def test_failing_write_while_compacting_is_a_sentence_and_loses_nothing(old, shim, round_):  # noqa: F811
    dice, before = random.Random(round_), rows_in(old.path)
    failing = {"LD_PRELOAD": str(shim), "FAIL_BELOW": str(old.path.parent), "FAIL_AT": str(dice.randrange(1, 400))}
    failing["FAIL_ERRNO"] = str(dice.choice([errno.ENOSPC, errno.EIO]))
    if round_ % 2:
        failing["FAIL_FOREVER"] = "1"
    with compacting([old.path], **failing) as process:
        said, errors = process.communicate(timeout=200)
    assert "Traceback" not in errors, errors
    told = said.splitlines()[-1]
    assert told.startswith("compacted") or (told.startswith("problem") and told.endswith(".")), told
    left = all_is_there(old.path, before)
    assert left == 5 or told.startswith("problem")
