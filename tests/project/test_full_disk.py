"""A real disk of 1 MB that fills up under the work, and one that goes away."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.formats.registry import formats
from app.problem import Problem
from app.project.safety.backup import back_up, backups_of, is_good
from app.project.store import Project
from tests.conftest import drained
from tests.project.conftest import an_object
from tests.project.test_durability import fill_up, small_disk  # noqa: F401  the fixture


@pytest.fixture
def full(small_disk, folder):  # noqa: F811
    """A project on it, with objects and something to redo; the images lie elsewhere. Its disk is full."""
    project = Project.create(small_disk / "p.maskwright", folder)
    list(project.folder.scan())
    for _ in range(4):
        accept(project)
    project.undo()
    fill_up(small_disk / "film.mp4")
    yield project
    project.close()


def accept(project: Project) -> None:
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id, attributes={"note": "x" * 20_000}))


def until_full(action: Callable[[], object]) -> int:
    """What the log of SQLite has room for goes well. So often it did."""
    for done in range(60):
        try:
            action()
        except Problem as problem:
            assert "the disk is full" in str(problem) or "No space left" in str(problem)  # noqa: PT017
            assert str(problem).count(". ") <= 2  # noqa: PT017
            return done
    pytest.fail("The disk never filled up.")


def sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_accept_undo_and_redo_on_a_full_disk(full, small_disk):  # noqa: F811
    saved = 3 + until_full(lambda: accept(full))
    there = list(full.annotation_table.all())
    assert len(there) == saved
    try:
        if full.undo() is not None:
            saved -= 1
    except Problem as problem:
        assert "the disk is full" in str(problem)  # noqa: PT017
    assert full.statistics.counts()["annotation"] == saved
    (small_disk / "film.mp4").unlink()
    accept(full)
    assert full.undo() is not None
    assert full.redo() is not None
    full.close()
    assert sound(full.path)
    again = Project.open(full.path)
    assert again.statistics.counts()["annotation"] == saved + 1
    again.close()


def coco_of(folder: Path, count: int) -> Path:
    """So many objects, none of which is there."""
    objects = [
        {"image_id": 1, "category_id": 1, "segmentation": [[0, 0, 5, 0, 5, 5]], "note": "x" * 2_000}
        for _ in range(count)
    ]
    file = folder / "in.json"
    images = [{"id": 1, "file_name": "img2.png", "width": 8, "height": 6}]
    content = {"images": images, "categories": [{"id": 1, "name": "cat"}], "annotations": objects}
    file.write_text(json.dumps(content))
    return file


def test_import_on_a_full_disk_goes_on_when_there_is_room(full, small_disk, tmp_path):  # noqa: F811
    coco = next(each for each in formats() if each.name == "coco")
    with pytest.raises(Problem, match="the disk is full"):
        drained(coco.import_file(full, coco_of(tmp_path, 200)))
    full.refresh()
    before = full.statistics.counts()["annotation"]
    (small_disk / "film.mp4").unlink()
    assert drained(coco.import_file(full, coco_of(tmp_path, 20))).annotations == 20
    assert full.statistics.counts()["annotation"] == before + 20
    full.undo()
    assert full.statistics.counts()["annotation"] == before
    full.close()
    assert sound(full.path)


@pytest.mark.parametrize("each", formats(), ids=lambda each: each.name)
def test_export_to_a_full_disk_leaves_the_old_one_and_nothing_else(each, full, small_disk):  # noqa: F811
    out = small_disk / f"out{each.suffix}"
    (small_disk / "film.mp4").unlink()
    drained(each.export_file(full, out))
    old = {path: path.read_bytes() for path in (out.rglob("*") if out.is_dir() else [out]) if path.is_file()}
    fill_up(small_disk / "film.mp4")
    there = sorted(small_disk.rglob("*"))
    with pytest.raises(Problem, match=r"cannot be written: No space left on device\.$"):
        drained(each.export_file(full, out))
    assert sorted(small_disk.rglob("*")) == there
    assert {path: path.read_bytes() for path in old} == old
    (small_disk / "film.mp4").unlink()
    drained(each.export_file(full, out))


def test_backup_on_a_full_disk_is_left_out_and_made_later(full, small_disk):  # noqa: F811
    assert back_up(full.path) is None
    assert backups_of(full.path) == []
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    made = back_up(full.path)
    assert made is not None
    assert is_good(made)


def test_settings_and_sizes_on_a_full_disk_lose_nothing(full):
    until_full(lambda: full.set_setting("a", full.setting("a", "") + "x" * 20_000))
    assert full.statistics.counts()["annotation"] == 3
    assert len(full.images()) == 3


# --- a disk that goes away -------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="there an open file stays where it is")
@pytest.mark.parametrize("how", ["deleted", "renamed", "another one"])
def test_what_would_be_lost_with_a_project_that_is_gone_is_not_acknowledged(project, how):
    """SQLite goes on writing to a file that nobody can find any more."""
    accept(project)
    saved, path = list(project.annotation_table.all()), project.path
    away = path.with_name("away.maskwright")
    path.rename(away)
    if how == "deleted":
        away.unlink()
    if how == "another one":
        shutil.copy(away, path)
    for action in (lambda: accept(project), project.undo):
        with pytest.raises(Problem, match=r"^cats\.maskwright is not there any more.* The change was not saved"):
            action()
    assert list(project.annotation_table.all()) == saved
    if how != "deleted":
        path.unlink(missing_ok=True)
        away.rename(path)
        accept(project)
        assert project.statistics.counts()["annotation"] == 2


def test_a_drive_that_was_taken_out_is_one_sentence(small_disk, folder):  # noqa: F811
    shutil.copytree(folder, small_disk / "photos")
    project = Project.create(small_disk / "p.maskwright", small_disk / "photos")
    list(project.folder.scan())
    accept(project)
    subprocess.run(["umount", "-l", str(small_disk)], check=True)
    try:
        with pytest.raises(Problem, match="is not there any more"):
            accept(project)
        with pytest.raises(Problem, match="is not there any more"):
            list(project.folder.scan())
        assert back_up(project.path) is None
        project.close()
    finally:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small_disk)], check=True)
