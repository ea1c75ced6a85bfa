"""Pictures on one another. What changes at the top does not draw again what lies below; where only a part is different,
or the view has moved, only that part is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap

_MOST_AREAS = 8
"""Of more, what lies around all of them is drawn."""
_WHOLE = 1e-6
"""So near to a whole number of pixels is one."""


@dataclass(frozen=True)
class CanvasScene:
    """What all layers depend on."""

    size: QSize
    """In device pixels."""
    ratio: float
    """Device pixels per point."""
    ground: str
    """The colour under the lowest layer."""
    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0
    """Where the corner of the image lies, in device pixels."""


@dataclass
class PictureLayer:
    """One layer: what paints it, and what was drawn last."""

    paint: Callable[[QPainter, float], None]
    """Gets a painter in device pixels, whose clip is the area to be painted, and how many there are for a point."""
    is_there: Callable[[], bool] = lambda: True
    """While it is not, what was drawn of it is kept."""
    drawn: QPixmap | None = None
    """With all that lies below."""
    stale: list[QRect] = field(default_factory=list)
    """The areas of it that are to be drawn again."""


class Layers:
    """Keeps the layers of the canvas as pictures."""

    def __init__(self, *layers: PictureLayer) -> None:
        """The lowest first."""
        self._layers = layers
        self._scene: CanvasScene | None = None

    def forget(self, lowest: int = 0, areas: Sequence[QRect] | None = None) -> None:
        """Draws that layer and all above anew, when they are looked at. areas: only there, in device pixels."""
        for layer in self._layers[lowest:]:
            if areas is None:
                layer.drawn = None
            else:
                layer.stale += areas

    def below(self, layer: int) -> QPixmap | None:
        """Returns the picture of all layers below that one, as it was drawn last; None when there is none."""
        seen = [each.drawn for each in self._layers[:layer] if each.is_there()]
        return seen[-1] if seen else None

    def all(self, scene: CanvasScene) -> QPixmap:
        """Returns all layers as one picture."""
        self._follow(scene)
        below: QPixmap | None = None
        for layer in self._layers:
            if layer.is_there():
                below = _looked_at(layer, below, scene)
        return below or _empty(scene)

    def _follow(self, scene: CanvasScene) -> None:
        """Where the image only moved by whole pixels, what was drawn moves along."""
        before, self._scene = self._scene, scene
        if before is None or scene == before:
            return
        dx, dy = scene.left - before.left, scene.top - before.top
        is_moved = scene == replace(before, left=scene.left, top=scene.top)
        is_near = abs(dx) < scene.size.width() and abs(dy) < scene.size.height()
        if is_moved and is_near and abs(dx - round(dx)) < _WHOLE and abs(dy - round(dy)) < _WHOLE:
            self._scroll(round(dx), round(dy))
        else:
            self.forget()

    def _scroll(self, dx: int, dy: int) -> None:
        for layer in self._layers:
            if not layer.is_there():
                layer.drawn = None
            elif layer.drawn is not None:
                layer.drawn.scroll(dx, dy, layer.drawn.rect())
                layer.stale = [area.translated(dx, dy) for area in layer.stale]
                layer.stale += _came_into_view(dx, dy, layer.drawn.size())


def _looked_at(layer: PictureLayer, below: QPixmap | None, scene: CanvasScene) -> QPixmap:
    """The picture of a layer as it is now."""
    areas, layer.stale = layer.stale, []
    if layer.drawn is None:
        layer.drawn = below.copy() if below else _empty(scene)
        _paint(layer, layer.drawn, layer.drawn.rect())
        return layer.drawn
    if len(areas) > _MOST_AREAS:
        areas = [QRect(*_around(areas))]
    for area in areas:
        area = area.intersected(layer.drawn.rect())
        if not area.isEmpty():
            _clear(layer.drawn, area, below, scene.ground)
            _paint(layer, layer.drawn, area)
    return layer.drawn


def _came_into_view(dx: int, dy: int, size: QSize) -> list[QRect]:
    """The strips at the border from which the image has moved away."""
    width, height = size.width(), size.height()
    beside = QRect(0 if dx > 0 else width + dx, 0, abs(dx), height)
    above = QRect(0, 0 if dy > 0 else height + dy, width, abs(dy))
    return [strip for strip in (beside, above) if not strip.isEmpty()]


def _around(areas: Sequence[QRect]) -> tuple[int, int, int, int]:
    left, top = min(area.left() for area in areas), min(area.top() for area in areas)
    right, bottom = max(area.right() for area in areas), max(area.bottom() for area in areas)
    return left, top, right - left + 1, bottom - top + 1


def _empty(scene: CanvasScene) -> QPixmap:
    pixmap = QPixmap(scene.size)
    pixmap.fill(QColor(scene.ground))
    pixmap.setDevicePixelRatio(scene.ratio)
    return pixmap


def _clear(drawn: QPixmap, area: QRect, below: QPixmap | None, ground: str) -> None:
    """Makes that area what lies below the layer."""
    painter = _painter(drawn)
    if below is None:
        painter.fillRect(area, QColor(ground))
    else:
        painter.drawPixmap(area, below, area)
    painter.end()


def _paint(layer: PictureLayer, drawn: QPixmap, area: QRect) -> None:
    painter = _painter(drawn)
    painter.setClipRect(area)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    layer.paint(painter, drawn.devicePixelRatio())
    painter.end()


def _painter(drawn: QPixmap) -> QPainter:
    """A painter in device pixels."""
    painter = QPainter(drawn)
    painter.scale(1 / drawn.devicePixelRatio(), 1 / drawn.devicePixelRatio())
    return painter
