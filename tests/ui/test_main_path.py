"""From a folder of photos to accepted masks, with real mouse and key events."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pycocotools.coco import COCO
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.project.store import Project
from tests.ui.conftest import ANSWER_MS

MIDDLE = (250, 250)


def test_click_cycle_accept_undo_redo(hand, opened):
    project = opened.workspace.project
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    assert len(hand.session.editor.ring) == 3
    first = hand.session.editor.proposal
    hand.key(Qt.Key.Key_Tab)
    assert hand.session.editor.proposal is not first
    hand.key(Qt.Key.Key_Return)
    (saved,) = project.annotations(hand.session.image_id)
    assert saved.clicks == 1
    assert saved.provenance["prompt"]["labels"] == [1]
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert project.annotations(hand.session.image_id) == []
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert project.annotations(hand.session.image_id) == [saved]


def test_right_click_refines_and_backspace_restores(hand):
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    first = hand.session.editor.ring
    hand.click(100, 100, Qt.MouseButton.RightButton)
    hand.wait_for_mask()
    assert hand.session.editor.prompt.labels.tolist() == [1, 0]
    assert hand.session.editor.ring is not first
    hand.key(Qt.Key.Key_Backspace)
    assert hand.session.editor.ring is first


def test_what_is_no_part_of_nothing_makes_no_mask(hand, opened):
    """The model proposed a mask around the very pixel that was said to be in none."""
    hand.click(250, 250, Qt.MouseButton.RightButton)
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Comma)
    assert not hand.session.editor.draft.is_live
    assert "Click a thing first" in opened.toast.text()


def test_shift_click_is_negative_too(hand):
    hand.click(*MIDDLE)
    hand.click(100, 100, modifiers=Qt.KeyboardModifier.ShiftModifier)
    assert hand.session.editor.prompt.labels.tolist() == [1, 0]


def test_drag_is_a_box_and_backwards_the_same(hand):
    hand.drag(300, 320, 150, 120)
    hand.wait_for_mask()
    assert hand.session.editor.prompt.box == pytest.approx([150, 120, 300, 320], abs=2)


def test_digits_choose_the_class_of_the_next_object(hand, opened):
    for name in ("suit", "face"):
        opened.workspace.panels["classes"].added.emit(name)
    hand.key(Qt.Key.Key_1)
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Space)
    (saved,) = opened.workspace.project.annotations(hand.session.image_id)
    names = {c.id: c.name for c in opened.workspace.project.categories()}
    assert names[saved.category_id] == "suit"


def test_enter_before_the_answer_accepts_the_answer(hand, opened, qtbot):
    hand.click(*MIDDLE)
    hand.key(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.workspace.project.statistics.annotation_counts().total() == 1, timeout=20_000)


def test_keyboard_alone_clicks_at_the_crosshair(hand):
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Period)
    hand.wait_for_mask()
    assert len(hand.session.editor.prompt.points) == 1
    hand.key(Qt.Key.Key_Escape)
    assert not hand.session.editor.draft.is_live


def test_a_saved_object_is_picked_up_by_a_double_click_and_refined(hand, opened):
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    (saved,) = opened.workspace.project.annotations(hand.session.image_id)
    QTest.mouseDClick(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(*MIDDLE))
    assert hand.session.editor.draft.resumed == saved
    row, column = np.argwhere(saved.mask.to_array())[saved.mask.area // 20]
    hand.click(column, row, Qt.MouseButton.RightButton)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    (refined,) = opened.workspace.project.annotations(hand.session.image_id)
    assert refined.id == saved.id
    assert refined.mask.area < saved.mask.area


def test_everything_is_there_after_reopening(hand, opened, window, photos, qtbot):
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_D)
    path, image = opened.workspace.project.path, hand.session.image_id
    window.projects.close()
    window.open_path(path)
    assert window.workspace.project.statistics.annotation_counts().total() == 1
    assert window.workspace.session.image_id == image


def test_export_from_the_window_is_loaded_by_pycocotools(hand, opened, tmp_path, qtbot, capsys):
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    out = tmp_path / "out.json"
    opened.exchange.export_file(out, "coco")
    qtbot.waitUntil(lambda: opened.jobs.current is None, timeout=20_000)
    coco = COCO(out)
    (annotation,) = coco.loadAnns(coco.getAnnIds())
    (saved,) = opened.workspace.project.annotations(hand.session.image_id)
    assert (coco.annToMask(annotation).astype(bool) == saved.mask.to_array()).all()
    assert len(json.loads(out.read_text())["images"]) == 4


def test_a_broken_image_is_a_grey_page_and_the_next_one_works(window, photos, qtbot):
    (photos / "aaa_broken.jpg").write_bytes(b"not a picture")
    window.open_path(photos)
    workspace = window.workspace
    qtbot.waitUntil(lambda: workspace.session.place.failure is not None, timeout=20_000)
    qtbot.waitUntil(lambda: "aaa_broken.jpg" in workspace.canvas.message[0], timeout=20_000)  # two threads read it
    assert not workspace.canvas.has_image
    assert workspace.canvas.message[1].startswith("aaa_broken.jpg: ")
    workspace.session.navigation.next(+1)
    qtbot.waitUntil(lambda: workspace.canvas.has_image, timeout=20_000)


def test_an_empty_folder_says_so(window, tmp_path, qtbot):
    (tmp_path / "empty").mkdir()
    window.open_path(tmp_path / "empty")
    qtbot.waitUntil(lambda: window.workspace.canvas.message[0] == "No images here", timeout=5_000)
    assert window.workspace.canvas.message[1].endswith("Put some there and press F5, or open another folder.")


def test_a_second_window_reads_only_and_says_who_holds_it(opened, photos):
    second = Project.open(opened.workspace.project.path)
    assert second.read_only
    assert "another window" in second.read_only_reason
    second.close()


def test_a_file_that_is_no_project_is_one_sentence(window, tmp_path):
    file = tmp_path / "x.maskwright"
    file.write_text("hello" * 200)
    window.open_path(file)
    assert window.workspace is None
    assert "not a Maskwright project" in window.toast.text()


def test_closing_waits_for_what_was_accepted_before_its_mask_was_there(hand, opened, window, qtbot):
    path = opened.workspace.project.path
    hand.click(*MIDDLE)
    hand.key(Qt.Key.Key_Return)
    assert hand.session.acceptance.pending == 1
    window.close()
    qtbot.waitUntil(lambda: window.workspace is None, timeout=20_000)
    project = Project.open(path)
    assert project.statistics.annotation_counts().total() == 1
    project.close()


def test_a_path_that_cannot_be_opened_leaves_the_open_project_as_it_is(hand, opened, tmp_path):
    before = opened.workspace
    opened.open_path(tmp_path / "nothing")
    opened.open_path(before.project.path)  # open already
    assert opened.workspace is before
    assert not before.project.read_only


def test_the_mask_under_the_mouse_is_shown_until_the_mouse_leaves(hand, qtbot):
    QTest.mouseMove(hand.canvas, hand.at(30, 30))
    QTest.mouseMove(hand.canvas, hand.at(32, 30))
    qtbot.waitUntil(lambda: hand.canvas.marks.preview is not None, timeout=ANSWER_MS)
    hand.canvas.pointer.left.emit()
    assert hand.canvas.marks.preview is None
    hand.key(Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    QTest.mouseMove(hand.canvas, hand.at(30, 30))
    assert not hand.session.hover.enabled
    assert hand.canvas.marks.preview is None


def test_everything_is_found_one_is_taken_and_the_rest_accepted(hand, qtbot):
    hand.key(Qt.Key.Key_G)
    qtbot.waitUntil(lambda: not hand.session.everything.is_running, timeout=60_000)
    count = len(hand.session.everything.findings)
    assert len(hand.canvas.marks.findings) == count
    hand.click(*hand.session.everything.findings[0].point)
    assert hand.session.editor.proposal is not None
    hand.key(Qt.Key.Key_Return)
    left = len(hand.session.everything.findings)
    assert left < count
    hand.key(Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    assert hand.session.objects.count == 1 + left
    assert hand.canvas.marks.findings == []
