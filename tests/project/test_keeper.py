"""The keeper: a copy of the file is whole a second after the last change, and what others do to it is seen at once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.problem import Problem
from app.project.safety import keeper
from app.project.safety.backup import told_backup
from app.project.safety.keeper import FileEvent, Keeper
from app.project.store import Project
from tests.project.test_log import accept, in_file_alone, objects_of, path  # noqa: F401 a fixture


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(keeper, "IDLE_S", 0.1)
    monkeypatch.setattr(keeper, "LOOK_S", 0.02)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@contextmanager
def kept(path: Path) -> Iterator[tuple[Project, list[tuple[FileEvent, Path | None]]]]:  # noqa: F811
    """The project, and what is told of its file."""
    told: list[tuple[FileEvent, Path | None]] = []
    with closing(Project.open(path)) as project:
        watch = Keeper(path, lambda seen, where: told.append((seen, where)))
        watch.start()
        assert watch._watches.wait(10)
        try:
            yield project, told
        finally:
            watch.stop()


def test_copy_is_whole_a_moment_after_the_last_change(path, tmp_path):  # noqa: F811
    with kept(path) as (project, told):
        accept(project, 5)
        assert in_file_alone(path) == 2
        until(lambda: in_file_alone(path) == 7)
        shutil.copyfile(path, tmp_path / "copy.maskwright")
        accept(project)
        until(lambda: in_file_alone(path) == 8)
    assert told == []
    assert objects_of(tmp_path / "copy.maskwright") == 7


def test_while_masks_are_accepted_the_log_is_left_alone(path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(keeper, "IDLE_S", 1.0)
    with kept(path) as (project, _):
        for _ in range(10):
            accept(project)
            time.sleep(0.03)
            assert in_file_alone(path) == 2


def test_who_accepts_without_a_pause_has_all_in_the_file_too(path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(keeper, "IDLE_S", 10.0)
    monkeypatch.setattr(keeper, "MOST_S", 0.2)
    with kept(path) as (project, _):
        until(lambda: accept(project) or in_file_alone(path) > 2)


def test_reader_does_not_keep_it_from_being_tried_again(path):  # noqa: F811
    with kept(path) as (project, _):
        with closing(Project.open(path, read_only=True)) as reader:
            reader.file.db.execute("BEGIN")
            assert reader.statistics.counts()["annotation"] == 2
            accept(project)
            time.sleep(0.3)
        until(lambda: in_file_alone(path) == 3 and not project.file.log.is_pending)


def test_moved_file_is_seen_without_an_accept_and_holds_everything(path, folder):  # noqa: F811
    new = folder / "renamed.maskwright"
    with kept(path) as (project, told):
        accept(project, 3)
        path.rename(new)
        until(lambda: told == [(FileEvent.MOVED, new)])
        assert in_file_alone(new) == 5
        new.rename(path)
        until(lambda: told[1:] == [(FileEvent.BACK, None)])
        accept(project)
    assert objects_of(path) == 6


@pytest.mark.parametrize("replaced", [False, True])
def test_deleted_or_replaced_file_is_kept_as_a_backup(path, replaced, tmp_path):  # noqa: F811
    other = shutil.copyfile(path, tmp_path / "other.maskwright")
    with kept(path) as (project, told):
        accept(project, 3)
        if replaced:  # as a sync program does it
            other.replace(path)
        else:
            path.unlink()
        until(lambda: bool(told))
    [(seen, copy)] = told
    assert seen is FileEvent.LOST
    assert copy is not None
    for _ in range(12):  # of what is there now: they do not take its place
        if replaced:
            with closing(Project.open(path)) as other_one:
                accept(other_one)
            told_backup(path)
    assert objects_of(copy.rename(tmp_path / "found.maskwright")) == 5
    assert not replaced or objects_of(path) == 14


def test_file_that_comes_back_is_opened_anew(path, tmp_path):  # noqa: F811
    """As on a drive that was pulled out and put in: what was open before is dead, the file has another number."""
    with kept(path) as (project, told):
        accept(project, 3)
        until(lambda: in_file_alone(path) == 5)
        away = shutil.copyfile(path, tmp_path / "away.maskwright")
        path.unlink()
        until(lambda: [seen for seen, _ in told] == [FileEvent.LOST])
        with pytest.raises(Problem, match="not there any more"):
            accept(project)
        away.rename(path)
        until(lambda: [seen for seen, _ in told] == [FileEvent.LOST, FileEvent.RETURNED])
        project.file.reopen()
        assert project.statistics.counts()["annotation"] == 5
        accept(project)
        assert project.undo() is not None
        accept(project, 2)
        project.file.bring_into_file()
        assert in_file_alone(path) == 7
    assert objects_of(path) == 7


def test_another_file_in_the_place_of_a_lost_one_is_not_taken_for_it(path, tmp_path):  # noqa: F811
    older = shutil.copyfile(path, tmp_path / "older.maskwright")
    with kept(path) as (_, told):
        path.unlink()
        until(lambda: [seen for seen, _ in told] == [FileEvent.LOST])
        older.rename(path)
        time.sleep(0.3)
        assert [seen for seen, _ in told] == [FileEvent.LOST]


def test_older_bytes_over_the_open_file_are_seen(path, tmp_path):  # noqa: F811
    older = path.read_bytes()
    with kept(path) as (project, told):
        accept(project, 3)
        until(lambda: in_file_alone(path) == 5)
        path.write_bytes(older)
        until(lambda: told == [(FileEvent.CHANGED, None)])
    assert path.read_bytes() == older
