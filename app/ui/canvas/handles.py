"""Paints the vertices of outlines, thousands of them, without a Python loop over those out of view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.labeling.tools.overlay import VerticesShape
from app.ui.canvas.paths import edges_path
from app.ui.canvas.viewport import Viewport

SHADE = QColor(0, 0, 0, 160)
WHITE = QColor("#ffffff")
_HALF = 3.5
"""Half the side of a handle, in points."""
_APART = 9.0
"""Of handles that lie closer only one is painted, in points: a ragged outline is still to be seen."""


def paint_vertices(painter: QPainter, shape: VerticesShape, viewport: Viewport, unit: float, color: QColor) -> None:
    """Paints edges and handles in view, the chosen ones on top in that colour. unit: device pixels per point."""
    at = shape.points * viewport.scale + (viewport.left, viewport.top)
    size = np.array([viewport.view_width, viewport.view_height])
    _paint_edges(painter, at, at[shape.following], size, unit)
    is_seen = ((at > -_HALF * unit) & (at < size + _HALF * unit)).all(axis=1)
    is_chosen = np.zeros(len(at), np.bool_)
    is_chosen[list(shape.chosen)] = True
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(SHADE, unit))
    painter.setBrush(WHITE)
    painter.drawRects(_squares(_apart(at[is_seen & ~is_chosen], _APART * unit), _HALF * unit))
    painter.setPen(QPen(WHITE, unit))
    painter.setBrush(color)
    painter.drawRects(_squares(at[is_seen & is_chosen], (_HALF + 1) * unit))
    painter.restore()


def _paint_edges(
    painter: QPainter, a: NDArray[np.float64], b: NDArray[np.float64], size: NDArray[np.int64], unit: float
) -> None:
    is_seen = ((np.maximum(a, b) >= 0) & (np.minimum(a, b) <= size)).all(axis=1)
    path = edges_path(np.concatenate([a[is_seen], b[is_seen]], axis=1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((SHADE, 3.0), (WHITE, 1.0)):
        painter.strokePath(path, QPen(color, width * unit))


def _apart(at: NDArray[np.float64], distance: float) -> NDArray[np.float64]:
    """The first of those in each square of a grid."""
    cells = np.floor(at / distance).astype(np.int64)
    _, first = np.unique(cells[:, 0] << 32 | (cells[:, 1] + (1 << 16)), return_index=True)
    return at[first]


def _squares(at: NDArray[np.float64], half: float) -> list[QRectF]:
    return [QRectF(x, y, 2 * half, 2 * half) for x, y in np.rint(at - half).tolist()]
