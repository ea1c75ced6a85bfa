"""How an image looks in a list: thumbnail, name, and a dot for its state."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui import theme
from app.ui.image_model import STATE, UNREADABLE

ROW_HEIGHT = 52
THUMBNAIL_PX = 40
_SIGN_PX = 18
_Index = QModelIndex | QPersistentModelIndex


class ImageDelegate(QStyledItemDelegate):
    """Paints one row: thumbnail, name, number of objects, status dot (colour and shape)."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(160, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        colors = theme.colors()
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)  # pyright: ignore[reportAttributeAccessIssue]
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.raised))
            painter.drawRoundedRect(area.adjusted(4, 1, -4, -1), 7, 7)
            painter.setBrush(QColor(colors.accent))
            painter.drawRoundedRect(QRect(area.left() + 4, area.top() + 12, 3, area.height() - 24), 1.5, 1.5)
        frame = QRect(area.left() + 16, area.top() + (ROW_HEIGHT - THUMBNAIL_PX) // 2, THUMBNAIL_PX, THUMBNAIL_PX)
        self._paint_thumbnail(painter, frame, index.data(Qt.ItemDataRole.DecorationRole))
        if index.data(UNREADABLE):
            sign = frame.center() - QPoint(_SIGN_PX // 2, _SIGN_PX // 2)
            painter.drawPixmap(sign, theme.pixmap("warning", _SIGN_PX, colors.busy))
        name_area = area.adjusted(16 + THUMBNAIL_PX + 10, 0, -34, 0)
        name = index.data().rsplit("/", 1)[-1]
        painter.setPen(QColor(colors.text))
        elided = option.fontMetrics.elidedText(name, Qt.TextElideMode.ElideMiddle, name_area.width())  # pyright: ignore[reportAttributeAccessIssue]
        painter.drawText(name_area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
        paint_dot(painter, area.right() - 20, area.center().y(), index.data(STATE))
        painter.restore()

    def _paint_thumbnail(self, painter: QPainter, frame: QRect, thumbnail: QPixmap | None) -> None:
        if thumbnail is None:
            painter.fillRect(frame, QColor(theme.colors().raised))
            return
        side = min(thumbnail.width(), thumbnail.height())
        crop = QRect((thumbnail.width() - side) // 2, (thumbnail.height() - side) // 2, side, side)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(frame, thumbnail, crop)


def paint_dot(painter: QPainter, x: float, y: float, state: str) -> None:
    """Paints the state of an image around a point.

    untouched: ring; ready: ring with a point; started: half; done: full disc with a tick; review: triangle.
    """
    colors = theme.colors()
    painter.save()
    painter.translate(x, y)
    color = {"done": colors.good, "started": colors.accent, "review": colors.busy}.get(state, colors.muted)
    painter.setPen(QPen(QColor(color), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state == "review":
        painter.drawPixmap(-8, -8, theme.pixmap("warning", 16, color))
    else:
        painter.drawEllipse(-5, -5, 10, 10)
        painter.setBrush(QColor(color))
        if state == "done":
            painter.drawEllipse(-5, -5, 10, 10)
            painter.setPen(QPen(QColor(colors.panel), 1.6))
            painter.drawPolyline([QPointF(-2.5, 0), QPointF(-0.7, 2), QPointF(2.7, -2)])
        elif state == "started":
            painter.drawPie(-5, -5, 10, 10, 90 * 16, 180 * 16)
        elif state == "ready":
            painter.drawEllipse(-2, -2, 4, 4)
    painter.restore()
