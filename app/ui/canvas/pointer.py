"""The mouse on the canvas: pans, zooms, and makes the events that tools get."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QNativeGestureEvent, QPointingDevice, QTabletEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.labeling.tools.pointer import Button, Modifier, PointerEvent
from app.ui.canvas.viewport import Viewport
from app.ui.canvas.wheel import Notches, Turn, turn_of

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
        self.pans_with_ctrl: Callable[[], bool] = lambda: True
        """Whether to drag with Ctrl pans; otherwise Ctrl is for the tool."""
        self.turns_tool: Callable[[PointerEvent, int], bool] = lambda _e, _steps: False
        """Asked when the wheel is turned with Alt, by so many full notches, perhaps none; True: it was for the tool."""
        self._pan_from: QPointF | None = None
        self._pan_button = Qt.MouseButton.NoButton
        self._is_pressed = False
        """A button went down that has not come up again."""
        self._pressure = 1.0
        """Of the pen, as it was told last."""
        self._notches = Notches()
        """Of the wheel with Alt."""
        self._rest = QPointF()
        """Of a device pixel that it was panned by."""
        self._is_gripped = self._was_dragged = False
        self._cursor = canvas.cursor()
        """The tool's own, to come back after panning."""

    # --- what pans -----------------------------------------------------------------------------------------------

    def take(self) -> None:
        """Lets the left button pan from now on, as while Space is held: it fulfils app.ui.shortcuts.Grip."""
        self._is_gripped, self._was_dragged = True, False
        if self._pan_from is None:
            self._cursor = self._canvas.cursor()
            self._canvas.setCursor(Qt.CursorShape.OpenHandCursor)

    def let_go(self) -> bool:
        """Ends what `take` began. Returns True if something was dragged meanwhile; the mouse may drag it on."""
        self._is_gripped = False
        if self._pan_from is None:
            self._canvas.setCursor(self._cursor)
        return self._was_dragged

    def feel(self, event: QTabletEvent) -> None:
        """Notes how hard a pen is pressed. Where it is, and what its buttons do, the mouse events tell that Qt makes of
        those of a tablet: so nothing is heard twice."""
        can_tell = event.pointingDevice().hasCapability(QPointingDevice.Capability.Pressure)
        self._pressure = event.pressure() if can_tell else 1.0

    def _begins_to_pan(self, event: QMouseEvent) -> bool:
        if event.button() == Qt.MouseButton.MiddleButton:
            return True
        with_ctrl = event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.pans_with_ctrl()
        return event.button() == Qt.MouseButton.LeftButton and bool(self._is_gripped or with_ctrl)

    # --- the buttons ---------------------------------------------------------------------------------------------

    def press(self, event: QMouseEvent, *, has_image: bool) -> None:
        """Begins to pan with the middle button, Ctrl or Space, else tells of the press."""
        if self._begins_to_pan(event):
            if self._pan_from is None and not self._is_gripped:
                self._cursor = self._canvas.cursor()
            self._pan_from, self._pan_button = event.position(), event.button()
            self._was_dragged = True
            self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif has_image and event.button() in _BUTTONS:  # back, forward and other extra buttons mean nothing
            self._is_pressed = True
            self.pressed.emit(self._event(event, "right" if _is_eraser(event) else _BUTTONS[event.button()]))

    def double_click(self, event: QMouseEvent, *, has_image: bool) -> None:
        """Tells of a double click with the left button; of another one it is one more press."""
        is_left = event.button() == Qt.MouseButton.LeftButton and not _is_eraser(event)
        if has_image and is_left and not self._begins_to_pan(event):
            self._is_pressed = True
            self.double_clicked.emit(self._event(event, "left"))
        else:
            self.press(event, has_image=has_image)

    def move(self, event: QMouseEvent, *, has_image: bool) -> None:
        """Goes on panning, else tells where the mouse is."""
        if self._pan_from is not None:
            delta = (event.position() - self._pan_from) * self._canvas.devicePixelRatioF()
            self._pan_from = event.position()
            self._pan(delta)
        elif has_image and event.buttons() == Qt.MouseButton.NoButton:
            if self._is_pressed:  # it was let go over another window
                self.release(event, has_image=has_image)
            self.hovered.emit(self._event(event, down=False))
        elif has_image:
            self.dragged.emit(self._event(event))

    def release(self, event: QMouseEvent, *, has_image: bool) -> None:
        """Ends panning, else tells of the release: a stroke under way goes on when the image was panned meanwhile."""
        if self._pan_from is not None and event.button() == self._pan_button:
            self._pan_from = None
            self._canvas.setCursor(Qt.CursorShape.OpenHandCursor if self._is_gripped else self._cursor)
        elif has_image:
            self._is_pressed = False
            self.released.emit(self._event(event, down=False))

    # --- wheel and touchpad --------------------------------------------------------------------------------------

    def wheel(self, event: QWheelEvent) -> None:
        """Zooms at the cursor with a mouse wheel; two fingers on a touchpad pan. app.ui.canvas.wheel tells them
        apart."""
        ratio = self._canvas.devicePixelRatioF()
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            _keep_menus_shut()
            if self._turn_tool(event):
                return
        match turn_of(event):
            case Turn(pan=None, steps=steps):
                at = event.position() * ratio
                self._viewport.zoom_steps_at(at.x(), at.y(), steps)
                self.panned.emit()
            case Turn(pan=QPointF() as pan):
                self._pan(pan * ratio)

    def _turn_tool(self, event: QWheelEvent) -> bool:
        """Passes the wheel to the tool, notch by notch: it is asked also when none is full. With Alt some systems turn
        it sideways."""
        angle, at = event.angleDelta(), event.position() * self._canvas.devicePixelRatioF()
        e = PointerEvent(*self._viewport.to_image(at.x(), at.y()), "none", down=False)
        return self.turns_tool(e, self._notches.of(angle.y() or angle.x()))

    def gesture(self, event: QNativeGestureEvent) -> bool:
        """Zooms when two fingers pinch a touchpad, and pans where the system calls panning a gesture.

        Returns False for a gesture that means nothing here.
        """
        ratio = self._canvas.devicePixelRatioF()
        match event.gestureType():
            case Qt.NativeGestureType.ZoomNativeGesture:
                at = event.position() * ratio
                self._viewport.zoom_at(at.x(), at.y(), self._viewport.scale * max(1 + event.value(), 0.1))
                self.panned.emit()
            case Qt.NativeGestureType.PanNativeGesture:
                self._pan(event.delta() * ratio)
            case Qt.NativeGestureType.BeginNativeGesture | Qt.NativeGestureType.EndNativeGesture:
                pass  # of every gesture
            case _:
                return False
        return True

    def _pan(self, delta: QPointF) -> None:
        """Pans by whole device pixels: what was drawn can be moved along. What is left of them counts the next time."""
        delta += self._rest
        whole = QPointF(round(delta.x()), round(delta.y()))
        self._rest = delta - whole
        self._viewport.pan(whole.x(), whole.y())
        self.panned.emit()

    def _event(self, event: QMouseEvent, button: Button = "none", *, down: bool = True) -> PointerEvent:
        at = event.position() * self._canvas.devicePixelRatioF()
        x, y = self._viewport.to_image(at.x(), at.y())
        held: frozenset[Modifier] = frozenset(name for name in _MODIFIERS if event.modifiers() & _MODIFIERS[name])
        is_eraser = _is_eraser(event)
        is_pen = is_eraser or event.pointerType() == QPointingDevice.PointerType.Pen
        return PointerEvent(x, y, button, held, down, self._pressure if is_pen else 1.0, is_eraser)


def _is_eraser(event: QMouseEvent) -> bool:
    """Whether it is the other end of a pen."""
    return event.pointerType() == QPointingDevice.PointerType.Eraser


def _keep_menus_shut() -> None:
    """Alt that is tapped alone gives the keyboard to the bar of menus when it is let go. Qt knows of every use that Alt
    was held for but the wheel: it is told of a shortcut."""
    app = QApplication.instance()
    if app is not None:
        QApplication.sendEvent(app, QEvent(QEvent.Type.Shortcut))
