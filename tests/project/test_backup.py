"""Backups: made when something changed, whole or not at all, ten are kept, and nothing that goes wrong is an error."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from app.project.finding_table import Finding
from app.project.safety import backup
from app.project.safety.backup import KEPT, back_up, backups_folder, backups_of, is_good, newest_good_backup
from app.project.safety.restoring import summaries_of
from app.project.store import Project
from tests.conftest import drained
from tests.project.conftest import an_object
from tests.project.stepped_backup import backup_steps
from tests.project.test_durability import fill_up, small_disk

__all__ = ["small_disk"]


def accept(project: Project, **values):
    with project.step("Accept mask") as step:
        return step.add(an_object(project.images()[0].id, **values))


@pytest.fixture
def clock(monkeypatch):
    """Each backup a second later than the one before."""
    seconds = count(1_800_000_000)

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromtimestamp(next(seconds), tz)

    monkeypatch.setattr(backup, "datetime", Clock)


def test_backup_holds_what_was_committed_and_its_name_tells_when(project):
    saved = accept(project)
    made = back_up(project.path)
    assert made.parent == project.path.with_name("cats.maskwright-backups")
    assert made.name.startswith(f"cats {datetime.now(UTC):%Y-%m-%d }")
    assert made.name.endswith(" UTC.maskwright")
    assert backups_of(project.path) == [made]
    assert list(made.parent.iterdir()) == [made]
    copy = Project.open(made, read_only=True)
    assert list(copy.annotation_table.all()) == [saved]
    assert copy.undo_label == "Accept mask"
    copy.close()
    assert list(made.parent.iterdir()) == [made]


def test_backup_can_be_looked_at_where_it_lies_and_is_not_worked_on(project):
    accept(project)
    made = back_up(project.path)
    copy = Project.open(made)
    assert copy.root == project.root
    assert copy.read_only_reason.startswith("It is a backup")
    copy.close()
    assert list(made.parent.iterdir()) == [made]


def test_backup_put_in_the_place_of_the_project_is_the_project(project):
    saved = accept(project)
    made = back_up(project.path)
    accept(project)
    project.close()
    project.path.write_bytes(made.read_bytes())
    again = Project.open(project.path)
    assert (list(again.annotation_table.all()), again.root, again.read_only_reason) == ([saved], project.root, "")
    assert again.undo().name == "Accept mask"
    again.close()


def test_no_backup_without_a_change(project, clock):
    assert back_up(project.path) is None  # nothing was ever done
    assert not backups_folder(project.path).exists()
    accept(project)
    assert back_up(project.path)
    assert back_up(project.path) is None
    project.close()
    again = Project.open(project.path)
    again.set_setting("last_image", 2)
    assert back_up(project.path) is None  # only looked at
    for change in (again.undo, again.redo, lambda: accept(again)):
        change()
        assert back_up(project.path)
        assert back_up(project.path) is None
    again.close()
    assert len(backups_of(project.path)) == 4


def test_what_changes_without_a_step_is_backed_up(project, clock):
    saved = accept(project)
    assert back_up(project.path)
    [found] = project.findings.replace(
        [Finding("a.png", (saved.id,), "island", "It has islands.", saved.image_id, "x")]
    )
    assert back_up(project.path) is None  # a check can be run again
    project.findings.note([replace(found, state="fine")])
    assert back_up(project.path)
    assert back_up(project.path) is None
    moved = next(each for each in project.images() if each.id == saved.image_id)
    with project.file.transaction():
        project.file.db.execute("UPDATE image SET path = 'elsewhere.png' WHERE id = ?", (moved.id,))
    assert back_up(project.path)
    assert back_up(project.path) is None


def test_a_path_that_is_no_text_is_no_reason_for_no_backup(project, clock):
    accept(project)
    with project.file.transaction():
        project.file.db.execute("UPDATE image SET path = CAST(x'ff61' AS TEXT) WHERE id = 1")
    assert back_up(project.path)
    assert back_up(project.path) is None


def test_last_ten_are_kept(project, clock):
    made = []
    for _ in range(13):
        accept(project)
        made.append(back_up(project.path))
    assert backups_of(project.path) == made[:2:-1]


def test_steps_tell_how_far_it_is_and_work_goes_on_meanwhile(project, monkeypatch):
    monkeypatch.setattr(backup, "_PAGES", 1)
    for _ in range(20):
        accept(project, attributes={"note": "x" * 3000})
    steps = backup_steps(project.path)
    first = next(steps)
    accept(project)  # does not wait, and does not make the backup begin anew
    made = drained(steps)
    assert first[0] < first[1]
    copy = Project.open(made, read_only=True)
    assert copy.statistics.counts()["annotation"] == 20
    copy.close()
    assert project.statistics.counts()["annotation"] == 21


@pytest.mark.parametrize("after", [0, 1, 5])
def test_backup_that_is_broken_off_leaves_nothing(project, monkeypatch, after):
    monkeypatch.setattr(backup, "_PAGES", 1)
    accept(project)
    steps = backup_steps(project.path)
    for _ in range(after):
        next(steps)
    steps.close()
    assert backups_of(project.path) == []
    assert not backups_folder(project.path).exists() or not list(backups_folder(project.path).iterdir())
    assert drained(backup_steps(project.path)) == backups_of(project.path)[0]


def test_leftovers_of_a_killed_program_go_after_a_day(project):
    accept(project)
    folder = backups_folder(project.path)
    folder.mkdir()
    old, young = folder / ".old.part", folder / ".young.part"
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 100_000,) * 2)
    made = back_up(project.path)
    assert set(folder.iterdir()) == {young, made}
    assert backups_of(project.path) == [made]


def test_full_disk_is_a_warning(small_disk, folder, caplog):
    (small_disk / "a.png").write_bytes((folder / "img2.png").read_bytes())
    project = Project.create(small_disk / "p.maskwright", small_disk)
    list(project.folder.scan())
    accept(project)
    fill_up(small_disk / "film.mp4")
    assert back_up(project.path) is None
    assert "No backup of" in caplog.text
    assert backups_of(project.path) == []
    project.close()


def test_disk_that_fills_up_half_way_is_a_warning_and_leaves_nothing(project, monkeypatch, caplog):
    accept(project)

    def full(*_arguments, **_keywords) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(backup, "_fill", full)
    assert drained(backup_steps(project.path)) is None
    assert "No backup of" in caplog.text
    assert not list(backups_folder(project.path).iterdir())


def test_place_that_cannot_be_written_is_a_warning(project, caplog):
    accept(project)
    backups_folder(project.path).write_text("a file where the folder should be")
    assert back_up(project.path) is None
    assert "No backup of" in caplog.text


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the super-user may write everything")
def test_read_only_folder_is_a_warning(project, caplog):
    accept(project)
    project.path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert back_up(project.path) is None
    finally:
        project.path.parent.chmod(0o700)
    assert "No backup of" in caplog.text


def test_damaged_project_is_not_kept_as_a_backup(project, clock, caplog):
    for _ in range(200):
        accept(project)
    good = back_up(project.path)
    accept(project)
    project.close()
    content = bytearray(project.path.read_bytes())
    content[4096 * 5 : 4096 * 6] = os.urandom(4096)  # the root of the annotations
    project.path.write_bytes(content)
    assert back_up(project.path) is None
    assert "damaged" in caplog.text
    assert backups_of(project.path) == [good]


def test_newest_good_backup_is_one_that_can_be_read(project, clock):
    made = []
    for _ in range(3):
        accept(project)
        made.append(back_up(project.path))
    made[2].write_bytes(made[2].read_bytes()[:30_000])
    made[1].write_bytes(b"nothing")
    assert [is_good(path) for path in made] == [True, False, False]
    assert newest_good_backup(project.path) == made[0]
    made[0].unlink()
    assert newest_good_backup(project.path) is None
    with closing(sqlite3.connect(made[0])) as db:
        db.execute("CREATE TABLE other (id)")
    assert newest_good_backup(project.path) is None


def test_second_backup_of_one_second_does_not_take_the_place_of_the_first(project):
    accept(project)
    first = backup.told_backup(project.path)
    accept(project)
    second = backup.told_backup(project.path)
    assert first is not None
    assert first.exists()
    assert backup.backups_of(project.path)[:2] == [second, first]


def test_the_newest_of_many_backups_of_one_moment_is_named_as_the_newest(project):
    """The oldest makes way meanwhile, and its name is free again: what is newest would be taken for the oldest."""
    for _ in range(KEPT + 3):
        accept(project)
        made = back_up(project.path)
        assert made == backups_of(project.path)[0]


@pytest.fixture
def wrong_clock(monkeypatch):
    """Backups of the years to come, until it is put right."""
    ahead = [timedelta(days=4000)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + ahead[0]

    monkeypatch.setattr(backup, "datetime", Clock)
    return ahead


@pytest.mark.parametrize("ahead", [timedelta(days=4000), timedelta(days=-4000)])
def test_the_last_ten_are_kept_after_the_clock_was_wrong(project, wrong_clock, ahead):
    """Those of the wrong time would be the newest for ever, and each new one would take the place of the last."""
    made = []
    for wrong in (timedelta(), ahead, timedelta()):
        wrong_clock[0] = wrong
        for _ in range(KEPT // 2):
            accept(project)
            made.append(back_up(project.path))
            assert back_up(project.path) is None  # nothing was done since
    kept = [each.path for each in summaries_of(project.path)]
    known = KEPT if ahead > timedelta() else KEPT // 2  # of a time that is over nobody knows that it was wrong
    assert kept[:known] == made[: -known - 1 : -1]
    assert len(kept) == KEPT
    assert newest_good_backup(project.path) == made[-1]


def test_nothing_is_backed_up_anew_when_the_clock_is_put_right(project, wrong_clock):
    accept(project)
    made = back_up(project.path)
    wrong_clock[0] = timedelta()
    assert back_up(project.path) is None
    assert backups_of(project.path) == [made]


def test_backups_of_the_time_before_a_project_was_renamed_are_older(project, clock):
    made = []
    for name in ("cats", "ants"):
        project.close()
        file = project.path.with_name(f"{name}.maskwright")
        if name == "ants":
            project.path.rename(file)
            backups_folder(project.path).rename(backups_folder(file))
        project = Project.open(file)
        for _ in range(KEPT - 2):
            accept(project)
            made.append(back_up(file).name)
    project.close()
    assert [path.name for path in backups_of(file)] == made[: -KEPT - 1 : -1]


def test_a_file_that_somebody_put_among_the_backups_stays(project, clock):
    accept(project)
    mine = back_up(project.path).rename(backups_folder(project.path) / "before the holidays.maskwright")
    for _ in range(KEPT + 2):
        accept(project)
        back_up(project.path)
    assert mine.exists()
    assert len(backups_of(project.path)) == KEPT + 1
