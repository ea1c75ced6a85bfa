"""Ctrl+Z after an import of thousands: a dialog with Cancel, and a window that lives on."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QProgressDialog

from app.labeling.events import LongWork
from app.masks.rle import Mask
from app.project.history import journal
from app.project.records import Annotation
from app.ui.when_saved import WhenSaved
from tests.ui.conftest import ANSWER_MS

MANY = 5_200
"""Just enough to be long work."""
MODIFIERS = Qt.KeyboardModifier


@pytest.fixture
def full(opened):
    project = opened.workspace.project
    image = project.image(opened.workspace.session.image_id)
    pixels = np.zeros((image.height, image.width), bool)
    pixels[:8, :8] = True  # small, or to paint them all takes seconds
    mask = Mask.from_array(pixels)
    with project.step("Import COCO") as step:
        step.add_all([Annotation(number, image.id, None, mask) for number in range(1, MANY + 1)])
    return opened


@pytest.fixture
def slow(monkeypatch):
    """Each step of it takes a while, so that what happens in the middle happens in the middle on any computer."""
    replaying = journal.replaying

    def slowly(*args, **options):
        for step in replaying(*args, **options):
            yield step
            time.sleep(0.01)

    monkeypatch.setattr(journal, "replaying", slowly)


def objects(window) -> int:
    return window.workspace.project.statistics.counts()["annotation"]


def dialogs(window) -> list[QProgressDialog]:
    return [dialog for dialog in window.findChildren(QProgressDialog) if dialog.isVisible()]


def test_it_is_undone_and_redone_while_the_window_lives(full, slow, hand, qtbot):
    seen = []
    watch = QTimer(full, interval=1)  # ends with the window, also when this fails
    watch.timeout.connect(lambda: seen.extend((d.labelText(), d.value(), d.maximum()) for d in dialogs(full)))
    watch.start()
    hand.key(Qt.Key.Key_Z, MODIFIERS.ControlModifier)
    assert objects(full) == 0
    assert full.workspace.session.objects.count == 0
    assert {label for label, _, _ in seen} == {"Undoing: Import COCO"}
    assert len({value for _, value, _ in seen}) > 3
    assert full.toast.text() == "Undone: Import COCO"
    seen.clear()
    hand.key(Qt.Key.Key_Y, MODIFIERS.ControlModifier)
    assert objects(full) == MANY
    assert {label for label, _, _ in seen} == {"Redoing: Import COCO"}
    assert not dialogs(full)


def test_cancel_leaves_everything_as_it_was(full, slow, hand, qtbot):
    def cancel() -> None:
        [dialog] = dialogs(full)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)

    QTimer.singleShot(30, cancel)
    hand.key(Qt.Key.Key_Z, MODIFIERS.ControlModifier)
    assert objects(full) == MANY
    assert full.workspace.project.undo_label == "Import COCO"
    hand.click(100, 100)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: objects(full) == MANY + 1, timeout=ANSWER_MS)


def test_an_import_that_is_running_is_not_disturbed(full, hand, qtbot):
    def steps():
        while True:
            yield 0, 1

    full.jobs.start("Importing", steps, lambda _report: None, writes=True)
    hand.key(Qt.Key.Key_Z, MODIFIERS.ControlModifier)
    assert objects(full) == MANY
    assert "import is running" in full.toast.text()
    full.jobs.cancel_all()
    qtbot.waitUntil(lambda: not full.jobs.is_writing, timeout=ANSWER_MS)
    hand.key(Qt.Key.Key_Z, MODIFIERS.ControlModifier)
    assert objects(full) == 0


def test_a_project_that_is_closed_in_the_middle_is_as_it_was(full, slow, hand, photos, qtbot):
    QTimer.singleShot(30, full.projects.close)
    hand.key(Qt.Key.Key_Z, MODIFIERS.ControlModifier)
    assert not dialogs(full)
    full.open_path(photos)
    qtbot.waitUntil(lambda: full.workspace is not None and full.workspace.canvas.has_image, timeout=ANSWER_MS)
    assert objects(full) == MANY


def test_what_nobody_foresaw_leaves_no_dialog(full, hand, qtbot, monkeypatch):
    def broken(*_args, **_options):
        yield 0, 10
        raise OverflowError("too large")

    monkeypatch.setattr(journal, "replaying", broken)
    with qtbot.capture_exceptions() as caught:
        hand.key(Qt.Key.Key_Z, MODIFIERS.ControlModifier)
    assert [kind for kind, _, _ in caught] == [OverflowError]
    assert not dialogs(full)
    assert "too large" in full.toast.text()


def test_what_does_not_heed_a_cancel_at_once_is_waited_for_and_told_as_it_ended(opened, qtbot):
    goes_on, heard, seen = Event(), [], []

    def work(_project):
        yield 0, 1
        goes_on.wait(10)
        return "outcome"  # the last step was past: it has happened

    def cancel() -> None:
        [dialog] = dialogs(opened)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        seen.extend(each.labelText() for each in dialogs(opened))
        QTimer.singleShot(100, look_and_let_go)

    def look_and_let_go() -> None:
        seen.extend(each.labelText() for each in dialogs(opened))
        goes_on.set()

    QTimer.singleShot(500, cancel)  # the dialog is shown by then
    opened.workspace.lengthy.emit(LongWork("Repairing", work, heard.append))
    qtbot.waitUntil(lambda: bool(heard), timeout=ANSWER_MS)
    assert heard == ["outcome"]
    assert seen == ["Cancelling…"] * 2
    assert not dialogs(opened)


def test_a_long_repair_does_not_begin_while_masks_are_saved(opened, monkeypatch):
    begun = []
    monkeypatch.setattr(WhenSaved, "is_saving", True)
    opened.workspace.lengthy.emit(
        LongWork("Repairing", lambda project: begun.append(project) or iter(()), begun.append)
    )
    monkeypatch.undo()
    assert not begun
    assert opened.toast.text().startswith("Waiting for the masks")


def test_what_is_about_the_project_waits_for_long_work_that_has_no_dialog_yet(opened, qtbot):
    """An opening that has ended, and a file that was moved."""
    goes_on, seen, path = Event(), [], opened.workspace.project.path

    def work(_project):
        yield 0, 1
        goes_on.wait(10)

    def come_between() -> None:
        opened.projects.when_saved.run(lambda: seen.append("opened"), by_itself=True)
        new.append(path.rename(path.with_name("renamed.maskwright")))
        opened.projects._keeping._follow()
        seen.append(opened.workspace.project.path)
        goes_on.set()

    new: list[Path] = []
    QTimer.singleShot(50, come_between)
    opened.workspace.lengthy.emit(LongWork("Repairing", work, lambda _outcome: seen.append("done")))
    qtbot.waitUntil(lambda: opened.workspace.project.path in new and len(seen) == 3, timeout=ANSWER_MS)
    assert seen == [path, "done", "opened"]
