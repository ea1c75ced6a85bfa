"""The canvas: draws what it is given and passes the pointer on. It knows neither session nor project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.ui import theme
from app.ui.canvas import shapes
from app.ui.canvas.crowd import Crowd
from app.ui.canvas.layers import Layers, PictureLayer
from app.ui.canvas.message import paint_message
from app.ui.canvas.outline import Outline
from app.ui.canvas.pictures import among, bounds_of, overlapping
from app.ui.canvas.shapes import Drawn, Live, Look
from app.ui.canvas.tiles import Tiles, as_image
from app.ui.canvas.viewport import Viewport

WHEEL_NOTCH = 120
_SMOOTH_BELOW = 2.0
"""From this scale on, pixels are shown as squares: one sees what the mask follows."""
_PAGE, _OBJECTS, _SELECTED, _LIVE = range(4)
"""The layers: the image or what is said instead, the accepted objects, those that are selected, the mask that is
worked on."""


class Canvas(QWidget):
    """Signals carry image coordinates; `hovered` and `left` tell where the mouse is while no button is down."""

    pressed = Signal(float, float, object, object)
    """x, y, Qt.MouseButton, Qt.KeyboardModifiers"""
    dragged = Signal(float, float, object)
    released = Signal(float, float, object)
    double_clicked = Signal(float, float, object, object)
    hovered = Signal(float, float)
    left = Signal()
    zoomed = Signal(float)
    key_pressed = Signal(object)
    """QKeyEvent"""
    key_released = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(QSize(320, 240))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Image"))
        self.viewport = Viewport()
        self._levels: list[QImage] = []
        self._shrink = 1
        self._message = ("", "")
        self._objects: Sequence[Drawn] = ()
        self._crowd = Crowd(self)
        self._crowd.changed.connect(lambda: self._redraw(_OBJECTS))
        self._selection: frozenset[int] = frozenset()
        self._findings: Sequence[Drawn] = ()
        self._live = Live()
        self._preview: tuple[Outline, QColor] | None = None
        self._look = Look()
        self._gesture_box: tuple[float, float, float, float] | None = None
        self._gesture_path: Sequence[tuple[float, float]] = ()
        self._crosshair: tuple[float, float] | None = None
        self._frame: QColor | None = None
        self._encoded = 0.0
        self._pan_from: QPointF | None = None
        self._layers = Layers(
            PictureLayer(self._paint_page),
            PictureLayer(self._paint_objects, lambda: self.has_image and not self._look.hidden),
            PictureLayer(self._paint_selected, lambda: bool(self._selection) and not self._look.hidden),
            PictureLayer(self._paint_live, lambda: self._has_live and not self._look.hidden),
        )
        self._buffers: list[NDArray[np.uint8]] = []
        self.tiles = Tiles(self.viewport, self)
        self.tiles.changed.connect(lambda: self._redraw())

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_image(self, levels: Sequence[NDArray[np.uint8]], size: tuple[int, int], shrink: int = 1) -> None:
        """levels: the pyramid of engine.pyramid, (h, w, 4) B G R 255, the largest first, so many times smaller than the
        image. size: (height, width) of the image. Of a huge image, `tiles` asks for what is sharper."""
        self._message = ("", "")
        self._shrink = shrink
        self.tiles.begin(size, shrink)
        self._crowd.begin(size)
        self.viewport.show(size[1], size[0])
        self.show_overview(levels)
        self._view_changed()

    def show_overview(self, levels: Sequence[NDArray[np.uint8]]) -> None:
        """Of the same image, with more to be seen."""
        self._buffers = list(levels)
        self._levels = [as_image(level) for level in levels]
        self._redraw()

    def show_message(self, title: str, text: str = "") -> None:
        """A grey page instead of an image: still reading, or why it cannot be read."""
        self._levels, self._buffers, self._live = [], [], Live()
        self.show_objects(())
        self.tiles.end()
        self._findings, self._preview = (), None
        self._message = (title, text)
        self._redraw()

    @property
    def message(self) -> tuple[str, str]:
        """Title and text of the grey page; empty while an image is shown."""
        return self._message

    @property
    def has_image(self) -> bool:
        return bool(self._levels)

    @property
    def _has_live(self) -> bool:
        return self._live.outline is not None or self._preview is not None

    def show_objects(self, objects: Sequence[Drawn]) -> None:
        """The topmost last."""
        self._objects = objects
        self._crowd.show(objects)
        self._redraw(_OBJECTS)

    def show_selection(self, ids: Iterable[int]) -> None:
        """Of the objects."""
        self._selection = frozenset(ids)
        self._redraw(_SELECTED)

    def show_findings(self, findings: Sequence[Drawn]) -> None:
        """Proposals of everything mode."""
        self._findings = findings
        self._redraw(_OBJECTS)

    def show_preview(self, outline: Outline | None, color: QColor) -> None:
        """What a click at the mouse would give. Not drawn while an object is in the making."""
        if outline is not None or self._preview is not None:
            self._preview = None if outline is None else (outline, color)
            self._redraw(_LIVE)

    def show_live(self, live: Live) -> None:
        """The mask is drawn again only when it is another one: a new point lies on top of the old mask at once."""
        if (live.outline, live.color) != (self._live.outline, self._live.color):
            self._layers.forget(_LIVE)
        self._live = live
        self.update()

    def show_gesture(
        self, box: tuple[float, float, float, float] | None, path: Sequence[tuple[float, float]] = ()
    ) -> None:
        """The box or the lasso that is being drawn."""
        self._gesture_box, self._gesture_path = box, path
        self.update()

    def show_crosshair(self, at: tuple[float, float] | None) -> None:
        self._crosshair = at
        if at is not None and self.has_image:
            self.viewport.reveal(*at)
            self._redraw()
        self.update()

    def show_frame(self, color: QColor | None) -> None:
        """Around the canvas: what is shown is not what is."""
        self._frame = color
        self.update()

    def show_encoded(self, fraction: float) -> None:
        self._encoded = fraction
        if self._live.waiting:
            self.update()

    @property
    def findings(self) -> Sequence[Drawn]:
        return self._findings

    @property
    def preview(self) -> Outline | None:
        return self._preview[0] if self._preview else None

    @property
    def look(self) -> Look:
        return self._look

    def set_look(self, look: Look) -> None:
        """What was drawn stays good while it is hidden for a moment."""
        is_same = replace(look, hidden=self._look.hidden) == self._look
        self._look = look
        if is_same:
            self.update()
        else:
            self._redraw(_OBJECTS)

    # --- the view ------------------------------------------------------------------------------------------------

    def zoom(self, steps: int) -> None:
        self.viewport.zoom_middle(steps)
        self._view_changed()

    def fit(self) -> None:
        self.viewport.fit()
        self._view_changed()

    def fit_box(self, box: tuple[float, float, float, float]) -> None:
        """box: x, y, width, height in image pixels."""
        self.viewport.fit_box(*box)
        self._view_changed()

    def pan_by(self, fraction_x: float, fraction_y: float) -> None:
        """By a fraction of the view; positive moves the window right and down over the image."""
        self.viewport.pan(-fraction_x * self.viewport.view_width, -fraction_y * self.viewport.view_height)
        self._view_changed()

    def _view_changed(self) -> None:
        self.zoomed.emit(self.viewport.scale)
        self.tiles.ask()
        self._redraw()

    def _redraw(self, lowest: int = _PAGE) -> None:
        """From this layer on."""
        self._layers.forget(lowest)
        self.update()

    # --- the pointer ---------------------------------------------------------------------------------------------

    def image_position(self, position: QPointF) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return self.viewport.to_image(position.x() * ratio, position.y() * ratio)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        panning = event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if panning:
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self.has_image:
            self.pressed.emit(*self.image_position(event.position()), event.button(), event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            ratio = self.devicePixelRatioF()
            delta = event.position() - self._pan_from
            self._pan_from = event.position()
            self.viewport.pan(delta.x() * ratio, delta.y() * ratio)
            self._view_changed()
        elif self.has_image and event.buttons() == Qt.MouseButton.NoButton:
            self.hovered.emit(*self.image_position(event.position()))
        elif self.has_image:
            self.dragged.emit(*self.image_position(event.position()), event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            self._pan_from = None
            self.unsetCursor()
        elif self.has_image:
            self.released.emit(*self.image_position(event.position()), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.has_image and event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit(*self.image_position(event.position()), event.button(), event.modifiers())
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEnterEvent) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A mouse wheel zooms at the cursor; two fingers on a touchpad pan; Shift turns the wheel sideways."""
        ratio = self.devicePixelRatioF()
        pixels, angle = event.pixelDelta(), event.angleDelta()
        if not pixels.isNull() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.viewport.pan(pixels.x() * ratio, pixels.y() * ratio)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.viewport.pan((angle.x() or angle.y()) * ratio, 0)
        else:
            at = event.position() * ratio
            self.viewport.zoom_steps_at(at.x(), at.y(), angle.y() / WHEEL_NOTCH)
        self._view_changed()

    def nativeGestureEvent(self, event: QNativeGestureEvent) -> None:
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            at = event.position() * self.devicePixelRatioF()
            self.viewport.zoom_at(at.x(), at.y(), self.viewport.scale * (1 + event.value()))
            self._view_changed()

    # --- the keyboard --------------------------------------------------------------------------------------------

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab comes here as a key: it cycles the candidates. F6 leaves the canvas."""
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.key_pressed.emit(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self.key_released.emit(event)

    # --- painting ------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        ratio = self.devicePixelRatioF()
        self.viewport.resize(round(self.width() * ratio), round(self.height() * ratio))
        self._view_changed()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The layers, and on them points, boxes and crosshair, which are quickly drawn."""
        ratio = self.devicePixelRatioF()
        size = QSize(self.viewport.view_width, self.viewport.view_height)
        layers = self._layers.all(size, ratio, theme.colors().canvas)
        painter = QPainter(self)
        painter.drawPixmap(QPoint(0, 0), layers)
        painter.scale(1 / ratio, 1 / ratio)  # from here on in device pixels
        if self.has_image:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_prompt(painter, ratio)
        if self._frame is not None:
            shapes.paint_frame(painter, self._frame, (self.viewport.view_width, self.viewport.view_height), ratio)
        painter.end()

    def _paint_page(self, painter: QPainter, ratio: float) -> None:
        if self.has_image:
            self._paint_image(painter)
        else:
            painter.scale(ratio, ratio)
            paint_message(painter, self, *self._message)

    def _paint_objects(self, painter: QPainter, ratio: float) -> None:
        self._crowd.paint(painter, self.viewport, ratio * self._look.width, self._look)
        shapes.to_image_coordinates(painter, self.viewport)
        shapes.paint_findings(painter, self._in_view(self._findings), self.viewport.scale, ratio * self._look.width)

    def _paint_selected(self, painter: QPainter, ratio: float) -> None:
        self._crowd.paint_selected(painter, self.viewport, ratio * self._look.width, self._selection)

    def _paint_live(self, painter: QPainter, ratio: float) -> None:
        shapes.to_image_coordinates(painter, self.viewport)
        if self._preview is not None and self._live.outline is None:
            shapes.paint_preview(painter, *self._preview, self.viewport.scale, ratio * self._look.width)
        shapes.paint_live_mask(painter, self._live, self.viewport.scale, ratio * self._look.width, self._look)

    def _paint_image(self, painter: QPainter) -> None:
        scale = self.viewport.scale
        level = next((i for i in reversed(range(len(self._levels))) if scale * self._shrink <= 0.5**i), 0)
        image = self._levels[level]
        x0, y0, x1, y1 = self.viewport.visible()
        if x0 >= x1 or y0 >= y1:
            return
        ratio_x = image.width() / self.viewport.image_width
        ratio_y = image.height() / self.viewport.image_height
        left, top = self.viewport.to_view(x0, y0)
        target = QRectF(left, top, (x1 - x0) * scale, (y1 - y0) * scale)
        source = QRectF(x0 * ratio_x, y0 * ratio_y, (x1 - x0) * ratio_x, (y1 - y0) * ratio_y)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # of its border
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < _SMOOTH_BELOW and scale != 1)
        painter.drawImage(target, image, source)
        self.tiles.paint(painter)

    def _in_view(self, objects: Sequence[Drawn]) -> list[Drawn]:
        return among(objects, overlapping(bounds_of(objects), self.viewport.visible()))

    def _paint_prompt(self, painter: QPainter, unit: float) -> None:
        live = self._live
        for box in (live.box, self._gesture_box):
            if box is not None:
                shapes.paint_box(painter, (self._at(box[0], box[1]), self._at(box[2], box[3])), unit)
        if len(self._gesture_path) > 1:
            shapes.paint_lasso(painter, [self._at(x, y) for x, y in self._gesture_path], unit)
        for x, y, positive in live.points:
            shapes.paint_point(painter, self._at(x, y), positive, unit)
        if live.waiting and (live.points or live.box is not None):
            shapes.paint_waiting(painter, self._newest_prompt(live), self._encoded, unit)
        if self._crosshair is not None:
            size = (self.viewport.view_width, self.viewport.view_height)
            shapes.paint_crosshair(painter, self._at(*self._crosshair), size, unit)

    def _newest_prompt(self, live: Live) -> QPointF:
        if live.points:
            return self._at(*live.points[-1][:2])
        assert live.box is not None
        return self._at((live.box[0] + live.box[2]) / 2, (live.box[1] + live.box[3]) / 2)

    def _at(self, x: float, y: float) -> QPointF:
        return QPointF(*self.viewport.to_view(x, y))
