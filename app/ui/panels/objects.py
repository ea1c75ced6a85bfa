"""The accepted objects of the image on the canvas: colour, class, score; choose, hide, delete."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.ui.panels.panel import panel
from app.ui.panels.rows import ICON_WIDTH, ROW, Row, RowList


class ObjectsPanel(QWidget):
    chosen = Signal(int)
    hide_toggled = Signal(int)
    resumed = Signal(int)
    delete_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.list = _ObjectList(self.tr("Objects on this image"))
        self.list.eye_clicked.connect(self.hide_toggled)
        self.list.itemClicked.connect(lambda item: self.chosen.emit(item.data(ROW).id))
        self.list.itemDoubleClicked.connect(lambda item: self.resumed.emit(item.data(ROW).id))
        self.list.delete_pressed.connect(self.delete_wanted)
        self.list.chosen_by_key.connect(self.chosen)
        self._empty = QLabel(self.tr("Click a thing in the image, then press Enter."), objectName="muted")
        panel(self, self.tr("Objects on this image"), self._empty, self.list)

    def show_objects(self, rows: Sequence[Row]) -> None:
        self.list.show_rows(rows, self._description)
        self._empty.setVisible(not rows)

    def _description(self, row: Row) -> str:
        return f"{row.name}, {row.detail}" + (self.tr(", hidden") if row.muted else "")


class _ObjectList(RowList):
    eye_clicked = Signal(int)
    delete_pressed = Signal()
    chosen_by_key = Signal(int)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if item is not None and event.position().x() > self.viewport().width() - ICON_WIDTH:
            self.eye_clicked.emit(item.data(ROW).id)
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow keys walk through the objects; Delete deletes."""
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
            return
        before = self.currentRow()
        super().keyPressEvent(event)
        item = self.currentItem()
        if item is not None and self.currentRow() != before:
            self.chosen_by_key.emit(item.data(ROW).id)
