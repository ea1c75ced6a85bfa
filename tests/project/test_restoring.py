"""Going back to a backup: what it would lose, what is kept, and that no log destroys it."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from app import atomic
from app.problem import Problem
from app.project.safety.backup import backups_of, told_backup
from app.project.safety.restoring import restore, summaries_of
from app.project.store import Project
from tests.project.test_log import accept, beside, killed_after, objects_of, path  # noqa: F401 a fixture


@pytest.fixture
def backup(path) -> Path:  # noqa: F811
    made = told_backup(path)
    assert made is not None
    return made


def test_each_backup_tells_what_it_would_lose(path, backup):  # noqa: F811
    with closing(Project.open(path)) as project:
        accept(project, 3)
        first, *_ = project.annotation_table.all()
        with project.step("Delete") as step:
            step.delete(first)
    [summary] = summaries_of(path)
    assert (summary.path, summary.objects, summary.images) == (backup, 2, len(Project.open(path).images()))
    assert summary.loses == "Loses 4 steps: 3 new objects and changes of 1 object."
    assert summary.time is not None
    rescued = backup.rename(backup.with_stem(f"{backup.stem} rescued"))
    assert [(each.path, each.time) for each in summaries_of(path)] == [(rescued, summary.time)]
    strange = rescued.rename(backup.with_stem("photos 2026-02-31 10.00.00 UTC"))
    assert [(each.path, each.time) for each in summaries_of(path)] == [(strange, None)]


def test_restored_project_is_as_it_was_and_the_state_before_can_be_come_back_to(path, backup):  # noqa: F811
    with closing(Project.open(path)) as project:
        accept(project, 3)
    done = restore(path, backup)
    assert objects_of(path) == 2
    [kept] = done.kept
    assert summaries_of(path)[0].path == kept
    restore(path, kept)
    assert objects_of(path) == 5
    assert backup.exists()
    assert not {"-wal", "-shm", "-wal-owner"} & beside(path)


def test_restoring_after_a_crash_keeps_what_lay_in_the_log(path, backup):  # noqa: F811
    killed_after(path, 30)
    [kept] = restore(path, backup).kept
    assert objects_of(path) == 2
    restore(path, kept)
    assert objects_of(path) == 32


def test_damaged_project_is_restored_and_kept_as_it_is(path, backup):  # noqa: F811
    broken = path.read_bytes()[:5000] + bytes(20_000)
    path.write_bytes(broken)
    assert summaries_of(path)[0].loses.startswith("The project cannot be read")
    [kept] = restore(path, backup).kept
    assert kept.read_bytes() == broken
    assert kept not in backups_of(path)
    assert objects_of(path) == 2


def test_deleted_project_is_restored(path, backup):  # noqa: F811
    path.unlink()
    assert restore(path, backup).kept == ()
    assert objects_of(path) == 2


def test_what_is_no_good_backup_is_refused(path, backup):  # noqa: F811
    backup.write_bytes(backup.read_bytes()[:9000])
    with pytest.raises(Problem, match="is no good backup"):
        restore(path, backup)
    assert objects_of(path) == 2


def test_open_project_is_not_restored(path, backup):  # noqa: F811
    with closing(Project.open(path)) as project:
        accept(project)
        with pytest.raises(Problem, match=r"cannot be restored\. It is open in another window\."):
            restore(path, backup)
    assert objects_of(path) == 3


def test_oldest_backup_can_be_restored_though_it_has_to_make_way(path, backup, monkeypatch):  # noqa: F811
    monkeypatch.setattr("app.project.safety.backup.KEPT", 1)
    with closing(Project.open(path)) as project:
        accept(project)
    restore(path, backup)
    assert objects_of(path) == 2
    assert len(backups_of(path)) == 1


def test_full_disk_leaves_the_project_as_it_was(path, backup, monkeypatch):  # noqa: F811
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    before = shutil.copyfile(path, path.with_suffix(".before"))
    with pytest.raises(Problem, match="was not restored: No space left on device"):
        restore(path, backup)
    assert path.read_bytes() == before.read_bytes()
    assert not list(path.parent.glob(".*.part"))
