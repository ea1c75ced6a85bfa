"""The accepted objects of the image on the canvas: colour, class, score; choose, hide, delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.ui import theme
from app.ui.panels.panel import panel

_ROW = Qt.ItemDataRole.UserRole
_HEIGHT = 34
_EYE_WIDTH = 30


@dataclass(frozen=True)
class ObjectRow:
    id: int
    name: str
    color: str
    detail: str
    """Score, size: what is worth a glance."""
    hidden: bool
    selected: bool


class ObjectsPanel(QWidget):
    chosen = Signal(int)
    hide_toggled = Signal(int)
    resumed = Signal(int)
    delete_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.list = _ObjectList()
        self.list.setItemDelegate(_ObjectDelegate(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.setAccessibleName(self.tr("Objects on this image"))
        self.list.setUniformItemSizes(True)
        self.list.eye_clicked.connect(self.hide_toggled)
        self.list.itemClicked.connect(lambda item: self.chosen.emit(item.data(_ROW).id))
        self.list.itemDoubleClicked.connect(lambda item: self.resumed.emit(item.data(_ROW).id))
        self.list.delete_pressed.connect(self.delete_wanted)
        self.list.chosen_by_key.connect(self.chosen)
        self._empty = QLabel(self.tr("Click a thing in the image, then press Enter."), objectName="muted")
        self._empty.setWordWrap(True)
        panel(self, self.tr("Objects on this image"), [self._empty, self.list])

    def show_objects(self, rows: Sequence[ObjectRow]) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for row in rows:
            item = QListWidgetItem()
            item.setData(_ROW, row)
            hidden = self.tr(", hidden") if row.hidden else ""
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row.name}, {row.detail}{hidden}")
            item.setToolTip(f"{row.name}, {row.detail}{hidden}")
            self.list.addItem(item)
            if row.selected:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self._empty.setVisible(not rows)
        self.list.setVisible(bool(rows))


class _ObjectList(QListWidget):
    eye_clicked = Signal(int)
    delete_pressed = Signal()
    chosen_by_key = Signal(int)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if item is not None and event.position().x() > self.viewport().width() - _EYE_WIDTH:
            self.eye_clicked.emit(item.data(_ROW).id)
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
            self.chosen_by_key.emit(item.data(_ROW).id)


class _ObjectDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, _HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: ObjectRow = index.data(_ROW)
        colors = theme.colors()
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if row.selected or option.state & QStyle.StateFlag.State_HasFocus:  # pyright: ignore[reportAttributeAccessIssue]
            painter.setBrush(QColor(colors.raised))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), 6, 6)
        painter.setBrush(QColor(row.color))
        painter.drawRoundedRect(QRect(area.left() + 8, area.center().y() - 6, 13, 13), 4, 4)
        painter.setPen(QColor(colors.muted if row.hidden else colors.text))
        text_area = area.adjusted(30, 0, -_EYE_WIDTH - 4, 0)
        align = Qt.AlignmentFlag.AlignVCenter
        detail_width = option.fontMetrics.horizontalAdvance(row.detail)  # pyright: ignore[reportAttributeAccessIssue]
        elide = option.fontMetrics.elidedText  # pyright: ignore[reportAttributeAccessIssue]
        name = elide(row.name, Qt.TextElideMode.ElideRight, text_area.width() - detail_width - 10)
        painter.drawText(text_area, align | Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(QColor(colors.muted))
        painter.drawText(text_area, align | Qt.AlignmentFlag.AlignRight, row.detail)
        eye = theme.pixmap("eye-off" if row.hidden else "eye", 16, colors.muted)
        painter.drawPixmap(area.right() - _EYE_WIDTH + 8, area.center().y() - 7, eye)
        painter.restore()
