"""What the person sees when the disk is full, read-only or gone: a sentence, and the mask still there to be saved."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt

from app.project.safety import keeper
from app.project.store import Project
from tests.project.test_durability import fill_up, small_disk  # noqa: F401  the fixture
from tests.ui.conftest import ANSWER_MS, Hand

MIDDLE = (250, 250)


def said(window) -> str:
    return window.toast._label.text()


@pytest.fixture
def on_small_disk(window, photos, small_disk, qtbot):  # noqa: F811
    """The window with a project on a disk of 1 MB; the photos lie elsewhere."""
    Project.create(small_disk / "p.maskwright", photos).close()
    window.open_path(small_disk / "p.maskwright")
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: window.workspace.session.place.is_encoded, timeout=ANSWER_MS)
    window.workspace.canvas.setFocus()
    return Hand(window, qtbot)


def test_a_mask_that_finds_no_room_stays_and_is_saved_when_there_is_some(on_small_disk, window, small_disk):  # noqa: F811
    hand, project = on_small_disk, window.workspace.project
    fill_up(small_disk / "film.mp4")
    accepted = -1
    while "the disk is full" not in said(window):  # the log of SQLite has room for some
        accepted += 1
        hand.click(*MIDDLE)
        hand.wait_for_mask()
        hand.key(Qt.Key.Key_Return)
    proposal = hand.session.editor.proposal
    assert proposal is not None
    assert project.statistics.counts()["annotation"] == accepted
    hand.key(Qt.Key.Key_Return)
    assert hand.session.editor.proposal is proposal
    (small_disk / "film.mp4").unlink()
    hand.key(Qt.Key.Key_Return)
    assert hand.session.editor.proposal is None
    assert project.statistics.counts()["annotation"] == accepted + 1


def test_an_export_to_a_full_disk_is_one_sentence(on_small_disk, window, small_disk, qtbot):  # noqa: F811
    hand = on_small_disk
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    fill_up(small_disk / "film.mp4")
    window.exchange.export_file(small_disk / "out.json", "coco")
    qtbot.waitUntil(lambda: "No space left on device" in said(window), timeout=ANSWER_MS)
    assert not (small_disk / "out.json").exists()


@pytest.fixture
def unwatched(monkeypatch):
    """A drive that is taken out has no new name under which the keeper could find the project."""
    monkeypatch.setattr(keeper, "LOOK_S", 3600)


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder in use stays where it is")
def test_a_drive_that_was_taken_out_and_put_back(unwatched, hand, opened, window, photos, qtbot):
    """The project lies beside the photos: both are gone, and come back."""
    project, away = opened.workspace.project, photos.with_name("away")
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    proposal = hand.session.editor.proposal
    photos.rename(away)
    hand.key(Qt.Key.Key_Return)
    assert "is not there any more" in said(window)
    assert hand.session.editor.proposal is proposal
    hand.key(Qt.Key.Key_D)
    qtbot.waitUntil(lambda: "not there any more" in hand.session.place.unreadable, timeout=ANSWER_MS)
    window.projects.scanning.start()
    window.exchange.export_file(photos / "out.json", "coco")
    qtbot.waitUntil(lambda: "cannot be" in said(window), timeout=ANSWER_MS)
    away.rename(photos)
    hand.key(Qt.Key.Key_A)
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: hand.session.editor.proposal is not None, timeout=ANSWER_MS)
    hand.key(Qt.Key.Key_Return)
    assert project.statistics.counts()["annotation"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder in use stays where it is")
def test_an_image_that_was_opened_while_its_folder_had_another_name(hand, opened, window, photos, qtbot):
    """It is looked for where it was, is not there any more, and is shown when the program has followed the project."""
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    away = photos.rename(photos.with_name("away"))
    qtbot.waitUntil(lambda: opened.workspace.project.path.parent == away, timeout=ANSWER_MS)
    away.rename(photos)
    hand.session.navigation.look_again()
    qtbot.waitUntil(lambda: opened.workspace.project.path.parent == photos, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    assert not hand.session.place.unreadable
    qtbot.waitUntil(lambda: hand.session.place.is_encoded, timeout=ANSWER_MS)
    assert hand.session.editor.proposal is not None


def test_a_disk_that_is_read_only_says_so_and_shows_what_there_is(window, photos, small_disk, qtbot):  # noqa: F811
    made = Project.create(small_disk / "p.maskwright", small_disk)
    shutil.copy(photos / "rocket.jpg", small_disk)
    list(made.folder.scan())
    made.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    try:
        window.open_path(small_disk / "p.maskwright")
        assert said(window).startswith("Read-only. The file cannot be written.")
        qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
        qtbot.waitUntil(lambda: window.workspace.session.place.is_encoded, timeout=ANSWER_MS)
        hand = Hand(window, qtbot)
        hand.click(*MIDDLE)
        hand.wait_for_mask()
        hand.key(Qt.Key.Key_Return)
        assert "is read-only" in said(window)
        assert hand.session.editor.proposal is not None
        window.projects.close()
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
