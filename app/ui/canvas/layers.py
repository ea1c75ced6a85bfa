"""Pictures on one another. What changes at the top does not draw again what lies below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPainter, QPixmap


@dataclass
class PictureLayer:
    """One layer: what paints it, and what was drawn last."""

    paint: Callable[[QPainter, float], None]
    """Gets a painter in device pixels, and how many there are for a point."""
    is_there: Callable[[], bool] = lambda: True
    """While it is not, what was drawn of it is kept."""
    drawn: QPixmap | None = None
    """With all that lies below."""


class Layers:
    """Keeps the layers of the canvas as pictures."""

    def __init__(self, *layers: PictureLayer) -> None:
        """The lowest first."""
        self._layers = layers
        self._ground = ""

    def forget(self, lowest: int = 0) -> None:
        """Draws that layer and all above anew, when they are looked at."""
        for layer in self._layers[lowest:]:
            layer.drawn = None

    def below(self, layer: int) -> QPixmap | None:
        """Returns the picture of all layers below that one, as it was drawn last; None when there is none."""
        seen = [each.drawn for each in self._layers[:layer] if each.is_there()]
        return seen[-1] if seen else None

    def all(self, size: QSize, ratio: float, ground: str) -> QPixmap:
        """Returns all layers as one picture. size: in device pixels; ground: the colour under the lowest."""
        if ground != self._ground:
            self._ground = ground
            self.forget()
        below: QPixmap | None = None
        for layer in self._layers:
            if layer.is_there():
                layer.drawn = layer.drawn or _drawn(layer, below.copy() if below else _empty(size, ratio, ground))
                below = layer.drawn
        return below or _empty(size, ratio, ground)


def _empty(size: QSize, ratio: float, ground: str) -> QPixmap:
    pixmap = QPixmap(size)
    pixmap.fill(QColor(ground))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _drawn(layer: PictureLayer, on: QPixmap) -> QPixmap:
    ratio = on.devicePixelRatio()
    painter = QPainter(on)
    painter.scale(1 / ratio, 1 / ratio)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    layer.paint(painter, ratio)
    painter.end()
    return on
