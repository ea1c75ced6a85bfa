"""The history of the image in the window: the past is shown, left, and brought back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.labeling.commands import REGISTRY
from app.masks.rle import Mask
from app.project.records import Annotation
from app.project.store import Project
from app.ui.time_format import told
from tests.ui.conftest import ANSWER_MS

CTRL = Qt.KeyboardModifier.ControlModifier


def square(workspace, at: int) -> Mask:
    image = workspace.session.image
    pixels = np.zeros((image.height, image.width), bool)
    pixels[at : at + 40, at : at + 40] = True
    return Mask.from_array(pixels)


@pytest.fixture
def worked(hand, opened):
    """Two objects were made one after the other, the first one was deleted; the canvas has the keyboard."""
    workspace = opened.workspace
    made = []
    for at in (20, 90):
        with workspace.project.step("Accept mask") as step:
            scores = {"model": "starter", "predicted_iou": 0.93}
            mask = square(workspace, at)
            made.append(step.add(Annotation(0, workspace.session.image_id, None, mask, provenance=scores, clicks=2)))
    with workspace.project.step("Delete object") as step:
        step.delete(made[0])
    hand.key(Qt.Key.Key_H, CTRL)
    return hand


def shown(hand, qtbot) -> list[int]:
    """The objects on the canvas, once their outlines are there."""
    workspace = hand.window.workspace
    wanted = {a.id for a in workspace.session.objects.all()}
    qtbot.waitUntil(lambda: {drawn.id for drawn in workspace.canvas.marks.objects} == wanted, timeout=ANSWER_MS)
    return sorted(wanted)


def texts(panel) -> list[str]:
    return [panel.model.index(row).data() for row in range(panel.model.rowCount())]


def test_the_steps_are_listed_the_newest_first(worked):
    panel = worked.window.workspace.panels["history"]
    assert panel.isVisible()
    now, deleted, _, first, before = texts(panel)
    assert (now.split("\n")[0], before.split("\n")[0]) == ("Now", "Before")
    assert deleted.startswith("Delete object\ntoday ")
    assert deleted.endswith(", 1 object")
    assert first.startswith("Accept mask\ntoday ")


def test_arrow_keys_walk_through_the_past_and_esc_returns_to_now(worked, qtbot):
    workspace = worked.window.workspace
    list_ = workspace.panels["history"].view
    assert list_.hasFocus()
    assert shown(worked, qtbot) == [2]
    seen = []
    for _ in range(4):
        QTest.keyClick(list_, Qt.Key.Key_Down)
        seen.append(shown(worked, qtbot))
        assert workspace.past_bar.isVisible()
        assert workspace.canvas.marks.frame is not None
    assert seen == [[2], [1, 2], [1], []]
    assert workspace.past_bar.text.text() == "As it was before the first known step."
    QTest.keyClick(list_, Qt.Key.Key_Escape)
    assert shown(worked, qtbot) == [2]
    assert not workspace.past_bar.isVisible()
    assert workspace.canvas.marks.frame is None
    assert list_.currentIndex().row() == 0


def test_arrow_keys_go_on_from_the_step_that_was_clicked_on(worked, qtbot):
    workspace = worked.window.workspace
    list_ = workspace.panels["history"].view
    workspace.canvas.setFocus()
    middle = list_.visualRect(list_.model().index(1, 0)).center()
    QTest.mouseClick(list_.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    focused = QApplication.focusWidget()
    assert focused is list_
    QTest.keyClick(focused, Qt.Key.Key_Down)
    assert list_.currentIndex().row() == 2
    QTest.keyClick(focused, Qt.Key.Key_Escape)
    assert workspace.canvas.hasFocus()
    assert workspace.session.place.past is None


def look_back(hand, down: int) -> None:
    list_ = hand.window.workspace.panels["history"].view
    for _ in range(down):
        QTest.keyClick(list_, Qt.Key.Key_Down)
    hand.window.workspace.canvas.setFocus()


def test_nothing_can_be_changed_in_the_past(worked, qtbot):
    workspace, session = worked.window.workspace, worked.session
    look_back(worked, 2)
    before, label = list(workspace.project.annotation_table.all()), workspace.project.undo_label
    worked.drag(130, 130, 200, 200)
    worked.click(110, 110, Qt.MouseButton.RightButton)
    assert session.objects.selection == (2,)
    worked.click(30, 30)
    assert session.objects.selection == (1,)
    assert not session.editor.draft.is_live
    session.crosshair.move(30, 30)
    worked.key(Qt.Key.Key_Period)
    assert workspace.toast.text().startswith("This is how the image was.")
    for key, modifiers in (
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_W, Qt.KeyboardModifier.ShiftModifier),
        (Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_G, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_M, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Z, CTRL),
        (Qt.Key.Key_Y, CTRL),
    ):
        worked.key(key, modifiers)
    workspace.panels["objects"].delete_wanted.emit()
    workspace.panels["objects"].hide_toggled.emit(1)
    workspace.panels["objects"].resumed.emit(1)
    workspace.panels["classes"].added.emit("dog")
    assert list(workspace.project.annotation_table.all()) == before
    assert workspace.project.undo_label == label
    assert session.place.past is not None
    assert not session.editor.draft.is_live
    assert not session.everything.is_running


def test_undo_that_is_still_offered_is_refused_in_the_past(worked):
    workspace = worked.window.workspace
    workspace.session.objects.select(2)
    workspace.session.objects.delete_selected()
    look_back(worked, 2)
    QTest.mouseClick(workspace.toast._button, Qt.MouseButton.LeftButton)
    assert workspace.toast.text() == "This is how the image was. Esc: back to now. Nothing can be changed there."
    assert workspace.project.undo_label == "Delete object"


def test_all_is_brought_back_in_one_step(worked, qtbot):
    workspace = worked.window.workspace
    look_back(worked, 3)
    assert shown(worked, qtbot) == [1]
    worked.key(Qt.Key.Key_B, CTRL)
    assert workspace.session.place.past is None
    assert shown(worked, qtbot) == [1]
    assert workspace.toast.text() == "Brought back 1 object, 1 object that came later went."
    worked.key(Qt.Key.Key_Z, CTRL)
    assert shown(worked, qtbot) == [2]


def test_only_the_selected_object_is_brought_back(worked, qtbot):
    workspace = worked.window.workspace
    look_back(worked, 3)
    workspace.session.objects.select(1)
    assert workspace.past_bar.bring_back.text() == "Bring back the object (Ctrl+B)"
    assert "clicks, starter, predicted IoU 0.93" in workspace.panels["history"].about.text()
    QTest.mouseClick(workspace.past_bar.bring_back, Qt.MouseButton.LeftButton)
    assert shown(worked, qtbot) == [1, 2]


def test_what_is_in_the_making_waits_while_the_past_is_shown(worked, qtbot):
    worked.window.workspace.canvas.setFocus()
    worked.click(250, 250)
    worked.wait_for_mask()
    proposal = worked.session.editor.proposal
    look_back(worked, 2)
    assert not worked.session.editor.draft.is_live
    worked.key(Qt.Key.Key_Escape)
    assert worked.session.editor.proposal is proposal


def test_another_image_and_closing_the_panel_end_the_past(worked, qtbot):
    workspace = worked.window.workspace
    look_back(worked, 3)
    worked.key(Qt.Key.Key_D)
    assert workspace.session.place.past is None
    assert not workspace.past_bar.isVisible()
    assert texts(workspace.panels["history"]) == ["Now\nThe objects as they are"]
    worked.key(Qt.Key.Key_A)
    look_back(worked, 3)
    worked.key(Qt.Key.Key_H, CTRL)
    assert workspace.session.place.past is None
    assert not workspace.panels["history"].isVisible()


def test_a_step_that_another_window_undid_is_not_shown_any_more(worked, qtbot):
    workspace = worked.window.workspace
    look_back(worked, 2)
    workspace.project.undo()
    assert workspace.session.place.past is not None  # of the step before
    workspace.project.undo()
    assert workspace.session.place.past is None
    assert len(texts(workspace.panels["history"])) == 3


def test_a_read_only_project_can_be_looked_back_at(worked, qtbot, tmp_path):
    window = worked.window
    path = window.workspace.project.path
    window.projects.close()
    first = Project.open(path)
    window.open_path(path)
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    REGISTRY.run("image.history", window)
    look_back(worked, 3)
    assert shown(worked, qtbot) == [1]
    assert window.workspace.past_bar.isVisible()
    assert not window.workspace.past_bar.bring_back.isVisible()
    worked.key(Qt.Key.Key_B, CTRL)
    assert "read-only" in window.workspace.toast.text()
    first.close()


@pytest.mark.parametrize(
    ("days", "words"), [(0, "today 14:03"), (1, "yesterday 14:03"), (3, "Saturday 14:03"), (40, "16 Oct 2026 14:03")]
)
def test_times_are_told_as_people_say_them(days, words):
    now = datetime(2026, 11, 24, 23, 0).astimezone() + timedelta(0 if days != 40 else 1)
    moment = datetime(2026, 11, 24, 14, 3).astimezone() - timedelta(days=days if days != 40 else 39)
    assert told(moment.astimezone(UTC), now) == words
