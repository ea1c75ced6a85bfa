"""The strip of candidates: wheel and keys, icons of levels, what the tooltip tells, and what is usual comes first."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel

from app.ui.widgets.candidates import CandidateButton
from tests.ui.conftest import ANSWER_MS

SHOTS = os.environ.get("MASKWRIGHT_SHOTS")


@pytest.fixture
def clicked(hand):
    """One click in the middle of the first photo."""
    height, width = hand.session.place.image_size
    hand.click(width * 0.5, height * 0.5)
    hand.wait_for_mask()
    return hand


def shot(hand, name):
    if SHOTS:
        hand.window.grab().save(str(Path(SHOTS) / f"{name}.png"))


def wheel(widget, turn: int) -> None:
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def buttons(hand) -> list[CandidateButton]:
    return [each for each in hand.window.workspace.strip.findChildren(CandidateButton) if each.isVisible()]


def test_the_wheel_over_the_strip_walks_through_the_candidates_and_does_not_zoom(clicked):
    strip, session = clicked.window.workspace.strip, clicked.session
    scale, count = clicked.canvas.viewport.scale, len(session.editor.ring)
    assert count > 1
    wheel(strip, -120)
    assert session.editor.ring.index == 1
    wheel(buttons(clicked)[0], -40)
    wheel(strip, -40)
    assert session.editor.ring.index == 1, "a fine wheel goes on when its notch is full"
    wheel(strip, -40)
    assert session.editor.ring.index == 2 % count
    wheel(strip, 120)
    wheel(strip, 120)
    assert session.editor.ring.index == 0
    wheel(strip, 120)
    assert session.editor.ring.index == count - 1
    assert clicked.canvas.viewport.scale == scale
    clicked.key(Qt.Key.Key_Tab)
    clicked.key(Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert session.editor.ring.index == count - 1
    assert buttons(clicked)[-1].isChecked()


def test_levels_scores_and_stability_are_told(clicked):
    shot(clicked, "candidates")
    levels = [each.level for each in clicked.session.editor.ring.proposals]
    assert set(levels) <= {"part", "whole", "surroundings"}
    areas = {each.level: each.region.pixels.sum() for each in clicked.session.editor.ring.proposals}
    assert areas["part"] < areas["whole"]
    for button, proposal in zip(buttons(clicked), clicked.session.editor.ring.proposals, strict=True):
        assert f"predicted IoU {proposal.predicted_iou:.2f}" in button.toolTip()
        assert f"stability {proposal.stability_score:.2f}" in button.toolTip()
        assert button.accessibleName() in button.toolTip()
    assert any("the whole" in button.toolTip() for button in buttons(clicked))


def test_a_correction_is_called_refined(clicked):
    session = clicked.session
    x, y, width, height = session.editor.proposal.region.bbox
    clicked.click(x + width * 0.5, y + height + 1)
    clicked.wait_for_mask()
    clicked.window.workspace.session.closeups.enabled = False
    refined = [each for each in buttons(clicked) if "refined" in each.toolTip()]
    assert refined
    assert len(buttons(clicked)) > len(refined), "what the model says is there beside it"
    shot(clicked, "refined")


def test_what_a_class_usually_is_comes_first_with_a_reason_and_can_be_switched_off(hand, opened, qtbot):
    session, (height, width) = hand.session, hand.session.place.image_size
    session.closeups.enabled = False
    cat, dog = session.classes.add("cat"), session.classes.add("dog")
    session.classes.choose(cat.id)
    at = width * 0.5, height * 0.5
    hand.click(*at)
    hand.wait_for_mask()
    ring = session.editor.ring
    second = next(each for each in ring.proposals[1:] if each.predicted_iou > ring.proposals[0].predicted_iou - 0.1)
    index = ring.proposals.index(second)
    for _ in range(3):
        assert session.editor.ring.proposals[0].level != second.level
        session.editor.choose_candidate(index)
        hand.key(Qt.Key.Key_Return)
        hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        hand.canvas.pointer.left.emit()
        hand.click(*at)
        hand.wait_for_mask()
    assert session.editor.ring.proposals[0].level == second.level
    assert session.editor.ring.index == 0
    assert "It comes first because “cat” usually is." in buttons(hand)[0].toolTip()
    shot(hand, "usual")
    hand.key(Qt.Key.Key_Escape)
    session.classes.choose(dog.id)
    hand.click(*at)
    hand.wait_for_mask()
    assert session.editor.ring.proposals[0].level != second.level, "another class has habits of its own"
    hand.key(Qt.Key.Key_Escape)
    session.classes.choose(cat.id)
    opened.settings.change("usual_level", False)
    qtbot.waitUntil(lambda: not session.levels.enabled, timeout=ANSWER_MS)
    hand.click(*at)
    hand.wait_for_mask()
    assert session.editor.ring.proposals[0].level != second.level


def test_a_mask_that_waits_has_its_strip_and_hints_when_one_comes_back(clicked, qtbot):
    window, count = clicked.window, len(buttons(clicked))
    assert count > 1
    hint = window.workspace.presenter.candidates._hint(count)
    clicked.session.navigation.next()
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    assert buttons(clicked) == []
    clicked.session.navigation.next(-1)
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    assert len(buttons(clicked)) == count
    assert any(hint.split("\n")[0] in label.text() for label in window.findChildren(QLabel))


def test_on_a_narrow_canvas_candidates_stand_beside_each_other(clicked, qtbot):
    clicked.window.resize(683, 384)
    strip = clicked.window.workspace.strip
    qtbot.waitUntil(lambda: strip.width() < strip.sizeHint().width())
    places = [each.geometry() for each in buttons(clicked)]
    assert all(strip.rect().contains(each) for each in places)
    assert all(one.right() < other.left() for one, other in pairwise(places))
