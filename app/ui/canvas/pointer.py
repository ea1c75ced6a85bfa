"""The mouse on the canvas: pans, zooms, and makes the events that tools get."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.labeling.tools.pointer import Button, Modifier, PointerEvent
from app.ui.canvas.viewport import Viewport

WHEEL_NOTCH = 120
_BUTTONS: dict[Qt.MouseButton, Button] = {Qt.MouseButton.LeftButton: "left", Qt.MouseButton.RightButton: "right"}
_MODIFIERS: dict[Modifier, Qt.KeyboardModifier] = {
    "shift": Qt.KeyboardModifier.ShiftModifier,
    "ctrl": Qt.KeyboardModifier.ControlModifier,
    "alt": Qt.KeyboardModifier.AltModifier,
}


class Pointer(QObject):
    """Gets Qt's mouse events from the canvas. Each signal carries a PointerEvent in image coordinates."""

    pressed = Signal(object)
    dragged = Signal(object)
    released = Signal(object)
    double_clicked = Signal(object)
    hovered = Signal(object)
    """The mouse moved while no button was down."""
    left = Signal()
    panned = Signal()
    """The viewport is another one."""

    def __init__(self, canvas: QWidget, viewport: Viewport) -> None:
        super().__init__(canvas)
        self._canvas, self._viewport = canvas, viewport
        self._pan_from: QPointF | None = None
        self._cursor = canvas.cursor()
        """The tool's own, to come back after panning."""

    def press(self, event: QMouseEvent, *, has_image: bool) -> None:
        """Begins to pan with the middle button or Ctrl, else tells of the press."""
        panning = event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if panning:
            self._pan_from = event.position()
            self._cursor = self._canvas.cursor()
            self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif has_image and event.button() in _BUTTONS:  # back, forward and other extra buttons mean nothing
            self.pressed.emit(self._event(event, _BUTTONS[event.button()]))

    def double_click(self, event: QMouseEvent, *, has_image: bool) -> None:
        """Tells of a double click with the left button; of another one it is one more press."""
        if has_image and event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit(self._event(event, "left"))
        else:
            self.press(event, has_image=has_image)

    def move(self, event: QMouseEvent, *, has_image: bool) -> None:
        """Goes on panning, else tells where the mouse is."""
        if self._pan_from is not None:
            delta = (event.position() - self._pan_from) * self._canvas.devicePixelRatioF()
            self._pan_from = event.position()
            self._viewport.pan(delta.x(), delta.y())
            self.panned.emit()
        elif has_image and event.buttons() == Qt.MouseButton.NoButton:
            self.hovered.emit(self._event(event, down=False))
        elif has_image:
            self.dragged.emit(self._event(event))

    def release(self, event: QMouseEvent, *, has_image: bool) -> None:
        """Ends panning, else tells of the release."""
        if self._pan_from is not None:
            self._pan_from = None
            self._canvas.setCursor(self._cursor)
        elif has_image:
            self.released.emit(self._event(event, down=False))

    def wheel(self, event: QWheelEvent) -> None:
        """Zooms at the cursor with a mouse wheel; two fingers on a touchpad pan; Shift turns the wheel sideways."""
        ratio = self._canvas.devicePixelRatioF()
        pixels, angle = event.pixelDelta(), event.angleDelta()
        if not pixels.isNull() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._viewport.pan(pixels.x() * ratio, pixels.y() * ratio)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._viewport.pan((angle.x() or angle.y()) * ratio, 0)
        else:
            at = event.position() * ratio
            self._viewport.zoom_steps_at(at.x(), at.y(), angle.y() / WHEEL_NOTCH)
        self.panned.emit()

    def pinch(self, position: QPointF, growth: float) -> None:
        """Zooms by so much more at that position of the widget."""
        at = position * self._canvas.devicePixelRatioF()
        self._viewport.zoom_at(at.x(), at.y(), self._viewport.scale * (1 + growth))
        self.panned.emit()

    def _event(self, event: QMouseEvent, button: Button = "none", *, down: bool = True) -> PointerEvent:
        at = event.position() * self._canvas.devicePixelRatioF()
        x, y = self._viewport.to_image(at.x(), at.y())
        held: frozenset[Modifier] = frozenset(name for name in _MODIFIERS if event.modifiers() & _MODIFIERS[name])
        return PointerEvent(x, y, button, held, down)
