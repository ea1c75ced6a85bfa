"""A tool is one file: a new one is used through the window, without a line elsewhere."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDoubleSpinBox, QToolButton

from app.labeling.tools.overlay import DiscShape, RasterShape
from tests.labeling import extra_tools


@pytest.fixture
def dot():
    with extra_tools.dot() as tool:
        tool.size.set(6)
        yield tool


def test_a_new_tool_has_key_button_cursor_hover_overlay_options_and_makes_a_mask(dot, hand):
    workspace, canvas, session = hand.window.workspace, hand.canvas, hand.session
    button = workspace.tool_column.findChild(QToolButton, "dot")
    assert not button.isChecked()
    hand.key(Qt.Key.Key_F7)
    assert workspace.hand.tool is dot
    assert button.isChecked()
    assert canvas.cursor().shape() == Qt.CursorShape.BitmapCursor
    QTest.mouseMove(canvas, hand.at(60, 50))
    [disc] = canvas.marks.overlay
    assert isinstance(disc, DiscShape)
    assert (disc.x, disc.y) == pytest.approx((60, 50), abs=2 / canvas.viewport.scale + 1)

    field = workspace.tool_bar.findChild(QDoubleSpinBox, "size")
    field.setValue(20)
    assert dot.size.value == 20
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(100, 100))
    QTest.mouseMove(canvas, hand.at(140, 100))
    raster = canvas.marks.overlay[0]
    assert isinstance(raster, RasterShape)
    at = canvas.viewport.to_view(100, 100)
    red = canvas.grab().toImage().pixelColor(round(at[0]), round(at[1]))
    assert red.red() > red.green() + 40, "the stroke is painted"
    assert not session.editor.draft.is_live

    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(140, 100))
    assert session.editor.draft.is_live
    assert canvas.marks.live.outline is not None
    assert not any(isinstance(shape, RasterShape) for shape in canvas.marks.overlay)
    hand.key(Qt.Key.Key_Return)
    [saved] = session.objects.all()
    assert saved.provenance["by"] == "dots"
    hand.key(Qt.Key.Key_Q)
    assert canvas.marks.overlay == ()
    assert canvas.cursor().shape() == Qt.CursorShape.CrossCursor
    assert not workspace.tool_bar.findChild(QDoubleSpinBox, "size") or not field.isVisible()


def test_a_gesture_with_the_new_tool_is_taken_back_by_escape(dot, hand):
    hand.key(Qt.Key.Key_F7)
    QTest.mousePress(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(100, 100))
    hand.key(Qt.Key.Key_Escape)
    assert hand.canvas.marks.overlay == ()
    QTest.mouseRelease(hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(100, 100))
    assert not hand.session.editor.draft.is_live


def test_after_panning_the_cursor_is_the_tools_again(hand):
    canvas = hand.canvas
    QTest.mousePress(canvas, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, hand.at(100, 100))
    assert canvas.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    QTest.mouseRelease(canvas, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, hand.at(100, 100))
    assert canvas.cursor().shape() == Qt.CursorShape.CrossCursor
