"""A label that is cut off with … when there is no room, and never asks for any."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from app.ui.plain import tooltip

GAP = "    "
"""Between the parts of a line that can do without its last ones, as hints."""


class ElidedLabel(QLabel):
    """One line of plain text. What is cut off is told by the tooltip."""

    def __init__(self, objectName: str = "") -> None:  # noqa: N803  as Qt calls it
        super().__init__(objectName=objectName)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("elided", True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            self._explain()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def _explain(self) -> None:
        self.setToolTip(tooltip(self.text()) if self._shown() != self.text() else "")

    def _shown(self) -> str:
        """Returns what there is room for. Of several parts the last are left out whole: half a word is no help."""
        text, room, metrics = self.text(), self.contentsRect().width(), self.fontMetrics()
        parts = text.split(GAP)
        for count in range(len(parts) - 1, 0, -1):
            if metrics.horizontalAdvance(text) <= room:
                return text
            text = GAP.join([*parts[:count], "…"])
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), self.alignment(), self._shown())
        painter.end()
