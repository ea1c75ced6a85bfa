"""How an image looks in a list: thumbnail, name, and a dot for its state."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui import theme
from app.ui.image_model import IS_SHOWN, NAME, RECORD, STATE, UNREADABLE, WAITS, folder_of

ROW_HEIGHT = 52
THUMBNAIL_PX = 40
_MARGIN_PX, _GAP_PX, _DOT_PX = 14, 10, 30
_LEAST_NAME_PX = 56
"""A row with less room than that for the name and the thumbnail does without the thumbnail."""
_SIGN_PX = 18
_CLOCK_PX = 12
_Index = QModelIndex | QPersistentModelIndex


class ImageDelegate(QStyledItemDelegate):
    """Paints one row: thumbnail, name and folder, status dot (colour and shape), a clock where a mask waits. It is as
    wide as the list."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, ROW_HEIGHT)  # with a width of its own, the dot would lie outside a narrower list

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.data(IS_SHOWN):
            self._paint_mark(painter, area)
        if option.state & QStyle.StateFlag.State_HasFocus:  # pyright: ignore[reportAttributeAccessIssue]
            painter.setPen(QColor(theme.colors().accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(4, 1, -5, -2), 7, 7)
        left = area.left() + _MARGIN_PX
        if area.width() >= _MARGIN_PX + THUMBNAIL_PX + _GAP_PX + _LEAST_NAME_PX + _DOT_PX:
            frame = QRect(left, area.top() + (ROW_HEIGHT - THUMBNAIL_PX) // 2, THUMBNAIL_PX, THUMBNAIL_PX)
            self._paint_picture(painter, frame, index)
            left = frame.right() + _GAP_PX
        self._paint_names(painter, QRect(left, area.top(), area.right() - _DOT_PX - left, area.height()), index)
        paint_dot(painter, area.right() - 18, area.center().y(), index.data(STATE))
        if index.data(WAITS):
            clock = theme.pixmap("clock", _CLOCK_PX, theme.colors().accent)
            painter.drawPixmap(area.right() - 18 - _CLOCK_PX // 2, area.center().y() + 8, clock)
        painter.restore()

    def _paint_mark(self, painter: QPainter, area: QRect) -> None:
        """The image on the canvas is marked."""
        colors = theme.colors()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.raised))
        painter.drawRoundedRect(area.adjusted(4, 1, -4, -1), 7, 7)
        painter.setBrush(QColor(colors.accent))
        painter.drawRoundedRect(QRect(area.left() + 4, area.top() + 12, 3, area.height() - 24), 1.5, 1.5)

    def _paint_names(self, painter: QPainter, area: QRect, index: _Index) -> None:
        """The name in two lines, where one is too short; the folder below it instead, if there is one."""
        colors, metrics = theme.colors(), painter.fontMetrics()
        folder, lines = folder_of(index.data(RECORD)), shown_lines(index, metrics, area.width())
        line = QRect(area.left(), 0, area.width(), metrics.height())
        line.moveTop(area.center().y() - metrics.height() * len(lines) // 2)
        painter.setPen(QColor(colors.text))
        for number, text in enumerate(lines):
            if folder and number:
                painter.setPen(QColor(colors.muted))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            line.translate(0, metrics.height())

    def _paint_picture(self, painter: QPainter, frame: QRect, index: _Index) -> None:
        self._paint_thumbnail(painter, frame, index.data(Qt.ItemDataRole.DecorationRole))
        if index.data(UNREADABLE):
            sign = frame.center() - QPoint(_SIGN_PX // 2, _SIGN_PX // 2)
            painter.drawPixmap(sign, theme.pixmap("warning", _SIGN_PX, theme.colors().busy))

    def _paint_thumbnail(self, painter: QPainter, frame: QRect, thumbnail: QPixmap | None) -> None:
        if thumbnail is None:
            painter.fillRect(frame, QColor(theme.colors().raised))
            return
        side = min(thumbnail.width(), thumbnail.height())
        crop = QRect((thumbnail.width() - side) // 2, (thumbnail.height() - side) // 2, side, side)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(frame, thumbnail, crop)


def shown_lines(index: _Index, metrics: QFontMetrics, room: int) -> Sequence[str]:
    """Returns what is seen of an image's name and folder in so many points: one line, or two."""
    name, folder = index.data(NAME), folder_of(index.data(RECORD))

    def fits(text: str) -> bool:
        return metrics.horizontalAdvance(text) <= room

    if not folder:
        return name.lines(fits)
    return name.shortened(fits), metrics.elidedText(folder, Qt.TextElideMode.ElideLeft, room)


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
