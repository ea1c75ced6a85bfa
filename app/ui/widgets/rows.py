"""The lists of the side panels: one look for their rows (key, colour, name, detail, icon), one way to show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app.ui import theme
from app.ui.plain import tooltip

ROW = Qt.ItemDataRole.UserRole
"""Item data: the Row to paint."""
ROW_HEIGHT = 34
ICON_WIDTH = 30
_KEY_WIDTH = 12
"""Of a digit; longer ones get what they need."""
_LEAST_NAME_PX = 34
"""Where the name would have less room, the detail makes way."""
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class ListRow:
    """Holds what is seen of one row."""

    id: int
    name: str
    color: str
    detail: str = ""
    key: str = ""
    """The key that chooses it, shown in front."""
    icon: str = ""
    muted: bool = False
    selected: bool = False


class RowDelegate(QStyledItemDelegate):
    """Paints a ListRow."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, ROW_HEIGHT)  # as wide as the list: what is at its right end never lies outside

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: ListRow = index.data(ROW)
        colors = theme.colors()
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        focused = option.state & QStyle.StateFlag.State_HasFocus  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.selected or focused:
            painter.setPen(QColor(colors.accent) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.raised))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 6, 6)
        left = area.left() + 10
        if row.key:
            painter.setPen(QColor(colors.muted))
            width = max(_KEY_WIDTH, painter.fontMetrics().horizontalAdvance(row.key))
            painter.drawText(QRect(left, area.top(), width, area.height()), Qt.AlignmentFlag.AlignCenter, row.key)
            left += width + 8
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(row.color))
        painter.drawRoundedRect(QRect(left, area.center().y() - 6, 13, 13), 4, 4)
        right = area.right() - (ICON_WIDTH if row.icon else 8)
        self._paint_texts(painter, QRect(left + 22, area.top(), right - left - 22, area.height()), row)
        if row.icon:
            painter.drawPixmap(right + 8, area.center().y() - 7, theme.pixmap(row.icon, 16, colors.muted))
        painter.restore()

    def _paint_texts(self, painter: QPainter, area: QRect, row: ListRow) -> None:
        colors, metrics = theme.colors(), painter.fontMetrics()
        room = area.width() - metrics.horizontalAdvance(row.detail) - 10
        has_detail = room >= _LEAST_NAME_PX
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, room if has_detail else area.width())
        painter.setPen(QColor(colors.muted if row.muted else colors.text))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        if has_detail:
            painter.setPen(QColor(colors.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, row.detail)


def left_to_commands(event: QKeyEvent) -> bool:
    """Ignores a key that writes something, or copies, and returns True: in a list letters are commands and no search,
    and to copy means the objects and not the words of a row."""
    writes = bool(event.text()) and event.text().isprintable()
    is_command = writes or event.matches(QKeySequence.StandardKey.Copy)
    if is_command:
        event.ignore()
    return is_command


class UniformList(QListView):
    """Shows rows that never change their size.

    When one is different it is painted again, while Qt's own would lay out all of them, thousands perhaps.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click must not take the keyboard away from the canvas

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not left_to_commands(event):
            super().keyPressEvent(event)

    def dataChanged(self, topLeft: _Index, bottomRight: _Index, roles: Sequence[int] = ()) -> None:  # noqa: N803
        QAbstractItemView.dataChanged(self, topLeft, bottomRight, roles)


def asked_row(view: QListView, event: QContextMenuEvent) -> tuple[QModelIndex, QPoint]:
    """Returns the row that a menu is asked of, and where on the screen it belongs: the row under the mouse; the current
    one, where a key asks."""
    if event.reason() != QContextMenuEvent.Reason.Keyboard:
        return view.indexAt(event.pos()), event.globalPos()
    index = view.currentIndex()
    return index, view.viewport().mapToGlobal(view.visualRect(index).center())


class RowList(QListWidget):
    """Lists ListRows. A click does not take the keyboard away from the canvas; Tab and F6 come here."""

    def __init__(self, name: str, *, editable: bool = False) -> None:
        super().__init__()
        self._editable = editable
        self.setItemDelegate(RowDelegate(self))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not left_to_commands(event):
            super().keyPressEvent(event)

    def show_rows(self, rows: Sequence[ListRow], describe: Callable[[ListRow], str]) -> None:
        """Takes the place of all rows; what is as it was is kept.

        Rebuilding the items would lose the place one has scrolled to and close the editor one is typing in.
        `describe` gives the tooltip and the words for a screen reader.
        """
        self.blockSignals(True)
        while self.count() > len(rows):
            self.takeItem(self.count() - 1)
        for at, row in enumerate(rows):
            item = self.item(at)
            if item is None:
                item = QListWidgetItem()
                self.addItem(item)
            before = item.data(ROW)
            if before != row or item.text() != row.name:
                self._fill(item, row, describe(row))
            if row.selected and not (before and before.selected and before.id == row.id):
                self.setCurrentItem(item)
        if not any(row.selected for row in rows):
            self.setCurrentRow(-1)
        self.blockSignals(False)
        self.setVisible(bool(rows))

    def _fill(self, item: QListWidgetItem, row: ListRow, description: str) -> None:
        item.setText(row.name)
        item.setData(ROW, row)
        item.setToolTip(tooltip(description))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, description)
        if self._editable:
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
