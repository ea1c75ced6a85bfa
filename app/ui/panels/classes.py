"""The classes of the project: digit, colour, name, number of objects. Typing a new name makes a class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QLabel,
    QLineEdit,
    QListWidgetItem,
    QMenu,
    QWidget,
)

from app.project.records import Category
from app.ui.widgets.frame import panel
from app.ui.widgets.rows import ROW, ListRow, RowList


class ClassesPanel(QWidget):
    chosen = Signal(int)
    added = Signal(str)
    renamed = Signal(int, str)
    recolored = Signal(int, str)
    deleted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.list = RowList(self.tr("Classes"), editable=True)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._open_menu)
        self.list.itemChanged.connect(self._renamed)
        self.list.itemClicked.connect(lambda item: self.chosen.emit(item.data(ROW).id))
        self.list.itemActivated.connect(lambda item: self.chosen.emit(item.data(ROW).id))
        self._empty = QLabel(self.tr("No classes yet. Type a name above, or just accept a mask."), objectName="muted")
        self.new_name = QLineEdit(placeholderText=self.tr("New class, then Enter"))
        self.new_name.setAccessibleName(self.tr("Name of a new class"))
        self.new_name.returnPressed.connect(self._add)
        panel(self, self.tr("Classes"), self.new_name, self._empty, self.list)

    def show_classes(self, categories: Sequence[Category], counts: Counter[int | None], current: int | None) -> None:
        keys = [str(number) if number <= 9 else "" for number in range(1, len(categories) + 1)]
        rows = [
            ListRow(c.id, c.name, c.color, str(counts[c.id]), key, selected=c.id == current)
            for c, key in zip(categories, keys, strict=True)
        ]
        self.list.show_rows(rows, self._description)
        self._empty.setVisible(not rows)

    def _description(self, row: ListRow) -> str:
        pressed = self.tr("key {0}").format(row.key) if row.key else self.tr("no key")
        return self.tr("{0} ({1}), {2} objects").format(row.name, pressed, row.detail)

    def _add(self) -> None:
        name = self.new_name.text().strip()
        if name:
            self.new_name.clear()
            self.added.emit(name)

    def _renamed(self, item: QListWidgetItem) -> None:
        self.renamed.emit(item.data(ROW).id, item.text().strip())

    def _open_menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        if item is None:
            return
        menu = QMenu(self)
        menu.addAction(self.tr("Rename")).triggered.connect(lambda: self.list.editItem(item))
        menu.addAction(self.tr("Change colour…")).triggered.connect(lambda: self._recolor(item.data(ROW).id))
        menu.addAction(self.tr("Delete")).triggered.connect(lambda: self.deleted.emit(item.data(ROW).id))
        menu.exec(self.list.mapToGlobal(at))

    def _recolor(self, category_id: int) -> None:
        color = QColorDialog.getColor(QColor("#4fd1bd"), self, self.tr("Colour of the class"))
        if color.isValid():
            self.recolored.emit(category_id, color.name())
