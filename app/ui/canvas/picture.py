"""The lowest layer of the canvas: the image, or a grey page with a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QBrush, QImage, QPainter, QTransform
from PySide6.QtWidgets import QWidget

from app.ui.canvas.message import paint_message
from app.ui.canvas.tiles import Tiles, as_image
from app.ui.canvas.viewport import Viewport

_SMOOTH_BELOW = 2.0
"""From this scale on, pixels are shown as squares: one sees what the mask follows."""
_AROUND_PX = 2
"""What is at the border of the view is as smooth as what is in the middle: it may be panned there."""


class CanvasPicture:
    """Paints what it was given last."""

    def __init__(self, viewport: Viewport, tiles: Tiles) -> None:
        self._viewport, self._tiles = viewport, tiles
        self._levels: list[QImage] = []
        self._buffers: list[NDArray[np.uint8]] = []
        """The levels' own pixels: a QImage only points at them."""
        self._shrink = 1
        self.message = ("", "")
        """Title and text of the grey page; empty while an image is shown."""

    @property
    def is_there(self) -> bool:
        """True if an image is shown."""
        return bool(self._levels)

    def show(self, levels: Sequence[NDArray[np.uint8]], size: tuple[int, int], shrink: int) -> None:
        """Takes another image. size: its (height, width); levels as in show_levels, (h, w, 4), the largest of them so
        many times smaller."""
        self.message, self._shrink = ("", ""), shrink
        self._tiles.begin(size, shrink)
        self._viewport.show(size[1], size[0])
        self.show_levels(levels)

    def show_levels(self, levels: Sequence[NDArray[np.uint8]]) -> None:
        """Takes the pixels of the image: levels (h, w, 4) uint8 B G R 255, the largest first."""
        self._buffers = list(levels)
        self._levels = [as_image(level) for level in levels]

    def show_message(self, title: str, text: str) -> None:
        """Takes a sentence instead of an image."""
        self._levels, self._buffers, self.message = [], [], (title, text)
        self._tiles.end()

    def paint(self, painter: QPainter, over: QWidget, ratio: float) -> None:
        """Paints in device pixels. over: the widget whose font the page has; ratio: device pixels per point."""
        if self.is_there:
            self._paint_image(painter)
        else:
            painter.scale(ratio, ratio)
            paint_message(painter, over, *self.message)

    def _paint_image(self, painter: QPainter) -> None:
        viewport, scale = self._viewport, self._viewport.scale
        level = next((i for i in reversed(range(len(self._levels))) if scale * self._shrink <= 0.5**i), 0)
        image = self._levels[level]
        x0, y0, x1, y1 = viewport.visible(_AROUND_PX)
        if x0 >= x1 or y0 >= y1:
            return
        ratio_x = image.width() / viewport.image_width
        ratio_y = image.height() / viewport.image_height
        left, top = viewport.to_view(x0, y0)
        target = QRectF(left, top, (x1 - x0) * scale, (y1 - y0) * scale)
        source = QRectF(x0 * ratio_x, y0 * ratio_y, (x1 - x0) * ratio_x, (y1 - y0) * ratio_y)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # of its border
        is_smooth = scale < _SMOOTH_BELOW
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth and scale != 1)
        if is_smooth:
            painter.drawImage(target, image, source)
        else:
            _draw_squares(painter, target, image, source)
        self._tiles.paint(painter)


def _draw_squares(painter: QPainter, target: QRectF, image: QImage, source: QRectF) -> None:
    """Draws pixels as squares whose sides are where they are from wherever they are seen: `drawImage` would move all of
    them by up to half a device pixel, as it rounds the target."""
    transform = QTransform.fromTranslate(target.x(), target.y())
    transform.scale(target.width() / source.width(), target.height() / source.height())
    brush = QBrush(image)
    brush.setTransform(transform.translate(-source.x(), -source.y()))
    painter.fillRect(target, brush)
