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
    QListWidget,
    QListWidgetItem,
    QMenu,
    QWidget,
)

from app.project.records import Category
from app.ui.panels.panel import panel
from app.ui.panels.rows import ROW, Row, RowDelegate


class ClassesPanel(QWidget):
    chosen = Signal(int)
    added = Signal(str)
    renamed = Signal(int, str)
    recolored = Signal(int, str)
    deleted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.setAccessibleName(self.tr("Classes"))
        self.list.setItemDelegate(RowDelegate(self.list))
        self.list.setUniformItemSizes(True)
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
        self.list.blockSignals(True)
        self.list.clear()
        for number, category in enumerate(categories, start=1):
            self.list.addItem(self._item(category, number, counts[category.id], category.id == current))
            if category.id == current:
                self.list.setCurrentRow(number - 1)
        self.list.blockSignals(False)
        self._empty.setVisible(not categories)
        self.list.setVisible(bool(categories))

    def _item(self, category: Category, number: int, count: int, is_current: bool) -> QListWidgetItem:
        item = QListWidgetItem(category.name)
        key = str(number) if number <= 9 else ""
        item.setData(ROW, Row(category.id, category.name, category.color, str(count), key, selected=is_current))
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        pressed = self.tr("key {0}").format(key) if key else self.tr("no key")
        item.setToolTip(self.tr("{0} ({1}), {2} objects").format(category.name, pressed, count))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, item.toolTip())
        return item

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
