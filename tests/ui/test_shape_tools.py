"""Rectangle, ellipse, line, wand and fill with the mouse, through the real window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox

from app.labeling.tools.registry import TOOLBOX

NONE = Qt.KeyboardModifier.NoModifier


def drag(hand, *path, button=Qt.MouseButton.LeftButton):
    QTest.mousePress(hand.canvas, button, NONE, hand.at(*path[0]))
    for place in path[1:]:
        move(hand, *place, button)
    QTest.mouseRelease(hand.canvas, button, NONE, hand.at(*path[-1]))


def move(hand, x, y, button=Qt.MouseButton.NoButton):
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    at = QPointF(hand.at(x, y))
    event = QMouseEvent(QEvent.Type.MouseMove, at, hand.canvas.mapToGlobal(at), Qt.MouseButton.NoButton, button, NONE)
    QApplication.sendEvent(hand.canvas, event)


def area(hand):
    return int(hand.session.editor.proposal.region.pixels.sum())


@pytest.mark.parametrize("key", ["R", "C"])
def test_a_box_is_dragged_and_accepted(hand, key):
    hand.key(getattr(Qt.Key, f"Key_{key}"))
    drag(hand, (40, 40), (60, 50), (100, 80))
    share = 1 if key == "R" else np.pi / 4
    assert area(hand) == pytest.approx(60 * 40 * share, rel=0.1)
    hand.key(Qt.Key.Key_Return)
    [saved] = hand.session.objects.all()
    assert saved.provenance["by"] == ("rectangle" if key == "R" else "ellipse")


def test_a_turned_box_takes_one_more_click(hand):
    hand.key(Qt.Key.Key_R)
    turned = hand.window.workspace.tool_bar.findChild(QCheckBox, "turned")
    turned.click()
    try:
        drag(hand, (40, 40), (60, 50), (100, 70))
        move(hand, 70, 90)
        assert hand.canvas.marks.overlay, "it follows the mouse"
        drag(hand, (70, 90))
        assert area(hand) == pytest.approx(67 * 31, rel=0.2)
        assert hand.canvas.marks.overlay == ()
    finally:
        TOOLBOX.named("rectangle").turned.set(False)


def test_a_line_is_clicked_corner_by_corner_and_enter_ends_it(hand):
    hand.key(Qt.Key.Key_I)
    field = hand.window.workspace.tool_bar.findChild(QDoubleSpinBox, "size")
    assert field.value() == TOOLBOX.named("line").size.value
    told = hand.window.workspace.hand.hint
    assert told() == "Click: a corner    Drag: freehand    Right button: cut out"
    for corner in ((40, 40), (100, 40), (100, 90)):
        drag(hand, corner)
    assert told() == "Enter or double click: done    Backspace: corner back    Esc: no line"
    hand.key(Qt.Key.Key_Return)
    assert "corner back" not in told(), "Backspace takes the line back now"
    assert hand.session.editor.draft.is_live
    assert area(hand) == pytest.approx(6 * 110, rel=0.25)
    hand.key(Qt.Key.Key_Backspace)
    assert not hand.session.editor.draft.is_live


def test_the_hints_of_a_line_name_each_key_once(hand):
    """Enter and Backspace mean the line while one is begun, and the whole mask before and after it."""
    told = []
    hand.window.workspace.hinted.connect(told.append)
    hand.key(Qt.Key.Key_I)
    assert "Backspace" not in told[-1]
    drag(hand, (40, 40))
    assert "done" in told[-1]
    drag(hand, (100, 40))
    hand.key(Qt.Key.Key_Return)
    assert told[-1].count("Backspace") == told[-1].count("accept") == 1
    assert "corner back" not in told[-1]
    drag(hand, (40, 90))
    hand.key(Qt.Key.Key_Backspace)
    assert "corner back" not in told[-1]
    assert hand.session.editor.draft.is_live


def test_the_wand_adds_what_looks_alike(hand, qtbot):
    hand.key(Qt.Key.Key_T)
    move(hand, 60, 60)
    qtbot.waitUntil(lambda: hand.session.pixels.ask(*hand.session.closeups.visible()) is not None)
    field = hand.window.workspace.tool_bar.findChild(QDoubleSpinBox, "tolerance")
    tolerance = TOOLBOX.named("wand").tolerance
    before = field.value()
    drag(hand, (60, 60), (400, 60))
    assert hand.session.editor.draft.is_live
    assert hand.session.editor.ring.current is not None
    assert field.value() == tolerance.value > before, "the bar follows the drag"
    tolerance.set(before)


def test_the_wand_pressed_before_the_colours_are_read_is_not_in_vain(hand, qtbot):
    hand.key(Qt.Key.Key_T)
    drag(hand, (60, 60))
    qtbot.waitUntil(lambda: hand.session.editor.draft.is_live)


def test_a_hole_is_filled_by_a_click(hand):
    hand.key(Qt.Key.Key_R)
    drag(hand, (40, 40), (60, 50), (100, 80))
    whole = area(hand)
    drag(hand, (60, 50), (70, 55), (80, 65), button=Qt.MouseButton.RightButton)
    assert area(hand) < whole
    hand.key(Qt.Key.Key_F)
    drag(hand, (70, 57))
    assert area(hand) == whole


def test_the_wand_tells_of_its_blocks_until_one_zooms_in(hand, monkeypatch):
    monkeypatch.setattr("app.labeling.pixels.MOST_PIXELS", 4000)
    hand.key(Qt.Key.Key_T)
    told = hand.window.workspace.tool_bar._readout
    assert told.text().startswith("It takes blocks of ")
    hand.canvas.fit_box((50, 50, 10, 10))
    assert told.text() == ""
    hand.canvas.fit()
    assert told.text().startswith("It takes blocks of ")
