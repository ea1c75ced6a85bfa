"""Space, wheel and touchpad on the canvas: what pans and what zooms."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QKeyEvent, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.labeling.tools.brushing import TIP
from app.labeling.tools.line import TOOL as LINE

NONE = Qt.KeyboardModifier.NoModifier
NO_PHASE = Qt.ScrollPhase.NoScrollPhase


def device(kind):
    name, fingers = str(kind), QPointingDevice.PointerType.Finger
    capabilities = QInputDevice.Capability.Position | QInputDevice.Capability.Scroll
    pointing = fingers if kind == QInputDevice.DeviceType.TouchPad else QPointingDevice.PointerType.Generic
    return QPointingDevice(name, 77, kind, pointing, capabilities, 2, 3)


MOUSE, TOUCHPAD = device(QInputDevice.DeviceType.Mouse), device(QInputDevice.DeviceType.TouchPad)


def view(hand):
    return hand.canvas.viewport.scale, hand.canvas.viewport.left, hand.canvas.viewport.top


def turn(hand, *, pixels=(0, 0), angle=(0, 0), by=MOUSE, phase=NO_PHASE, modifiers=NONE):
    """Returns how the view moved: the factor of the zoom, and how far it went."""
    hand.canvas.zoom(+6)  # there is room to pan
    (scale, left, top), at = view(hand), QPointF(200, 150)
    event = QWheelEvent(
        at, QPointF(hand.canvas.mapToGlobal(at)), QPoint(*pixels), QPoint(*angle), Qt.MouseButton.NoButton, modifiers,
        phase, False, Qt.MouseEventSource.MouseEventNotSynthesized, by,
    )  # fmt: skip
    QApplication.sendEvent(hand.canvas, event)
    now = view(hand)
    return now[0] / scale, (now[1] - left, now[2] - top)


def test_a_wheel_zooms_also_where_it_tells_pixels(hand):
    """X11: mice with a fine wheel."""
    growth, _ = turn(hand, angle=(0, 120))
    assert growth == pytest.approx(2**0.25)
    growth, _ = turn(hand, pixels=(0, 15), angle=(0, 120))
    assert growth == pytest.approx(2**0.25)


def test_a_wheel_that_is_tilted_pans(hand):
    growth, (dx, dy) = turn(hand, angle=(-40, 0))
    assert growth == 1
    assert (dx, dy) == (-40, 0)


def test_two_fingers_pan_by_the_pixels_they_went(hand):
    assert turn(hand, pixels=(-12, 30), angle=(-24, 60), by=TOUCHPAD) == (1, (-12, 30))
    assert turn(hand, angle=(0, 120), by=TOUCHPAD) == (1, (0, 60)), "of a system that tells none"


@pytest.mark.parametrize(
    "phase", [Qt.ScrollPhase.ScrollBegin, Qt.ScrollPhase.ScrollUpdate, Qt.ScrollPhase.ScrollMomentum]
)
def test_phases_tell_a_touchpad_where_the_device_does_not(hand, phase):
    """macOS calls every device a mouse."""
    assert turn(hand, pixels=(5, 9), angle=(10, 18), phase=phase) == (1, (5, 9))


def test_two_fingers_with_ctrl_zoom(hand):
    growth, _ = turn(hand, pixels=(0, 30), angle=(0, 60), by=TOUCHPAD, modifiers=Qt.KeyboardModifier.ControlModifier)
    assert growth > 1


def pinch(hand, kind, value, delta=(0, 0)):
    at = QPointF(200, 150)
    everywhere = QPointF(hand.canvas.mapToGlobal(at))
    event = QNativeGestureEvent(kind, TOUCHPAD, 2, at, at, everywhere, value, QPointF(*delta))
    return QApplication.sendEvent(hand.canvas, event)


def test_a_pinch_zooms_where_the_fingers_are(hand):
    scale, *_ = view(hand)
    under = hand.canvas.viewport.to_image(200, 150)
    assert pinch(hand, Qt.NativeGestureType.ZoomNativeGesture, 0.5)
    assert view(hand)[0] == pytest.approx(1.5 * scale)
    assert hand.canvas.viewport.to_image(200, 150) == pytest.approx(under, abs=2 / view(hand)[0])


def test_a_pan_that_is_a_gesture_pans(hand):
    hand.canvas.zoom(+6)
    _, left, top = view(hand)
    assert pinch(hand, Qt.NativeGestureType.PanNativeGesture, 0, (7, -4))
    assert view(hand)[1:] == (left + 7, top - 4)


# --- Space -------------------------------------------------------------------------------------------------------


def drag(hand, button=Qt.MouseButton.LeftButton):
    QTest.mousePress(hand.canvas, button, NONE, QPoint(300, 300))
    QTest.mouseMove(hand.canvas, QPoint(260, 290))
    QTest.mouseMove(hand.canvas, QPoint(250, 320))
    QTest.mouseRelease(hand.canvas, button, NONE, QPoint(250, 320))


@pytest.fixture
def proposed(hand):
    """A mask in the making, on a view with room around it."""
    hand.canvas.zoom(+6)
    hand.click(250, 250)
    hand.wait_for_mask()
    return hand


def test_space_held_and_dragged_pans_and_accepts_nothing(proposed):
    hand, (_, left, top) = proposed, view(proposed)
    QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
    assert hand.canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    assert hand.session.objects.count == 0
    drag(hand)
    assert view(hand)[1:] == (left - 50, top + 20)
    assert hand.canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    QTest.keyRelease(hand.canvas, Qt.Key.Key_Space)
    assert hand.canvas.cursor().shape() == Qt.CursorShape.CrossCursor
    assert hand.session.objects.count == 0
    assert hand.session.editor.draft.is_live
    assert len(hand.session.editor.prompt.points) == 1


def test_a_tap_of_space_accepts_when_it_is_let_go(proposed):
    QTest.keyPress(proposed.canvas, Qt.Key.Key_Space)
    assert proposed.session.objects.count == 0
    QTest.keyRelease(proposed.canvas, Qt.Key.Key_Space)
    assert proposed.session.objects.count == 1


def test_space_that_is_let_go_in_the_middle_of_a_drag_pans_on(proposed):
    hand, (_, left, _) = proposed, view(proposed)
    QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
    QTest.mousePress(hand.canvas, Qt.MouseButton.LeftButton, NONE, QPoint(300, 300))
    QTest.keyRelease(hand.canvas, Qt.Key.Key_Space)
    QTest.mouseMove(hand.canvas, QPoint(280, 300))
    QTest.mouseRelease(hand.canvas, Qt.MouseButton.LeftButton, NONE, QPoint(280, 300))
    assert view(hand)[1] == left - 20
    assert hand.session.objects.count == 0
    assert hand.canvas.cursor().shape() == Qt.CursorShape.CrossCursor
    hand.click(240, 240)
    assert len(hand.session.editor.prompt.points) == 2, "the mouse is the tool's again"


def test_space_pans_also_while_a_list_has_the_keyboard(proposed):
    hand, (_, left, _) = proposed, view(proposed)
    images = hand.window.workspace.panels["images"].view
    images.setFocus()
    QTest.keyPress(images, Qt.Key.Key_Space)
    drag(hand)
    QTest.keyRelease(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert view(hand)[1] == left - 50
    assert hand.session.objects.count == 0


def test_space_is_let_go_when_the_window_loses_the_keyboard(proposed):
    hand = proposed
    QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
    hand.window.shortcuts.release_all()
    assert hand.session.objects.count == 0
    hand.click(240, 240)
    assert len(hand.session.editor.prompt.points) == 2


def test_a_release_that_is_a_repetition_of_x11_lets_nothing_go(proposed):
    """Qt takes one in ten of them for the end, with a press of its own right behind."""
    hand = proposed
    QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
    QTest.keyPress(hand.canvas, Qt.Key.Key_W)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_W):
        for _ in range(2):
            QTest.qWait(200)
            QTest.keyRelease(hand.canvas, key)
            QTest.keyPress(hand.canvas, key)
    QTest.qWait(100)
    assert hand.session.objects.count == 0
    assert hand.canvas.marks.look.hidden
    for key in (Qt.Key.Key_Space, Qt.Key.Key_W):
        QTest.keyRelease(hand.canvas, key)
    hand.qtbot.waitUntil(lambda: hand.session.objects.count == 1, timeout=5000)
    hand.qtbot.waitUntil(lambda: not hand.canvas.marks.look.hidden, timeout=5000)


def test_keys_that_a_busy_program_hears_of_late_are_all_pressed(hand):
    """It took the second of two for the repetition of the first, and did nothing."""
    look, before = lambda: hand.canvas.marks.look.opacity, hand.canvas.marks.look.opacity
    send(hand, QEvent.Type.KeyPress, at_ms=1000)
    once = look()
    QTest.qSleep(200)  # busy
    send(hand, QEvent.Type.KeyRelease, at_ms=1050)
    send(hand, QEvent.Type.KeyPress, at_ms=1190)
    assert look() not in (before, once)
    send(hand, QEvent.Type.KeyRelease, at_ms=1400)
    send(hand, QEvent.Type.KeyPress, at_ms=1500)
    assert look() == before, "pressed again before the program found time to believe that it was let go"


def send(hand, kind, *, at_ms):
    event = QKeyEvent(kind, Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier, "O")
    event.setTimestamp(at_ms)
    QApplication.sendEvent(hand.canvas, event)


def test_a_fine_wheel_with_alt_changes_the_size_when_a_notch_is_full(hand):
    hand.key(Qt.Key.Key_B)
    before, alt = TIP.size.value, Qt.KeyboardModifier.AltModifier
    TIP.size.set(100)
    for angle in (0, 15, 0, 30, 0, 60):
        assert turn(hand, angle=(0, angle), modifiers=alt) == (1, (0, 0)), "it is the tool's from the start"
        assert TIP.size.value == 100
    turn(hand, angle=(15, 0), modifiers=alt, by=TOUCHPAD)
    assert TIP.size.value == 115
    turn(hand, angle=(0, 90), modifiers=alt)
    turn(hand, angle=(0, -90), modifiers=alt)
    assert TIP.size.value == 115, "the other way begins anew"
    turn(hand, angle=(0, -30), modifiers=alt)
    assert TIP.size.value == 98
    TIP.size.set(before)
    hand.key(Qt.Key.Key_I)
    width = LINE.size.value
    turn(hand, angle=(0, 20), modifiers=alt)
    assert LINE.size.value == width
