"""The keyboard while a menu is open, and the key that leads to the menus."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.labeling.tools.brush import TOOL as BRUSH


@pytest.fixture
def labelled(hand):
    """An object is on the image, and selected."""
    hand.click(250, 250)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    hand.qtbot.waitUntil(lambda: hand.session.objects.count == 1)
    hand.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    return hand


@pytest.mark.qt_log_ignore("does not support grabbing the keyboard")
def test_keys_mean_nothing_to_the_program_while_a_menu_is_open(labelled):
    tool = labelled.window.workspace.hand.tool
    menu = next(action.menu() for action in labelled.window.menuBar().actions() if "Object" in action.text())
    menu.popup(QPoint(50, 50))
    labelled.qtbot.waitUntil(menu.isVisible)
    for key in (Qt.Key.Key_Delete, Qt.Key.Key_C, Qt.Key.Key_F8):
        QTest.keyClick(menu, key)
    menu.close()
    assert labelled.session.objects.count == 1
    assert labelled.window.workspace.hand.tool is tool
    labelled.key(Qt.Key.Key_Delete)
    assert labelled.session.objects.count == 0


def test_alt_held_for_the_wheel_does_not_lead_to_the_menus(hand):
    hand.key(Qt.Key.Key_B)
    size = BRUSH.size.value
    QTest.keyPress(hand.canvas, Qt.Key.Key_Alt, Qt.KeyboardModifier.AltModifier)
    turn(hand, Qt.KeyboardModifier.AltModifier)
    QTest.keyRelease(hand.canvas, Qt.Key.Key_Alt)
    assert BRUSH.size.value != size
    assert QApplication.focusWidget() is hand.canvas
    QTest.keyPress(hand.canvas, Qt.Key.Key_Alt, Qt.KeyboardModifier.AltModifier)
    QTest.keyRelease(hand.canvas, Qt.Key.Key_Alt)
    assert QApplication.focusWidget() is hand.window.menuBar()


def turn(hand, modifiers):
    at = QPointF(hand.at(250, 250))
    event = QWheelEvent(
        at, hand.canvas.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(hand.canvas, event)


@pytest.mark.qt_log_ignore("does not support grabbing the keyboard")
@pytest.mark.parametrize("way", ["mouse", "alt"])
def test_after_a_menu_was_left_keys_are_those_of_the_canvas(labelled, way):
    """Qt's menu bar keeps the keyboard: V, for the tool that selects, opened the View menu again."""
    bar = labelled.window.menuBar()
    view = next(action for action in bar.actions() if "View" in action.text())
    if way == "mouse":
        QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(view).center())
    else:
        QTest.keyClick(labelled.canvas, Qt.Key.Key_V, Qt.KeyboardModifier.AltModifier)
    labelled.qtbot.waitUntil(view.menu().isVisible)
    QTest.keyClick(view.menu(), Qt.Key.Key_Escape)
    labelled.qtbot.waitUntil(lambda: not view.menu().isVisible())
    labelled.qtbot.waitUntil(lambda: labelled.window.focusWidget() is labelled.canvas)
    assert bar.activeAction() is None
    QTest.keyClick(labelled.canvas, Qt.Key.Key_V)
    assert labelled.window.workspace.hand.tool.id == "select"
    assert QApplication.activePopupWidget() is None


@pytest.mark.qt_log_ignore("does not support grabbing the keyboard")
def test_arrows_go_from_menu_to_menu(labelled):
    bar = labelled.window.menuBar()
    actions = [action for action in bar.actions() if action.menu() is not None]
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(actions[0]).center())
    labelled.qtbot.waitUntil(actions[0].menu().isVisible)
    QTest.keyClick(actions[0].menu(), Qt.Key.Key_Right)
    labelled.qtbot.waitUntil(actions[1].menu().isVisible)
    labelled.qtbot.wait(50)
    assert actions[1].menu().isVisible()
    actions[1].menu().close()
