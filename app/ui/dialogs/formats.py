"""Which format to read or write."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.formats.kit.format import Format
from app.formats.registry import formats
from app.text import say
from app.ui.room import resize_within_screen

_ROOM_PX = 14


class FormatDialog(QDialog):
    """Lists all formats; accepted with the one that is `chosen`."""

    def __init__(self, title: str, action: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        resize_within_screen(self, 480, 420)
        self.list = _Choices(objectName="choices")
        self.list.setAccessibleName(say("Formats"))
        for each in formats():
            item = QListWidgetItem(f"{each.title}\n{self._described(each)}")
            item.setData(Qt.ItemDataRole.UserRole, each)
            item.setSizeHint(QSize(0, 2 * self.fontMetrics().height() + _ROOM_PX))
            self.list.addItem(item)
        self.list.setCurrentRow(next(i for i, each in enumerate(formats()) if each.name == "coco"))
        self.list.itemActivated.connect(self.accept)
        self.buttons = QDialogButtonBox()
        self.buttons.addButton(say("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.addButton(action, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.column = QVBoxLayout(self)
        self.column.addWidget(self.list, 1)
        self.column.addWidget(self.buttons)

    @property
    def chosen(self) -> Format:
        """The format that is marked."""
        return self.list.currentItem().data(Qt.ItemDataRole.UserRole)

    def _described(self, each: Format) -> str:
        return say("a file {what}", what=f"*{each.suffix}") if each.suffix else say("a folder")


class _Choices(QListWidget):
    """Shows the current one even when there is less room than before."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scrollToItem(self.currentItem())


def ask_format(parent: QWidget) -> Format | None:
    """Asks for the format of an import. Returns None if the person thought better of it."""
    dialog = FormatDialog(say("Import"), say("Import…"), parent)
    try:
        return dialog.chosen if dialog.exec() else None
    finally:
        dialog.deleteLater()
