"""From a folder to its project, where the folder cannot be written; where the window then lies on the screen."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
from contextlib import closing

import pytest
from PySide6.QtCore import QSize, Qt

from app.paths import data_dir
from app.problem import Problem
from app.project.safety.lock import take
from app.project.store import Project
from app.ui import opener, opening
from app.ui.closed_work import work_while_closed
from app.ui.opening import open_path
from app.ui.room import FRAME
from app.ui.settings import Settings
from app.ui.start import assembled
from tests.bench.driver import until, wait
from tests.ui.conftest import ANSWER_MS, Hand
from tests.ui.test_busy import heartbeat

MIDDLE = (250, 250)


@pytest.fixture
def unwritable(monkeypatch):
    """Folders that are added to it cannot be written; permissions do not bind root."""
    folders, access = set(), os.access

    def asked(path, mode, **options):
        return not (mode & os.W_OK and path in folders) and access(path, mode, **options)

    monkeypatch.setattr(os, "access", asked)
    return folders


@pytest.fixture
def locked(photos, unwritable):
    """The photos in a folder that cannot be written."""
    unwritable.add(photos)
    return photos


def test_a_folder_that_cannot_be_written_has_its_masks_when_it_is_opened_again(window, locked, qtbot):
    window.open_path(locked)
    where = data_dir() / "projects" / "photos.maskwright"
    assert window.toast.text() == f"The folder of the images cannot be written: the project lies in {where}."
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: window.workspace.session.place.is_encoded, timeout=ANSWER_MS)
    assert window.toast.isVisible()
    hand = Hand(window, qtbot)
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    window.projects.close()
    window.toast.show_text("")
    for path in (locked, locked / "rocket.jpg"):
        window.open_path(path)
        assert window.workspace.project.path == where
        assert not window.workspace.project.read_only
        assert window.workspace.project.statistics.annotation_counts().total() == 1
        assert "project lies in" not in window.toast.text()
        window.projects.close()
    assert not list(locked.glob("*.maskwright*"))


def test_another_folder_of_the_same_name_gets_another_project(locked, unwritable, tmp_path):
    others = [tmp_path / name / "photos" for name in ("b", "c")]
    for other in others:
        shutil.copytree(locked, other)
        unwritable.add(other)
    made = [opened_at(folder) for folder in (locked, *others)]
    assert [path.name for path in made] == ["photos.maskwright", "photos 2.maskwright", "photos 3.maskwright"]
    made[0].unlink()
    assert [opened_at(folder) for folder in others] == made[1:]
    unwritable.clear()
    assert [opened_at(folder) for folder in others] == made[1:]


def opened_at(folder):
    project = open_path(folder)
    assert not project.read_only
    assert project.root.samefile(folder)
    project.close()
    return project.path


def test_a_damaged_project_of_such_a_folder_is_told_and_not_begun_anew(locked):
    path = opened_at(locked)
    path.write_bytes(b"damaged" * 1000)
    with pytest.raises(Problem, match=r"^photos\.maskwright: "):
        open_path(locked)
    assert list(path.parent.glob("*.maskwright")) == [path]


def test_another_card_in_the_place_of_the_first_has_a_project_of_its_own(locked):
    project = open_path(locked)
    list(project.folder.scan())
    first = project.path
    project.close()
    assert opened_at(locked) == first
    (locked / "chelsea.png").unlink()
    assert opened_at(locked) == first  # some are there as they were
    for file in locked.glob("*.*"):
        file.write_bytes(b"another picture")
    assert opened_at(locked) == first.with_name("photos 2.maskwright")


def test_a_damaged_project_of_an_unwritable_folder_stops_no_other(locked, tmp_path):
    path = opened_at(locked)
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE setting")
    other = tmp_path / "b" / "photos"
    shutil.copytree(locked, other)
    assert opened_at(other) == other / "photos.maskwright"


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_the_data_of_the_user_may_lie_behind_a_link(home, locked, tmp_path):
    (tmp_path / "disk" / "a" / "b").mkdir(parents=True)
    home.symlink_to(tmp_path / "disk" / "a" / "b")
    path = opened_at(locked)
    assert opened_at(locked) == path
    project = Project.open(path)
    assert project.root.samefile(locked)
    project.close()


def test_the_window_is_no_larger_than_the_screen(dressed, qtbot):
    with assembled(Settings()) as window:
        qtbot.addWidget(window)
        room = window.screen().availableSize() - FRAME
        assert room.width() < 1280  # the one of the tests
        assert window.size() == room.boundedTo(QSize(1280, 800))
        window.close()


@pytest.fixture
def drive(tmp_path, photos, monkeypatch):
    """A folder on a drive that takes its time; the window does not wait for it."""
    folder, stat, looked = tmp_path / "drive" / "far", os.stat, []
    shutil.copytree(photos, folder)

    def slow(path, *arguments, **options):
        if str(path).startswith(str(folder)) and len(looked) < 8:
            looked.append(path)
            time.sleep(0.1)
        return stat(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", slow)
    monkeypatch.setattr(opener, "PATIENCE_S", 0.04)
    return folder


@pytest.mark.serial
def test_the_window_goes_on_while_a_slow_drive_is_asked_for_a_project(window, drive, monkeypatch):
    is_open, read_ahead = [], opener._read_ahead
    monkeypatch.setattr(opener, "_read_ahead", lambda project: (read_ahead(project), is_open.append(True)))
    with heartbeat() as longest:
        window.open_path(drive)
        assert window.jobs.current is None, "what may be there in a moment shows no progress that flickers"
        until(lambda: window.jobs.current is not None)
        assert window.jobs.current.title == "Opening far"
        until(lambda: is_open)
    assert longest[0] < 0.1
    until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
    assert not window.workspace.project.read_only
    assert window.jobs.current is None


def test_of_two_projects_the_one_that_was_wanted_last_is_opened(window, drive, photos):
    window.open_path(drive)
    window.open_path(photos)
    until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
    window.open_path(drive)
    window.projects.close()  # before it is there
    window.open_path(drive)
    until(lambda: window.workspace is not None and window.workspace.project.root == drive)
    assert not window.workspace.project.read_only, "the one before has let it go"
    window.projects.close()
    assert not opening.is_open_elsewhere(drive / "far.maskwright")


class Held:
    """Stops the first who passes, until it is let go."""

    def __init__(self):
        self.passed, self._go_on = [], threading.Event()
        self.problem = None

    def stop(self, path):
        self.passed.append(path)
        if len(self.passed) == 1:
            self._go_on.wait(20)
            if self.problem is not None:
                raise Problem(self.problem)

    def end(self):
        self._go_on.set()

    def let_go(self):
        self.end()
        wait(200)  # it is heard of


@pytest.fixture
def held(monkeypatch):
    """The first project that is open on its way to the window."""
    held, read_ahead = Held(), opener._read_ahead
    monkeypatch.setattr(opener, "PATIENCE_S", 0.04)
    monkeypatch.setattr(opener, "_read_ahead", lambda project: (held.stop(project.path), read_ahead(project)))
    yield held
    held.end()


@pytest.fixture
def other(photos, tmp_path):
    """Another folder of images."""
    return shutil.copytree(photos, tmp_path / "other")


@pytest.mark.parametrize("then", ["photos.maskwright", "rocket.jpg"])
def test_a_project_that_is_wanted_by_another_path_at_once_is_not_locked_by_the_first(window, held, photos, then):
    window.open_path(photos)
    until(lambda: held.passed)
    window.open_path(photos / then)
    wait(100)
    held.let_go()
    until(lambda: window.workspace is not None)
    assert not window.workspace.project.read_only


def test_a_project_that_was_cancelled_is_opened_by_the_next_click(window, held, photos):
    window.open_path(photos)
    until(lambda: held.passed)
    window.jobs.cancel_current()
    window.open_path(photos)  # while the first is still at it
    wait(100)
    assert window.workspace is None
    held.let_go()
    until(lambda: window.workspace is not None)
    assert not window.workspace.project.read_only


@pytest.mark.parametrize("problem", [None, "The drive is gone."])
def test_nobody_hears_of_what_is_not_wanted_any_more(window, held, photos, other, problem):
    held.problem = problem
    window.open_path(photos)
    until(lambda: held.passed)
    window.open_path(other)
    until(lambda: window.workspace is not None)
    assert window.jobs.current is None or "photos" not in window.jobs.current.title
    window.toast.show_text("")
    held.let_go()
    assert window.workspace.project.root == other
    assert not window.toast.text()
    assert not opening.is_open_elsewhere(photos / "photos.maskwright")


@pytest.fixture
def looked_through(photos, monkeypatch):
    """What looks through a project for long."""
    Project.create(photos / "photos.maskwright", photos).close()
    held = Held()
    monkeypatch.setattr(opener, "PATIENCE_S", 0.04)
    monkeypatch.setattr(opening, "is_slow_to_open", lambda path: path.stem == "photos")
    monkeypatch.setattr(opening, "make_ready", lambda path, _tell: held.stop(path) or ())
    yield held
    held.end()


def test_a_second_click_on_a_project_that_is_looked_through_looks_through_it_no_second_time(
    window, looked_through, photos
):
    for _ in range(2):
        window.open_path(photos)
        wait(100)
    assert window.jobs.current.title == "Looking through photos"
    looked_through.let_go()
    until(lambda: window.workspace is not None)
    assert len(looked_through.passed) == 1


def test_a_project_is_not_opened_by_another_path_while_it_is_looked_through(window, looked_through, photos):
    window.open_path(photos)
    until(lambda: looked_through.passed)
    window.open_path(photos / "photos.maskwright")
    wait(100)
    assert len(looked_through.passed) == 1
    looked_through.let_go()
    until(lambda: window.workspace is not None)


def test_what_looks_through_a_project_that_is_not_wanted_any_more_is_not_shown(window, looked_through, photos, other):
    window.open_path(photos)
    until(lambda: looked_through.passed)
    window.open_path(other)
    until(lambda: window.workspace is not None)
    assert window.jobs.current is None or "photos" not in window.jobs.current.title


def test_what_the_person_opens_is_not_dropped_for_a_project_that_is_opened_again(opened, held, other):
    done = threading.Event()
    path = opened.workspace.project.path
    work_while_closed(opened, path, "Compacting", lambda _tell: done.wait(20) and "Done.")
    until(lambda: opened.workspace is None)
    opened.open_path(other)
    until(lambda: held.passed)
    done.set()
    wait(200)
    held.let_go()
    until(lambda: opened.workspace is not None)
    assert opened.workspace.project.root == other


def test_what_the_person_opens_is_not_dropped_for_the_project_that_was_left_open(window, held, photos, other):
    path = photos / "photos.maskwright"
    Project.create(path, photos).close()
    Settings().note_open(path)
    window.projects.open_unclosed()
    window.open_path(other)  # before it is known whether the one that was left open is there
    until(lambda: held.passed)
    wait(200)
    held.let_go()
    until(lambda: window.workspace is not None)
    assert window.workspace.project.root == other


def test_a_project_is_not_locked_by_the_look_whether_it_is_to_be_opened_again(window, photos, monkeypatch):
    path, held = photos / "photos.maskwright", Held()
    Project.create(path, photos).close()

    def take_for_long(path):
        lock, _ = take(path)
        held.stop(path)
        lock.release()

    monkeypatch.setattr(opener, "PATIENCE_S", 0.04)
    monkeypatch.setattr(opening, "is_open_elsewhere", take_for_long)
    Settings().note_open(path)
    window.projects.open_unclosed()
    until(lambda: held.passed)
    window.open_path(path)
    wait(100)
    held.let_go()
    until(lambda: window.workspace is not None)
    assert not window.workspace.project.read_only


@pytest.mark.parametrize("problem", [None, "The disk is full."])
def test_what_is_told_of_a_project_that_was_closed_meanwhile_is_told_over_it(opened, held, problem):
    def work(_tell):
        if problem is not None:
            raise Problem(problem)
        return "Forgot 3 steps."

    work_while_closed(opened, opened.workspace.project.path, "Compacting", work)
    until(lambda: held.passed)
    wait(100)
    held.let_go()
    until(lambda: opened.workspace is not None)
    assert opened.toast.isVisible()
    assert opened.toast.text() == (problem or "Forgot 3 steps.")


def test_what_is_told_of_the_settings_is_told_over_a_project_that_comes_late(window, held, photos):
    window.preferences._keymap_note = "The keymap cannot be read."
    window.open_path(photos)
    window.preferences.tell()
    until(lambda: held.passed)
    held.let_go()
    until(lambda: window.workspace is not None)
    assert window.toast.isVisible()
    assert "The keymap cannot be read." in window.toast.text()
