"""The cursors of the tools: a table from each kind to a shape of Qt, and a disc of any size."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPixmap

from app.labeling.tools.base import ToolCursor

SHAPES = {
    "cross": Qt.CursorShape.CrossCursor,
    "arrow": Qt.CursorShape.ArrowCursor,
    "hand": Qt.CursorShape.PointingHandCursor,
    "none": Qt.CursorShape.BlankCursor,
}
_LARGEST_PX = 60.0
"""The radius in points: systems refuse larger cursors, and a cross takes their place."""


def cursor_of(cursor: ToolCursor, ratio: float) -> QCursor:
    """Returns the cursor of a tool. ratio: device pixels per point of the screen."""
    if cursor.kind != "disc":
        return QCursor(SHAPES[cursor.kind])
    if not 1 <= cursor.radius_px <= _LARGEST_PX:
        return QCursor(Qt.CursorShape.CrossCursor)
    return QCursor(_disc(cursor.radius_px, ratio))


def _disc(radius: float, ratio: float) -> QPixmap:
    """White on dark, hot in its middle."""
    side = round((2 * radius + 4) * ratio)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    pixmap.setDevicePixelRatio(ratio)
    middle = side / ratio / 2
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, width in ((QColor(0, 0, 0, 160), 3.0), (QColor("#ffffff"), 1.2)):
        painter.setPen(QPen(color, width))
        painter.drawEllipse(QPointF(middle, middle), radius, radius)
    painter.end()
    return pixmap
