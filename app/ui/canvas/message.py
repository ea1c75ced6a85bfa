"""The grey page that is shown instead of an image."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QWidget

from app.ui import theme


def paint_message(painter: QPainter, over: QWidget, title: str, text: str) -> None:
    """Paints a title and a text in the middle of the widget, in its font."""
    area = QRectF(over.rect()).adjusted(40, 0, -40, 0)
    font = QFont(over.font())
    font.setPointSizeF(font.pointSizeF() * 1.35)
    painter.setFont(font)
    painter.setPen(QColor(theme.colors().text))
    middle = area.center().y()
    painter.drawText(
        QRectF(area.left(), middle - 60, area.width(), 50),
        Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom,
        title,
    )
    painter.setFont(over.font())
    painter.setPen(QColor(theme.colors().muted))
    below = QRectF(area.left(), middle, area.width(), area.bottom() - middle)
    painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, text)
