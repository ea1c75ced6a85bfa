"""The canvas: draws what it is given and passes the pointer on. It knows neither session nor project."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.text import say
from app.ui import theme
from app.ui.canvas.layers import CanvasScene, Layers, PictureLayer
from app.ui.canvas.marks import LIVE, PAGE, Marks
from app.ui.canvas.picture import CanvasPicture
from app.ui.canvas.pointer import Pointer
from app.ui.canvas.tiles import Tiles
from app.ui.canvas.viewport import Viewport


class Canvas(QWidget):
    """Owns what is painted: the picture, the marks over it, and the view; and the pointer that works there."""

    zoomed = Signal(float)
    key_pressed = Signal(object)
    """QKeyEvent"""
    key_released = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(QSize(200, 120))  # three candidates beside each other
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(say("Image"))
        self.viewport = Viewport()
        self._ratio = 0.0
        self.tiles = Tiles(self.viewport, self)
        self.tiles.changed.connect(lambda: self._redraw(PAGE))
        self.picture = CanvasPicture(self.viewport, self.tiles)
        self.marks = Marks(self, self.viewport, self._redraw)
        self.pointer = Pointer(self, self.viewport)
        self.pointer.panned.connect(self.view_changed)
        marks = self.marks
        self._layers = Layers(
            PictureLayer(lambda painter, ratio: self.picture.paint(painter, self, ratio)),
            PictureLayer(marks.paint_objects, lambda: self.has_image and not marks.look.hidden),
            PictureLayer(marks.paint_selected, marks.has_selected),
            PictureLayer(marks.paint_live, marks.has_live),
        )
        marks.below_live = lambda: self._layers.below(LIVE)

    # --- the image -----------------------------------------------------------------------------------------------

    def show_image(self, levels: Sequence[NDArray[np.uint8]], size: tuple[int, int], shrink: int = 1) -> None:
        """Shows another image.

        levels: the pyramid of engine.pyramid, (h, w, 4) uint8 B G R 255, the largest first, which is `shrink` times
        smaller than the image. size: (height, width) of the image. Of a huge image, `tiles` asks for what is sharper.
        """
        self.marks.begin(size)
        self.picture.show(levels, size, shrink)
        self._redraw(PAGE)
        self.view_changed()

    def show_overview(self, levels: Sequence[NDArray[np.uint8]]) -> None:
        """Shows the same image with more to be seen. levels: (h, w, 4) uint8 B G R 255, the largest first."""
        self.picture.show_levels(levels)
        self._redraw(PAGE)

    def show_message(self, title: str, text: str = "") -> None:
        """Shows a grey page instead of an image: still reading, or why it cannot be read."""
        self.picture.show_message(title, text)
        self.marks.clear()
        self._redraw(PAGE)

    @property
    def message(self) -> tuple[str, str]:
        """Title and text of the grey page; empty while an image is shown."""
        return self.picture.message

    @property
    def has_image(self) -> bool:
        """True if an image is shown."""
        return self.picture.is_there

    # --- the view ------------------------------------------------------------------------------------------------

    def zoom(self, steps: int) -> None:
        """Zooms in at the middle by so many steps; out, if negative."""
        self.viewport.zoom_middle(steps)
        self.view_changed()

    def fit(self) -> None:
        """Shows the whole image."""
        self.viewport.fit()
        self.view_changed()

    def fit_box(self, box: tuple[float, float, float, float]) -> None:
        """Shows a part of the image. box: x, y, width, height in image pixels."""
        self.viewport.fit_box(*box)
        self.view_changed()

    def pan_by(self, fraction_x: float, fraction_y: float) -> None:
        """Pans by a fraction of the view; positive moves the window right and down over the image."""
        self.viewport.pan(-round(fraction_x * self.viewport.view_width), -round(fraction_y * self.viewport.view_height))
        self.view_changed()

    def view_changed(self) -> None:
        """Shows the image from where the viewport is now."""
        self.zoomed.emit(self.viewport.scale)
        self.tiles.ask()
        self.update()

    def _redraw(self, lowest: int, areas: Sequence[QRect] | None = None) -> None:
        """Redraws the canvas from a layer on; those below it are kept. areas: only there, in device pixels."""
        self._layers.forget(lowest, areas)
        if areas is None:
            self.update()
        for area in areas or ():
            self.update(_in_points(area, self.devicePixelRatioF()))

    # --- Qt ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.pointer.press(event, has_image=self.has_image)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointer.move(event, has_image=self.has_image)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.pointer.release(event, has_image=self.has_image)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.has_image:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.pointer.double_click(event, has_image=self.has_image)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointer.left.emit()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """It is left to Qt to make a mouse event of it, which carries the pressure that is noted here."""
        self.pointer.feel(event)
        event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.pointer.wheel(event)

    def event(self, event: QEvent) -> bool:
        """QWidget has no function of its own for the gestures of touchpads, and for a screen of another scale."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.resizeEvent(QResizeEvent(self.size(), self.size()))
        if isinstance(event, QNativeGestureEvent):
            event.setAccepted(self.pointer.gesture(event))
            return event.isAccepted()
        return super().event(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab comes here as a key: it cycles the candidates. F6 leaves the canvas."""
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.key_pressed.emit(event)
        if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.accept()  # also when it means nothing: what lies around would take it for the way to a text field

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self.key_released.emit(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Takes the size of the widget in pixels of its screen. On one of another scale the image is as large as it
        was, in points."""
        before, self._ratio = self._ratio, self.devicePixelRatioF()
        viewport, was_fitted = self.viewport, self.viewport.fitted
        viewport.resize(round(self.width() * self._ratio), round(self.height() * self._ratio))
        if before not in (0.0, self._ratio) and not was_fitted:
            viewport.show_middle(*viewport.middle, viewport.scale * self._ratio / before)
        self.view_changed()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The layers, and on them what is drawn anew each time."""
        ratio = self.devicePixelRatioF()
        viewport = self.viewport
        size = QSize(viewport.view_width, viewport.view_height)
        scene = CanvasScene(size, ratio, theme.colors().canvas, viewport.scale, viewport.left, viewport.top)
        layers = self._layers.all(scene)
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        painter.drawPixmap(QPoint(0, 0), layers)
        painter.scale(1 / ratio, 1 / ratio)  # from here on in device pixels
        if self.has_image:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.marks.paint_top(painter, ratio)
        self.marks.paint_frame(painter, ratio)
        painter.end()


def _in_points(area: QRect, ratio: float) -> QRect:
    """The points of the canvas in which an area of device pixels lies."""
    return QRectF(area.x() / ratio, area.y() / ratio, area.width() / ratio, area.height() / ratio).toAlignedRect()
