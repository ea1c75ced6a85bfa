"""Another program writes to the project, or its disk is full: images are shown, the window lives, and what was done is
saved by itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from itertools import pairwise
from time import perf_counter

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QProgressDialog

from app.masks.rle import Mask
from app.project.history import journal
from app.project.records import Annotation
from app.project.store import Project
from app.ui import again
from tests.project.test_durability import fill_up, small_disk  # noqa: F401  the fixture
from tests.ui.conftest import ANSWER_MS, Hand

MIDDLE = (250, 250)
FELT_S = 0.3


@contextmanager
def another_writer(path):
    """That has hold of the project inside."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        if other.in_transaction:
            other.execute("ROLLBACK")


@contextmanager
def heartbeat():
    """How long the window did nothing else, at most."""
    beats = [perf_counter()]
    timer = QTimer(interval=10)
    timer.timeout.connect(lambda: beats.append(perf_counter()))
    timer.start()
    longest: list[float] = []
    yield longest
    timer.stop()
    beats.append(perf_counter())
    longest.append(max(after - before for before, after in pairwise(beats)))


def said(window) -> str:
    return window.toast.text()


def saved(window) -> int:
    """In the file, as another program sees it."""
    with closing(sqlite3.connect(window.workspace.project.path)) as db:
        return db.execute("SELECT count(*) FROM annotation").fetchone()[0]


@pytest.mark.serial
def test_an_image_opened_while_another_program_writes_is_shown_and_noted_later(hand, opened, qtbot):
    session, project = hand.session, opened.workspace.project
    with another_writer(project.path), heartbeat() as longest:
        hand.key(Qt.Key.Key_D)
        qtbot.waitUntil(lambda: hand.canvas.has_image and session.image.width is not None, timeout=ANSWER_MS)
        assert project.deferred.reason
        assert "another program is writing" in said(opened)
        qtbot.waitUntil(lambda: session.place.is_encoded, timeout=ANSWER_MS)
        hand.click(*MIDDLE)
        hand.wait_for_mask()
    print(f"the window did nothing else for {longest[0] * 1000:.0f} ms at most")
    assert longest[0] < FELT_S
    qtbot.waitUntil(lambda: not project.deferred.reason, timeout=5_000)
    with closing(Project.open(project.path, read_only=True)) as other:
        assert other.image(session.image_id) == session.image


@pytest.mark.serial
def test_a_mask_accepted_while_another_program_writes_is_saved_by_itself(hand, opened, qtbot):
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    with another_writer(opened.workspace.project.path), heartbeat() as longest:
        hand.key(Qt.Key.Key_Return)
        assert "it is tried again by itself" in said(opened)
        assert hand.session.editor.proposal is not None
        hand.key(Qt.Key.Key_Return)  # once more, out of impatience
        qtbot.wait(1500)
        assert hand.session.editor.proposal is not None
    print(f"the window did nothing else for {longest[0] * 1000:.0f} ms at most")
    assert longest[0] < FELT_S
    qtbot.waitUntil(lambda: saved(opened) == 1, timeout=5_000)
    assert hand.session.editor.proposal is None
    assert not opened.toast.isVisible()
    qtbot.wait(700)
    assert saved(opened) == 1


def test_a_mask_accepted_before_it_was_there_is_saved_by_itself_too(hand, opened, qtbot):
    with another_writer(opened.workspace.project.path):
        hand.click(*MIDDLE)
        hand.key(Qt.Key.Key_Return)
        assert hand.session.acceptance.pending == 1
        qtbot.waitUntil(lambda: opened.workspace.again.is_waiting, timeout=ANSWER_MS)
        hand.key(Qt.Key.Key_D)
        assert hand.session.acceptance.pending == 1
    qtbot.waitUntil(lambda: saved(opened) == 1, timeout=5_000)
    assert hand.session.acceptance.pending == 0


@pytest.mark.serial
@pytest.mark.parametrize("act", [Qt.Key.Key_Delete, Qt.Key.Key_W], ids=["delete", "hide"])
def test_what_is_done_to_an_object_while_another_program_writes_is_done_later(act, hand, opened, qtbot):
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    shift = Qt.KeyboardModifier.ShiftModifier if act == Qt.Key.Key_W else Qt.KeyboardModifier.NoModifier
    [before] = hand.session.objects.all()
    with another_writer(opened.workspace.project.path), heartbeat() as longest:
        hand.key(act, shift)
        assert hand.session.objects.all() == [before]
        qtbot.wait(500)
    print(f"the window did nothing else for {longest[0] * 1000:.0f} ms at most")
    assert longest[0] < FELT_S
    qtbot.waitUntil(lambda: hand.session.objects.all() != [before], timeout=5_000)
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert hand.session.objects.all() == [before]


def test_a_long_undo_begins_when_the_other_program_has_ended(hand, opened, qtbot, monkeypatch):
    monkeypatch.setattr(journal, "_LONG", 3)
    monkeypatch.setattr(journal, "_HUGE", 3)
    project = opened.workspace.project
    with project.step("Import COCO") as step:
        for _ in range(20):
            step.add(Annotation(0, hand.session.image_id, None, Mask.from_array(np.ones((512, 512), bool))))
    labels: list[str] = []
    watch = QTimer(opened, interval=20)
    watch.timeout.connect(lambda: labels.extend(d.labelText() for d in opened.findChildren(QProgressDialog)))
    watch.start()
    with another_writer(project.path) as other:
        QTimer.singleShot(1000, lambda: other.execute("ROLLBACK"))
        hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)  # returns with the end of the dialog
    watch.stop()
    assert any("tried again by itself" in label for label in labels)
    assert project.statistics.counts()["annotation"] == 0
    assert said(opened) == "Undone: Import COCO"


def test_what_waits_is_left_out_when_the_person_goes_on_with_something_else(hand, opened, qtbot):
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    with another_writer(opened.workspace.project.path):
        hand.key(Qt.Key.Key_Return)
        hand.click(100, 100)
        qtbot.waitUntil(lambda: not opened.workspace.again.is_waiting, timeout=5_000)
        assert said(opened).endswith("The change was not saved; try again.")
    hand.wait_for_mask()
    assert saved(opened) == 0
    assert hand.session.editor.draft.clicks == 2  # nothing is lost: the mask is still there
    hand.key(Qt.Key.Key_Return)
    assert saved(opened) == 1


def test_the_mask_stays_when_the_other_program_never_ends(hand, opened, qtbot, monkeypatch):
    monkeypatch.setattr(again, "PATIENCE_S", 0.5)
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    proposal = hand.session.editor.proposal
    with another_writer(opened.workspace.project.path):
        hand.key(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: not opened.workspace.again.is_waiting, timeout=5_000)
        assert said(opened).endswith("The change was not saved; try again.")
    assert hand.session.editor.proposal is proposal


def test_closing_waits_for_what_another_program_holds_up(hand, opened, qtbot):
    path = opened.workspace.project.path
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    with another_writer(path):
        hand.key(Qt.Key.Key_Return)
        opened.close()
        assert opened.isVisible()
    qtbot.waitUntil(lambda: not opened.isVisible(), timeout=5_000)
    with closing(Project.open(path, read_only=True)) as project:
        assert project.statistics.counts()["annotation"] == 1


@pytest.mark.serial
def test_a_project_is_opened_and_its_images_found_while_another_program_writes(window, photos, qtbot):
    path = photos / "photos.maskwright"
    Project.create(path, photos).close()
    with another_writer(path), heartbeat() as longest:
        window.open_path(path)
        assert window.workspace is not None
        assert window.workspace.project.read_only_reason == ""
        qtbot.wait(1500)
        assert "tried again by itself" in said(window)
    assert longest[0] < 0.6  # of which the most is building the window
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: not window.workspace.project.deferred.reason, timeout=5_000)
    assert len(window.workspace.project.images()) == 4


def test_an_image_is_shown_when_the_disk_is_full(window, photos, small_disk, qtbot):  # noqa: F811
    path = small_disk / "p.maskwright"
    with closing(Project.create(path, photos)) as made:
        list(made.folder.scan())
    window.open_path(path)
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: window.workspace.session.place.is_encoded, timeout=ANSWER_MS)
    hand, project = Hand(window, qtbot), window.workspace.project
    fill_up(small_disk / "film.mp4")
    window.workspace.canvas.setFocus()
    for number in range(300):  # what the log of SQLite has room for
        project.settings.keep("filler", f"{number}{'x' * 20_000}")
        if project.deferred.reason:
            break
    hand.key(Qt.Key.Key_D)
    qtbot.waitUntil(lambda: hand.canvas.has_image and hand.session.image.width is not None, timeout=ANSWER_MS)
    assert "the disk is full" in said(window)
    qtbot.waitUntil(lambda: hand.session.place.is_encoded, timeout=ANSWER_MS)
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    (small_disk / "film.mp4").unlink()
    qtbot.waitUntil(lambda: not project.deferred.reason, timeout=5_000)
