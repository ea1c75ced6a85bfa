"""Which format to read or write."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.formats.kit.format import Format
from app.formats.registry import formats
from app.text import say
from app.ui.dialogs.until_closed import until_closed
from app.ui.room import resize_within_screen

_ROOM_PX = 14


@dataclass(frozen=True)
class ImportChoice:
    """What an import reads: a file or a folder, of a format or of the one that its content tells."""

    format: Format | None
    is_folder: bool
    text: str


class FormatDialog(QDialog):
    """Lists all formats; accepted with the one that is `chosen`."""

    def __init__(self, title: str, action: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        resize_within_screen(self, 480, 420)
        self.list = _Choices(objectName="choices")
        self.list.setAccessibleName(say("Formats"))
        for each in formats():
            self.list.addItem(self._item(f"{each.title}\n{self._described(each)}", each))
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

    def _item(self, text: str, data: object) -> QListWidgetItem:
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, data)
        item.setSizeHint(QSize(0, 2 * self.fontMetrics().height() + _ROOM_PX))
        return item

    def _described(self, each: Format) -> str:
        return say("a file {what}", what=f"*{each.suffix}") if each.suffix else say("a folder")


class ImportDialog(FormatDialog):
    """Offers a file or a folder whose content tells the format, and then all formats."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(say("Import"), say("Import…"), parent)
        any_file = ImportChoice(None, False, say("A file"))
        any_folder = ImportChoice(None, True, say("A folder"))
        for row, choice in enumerate((any_file, any_folder)):
            self.list.insertItem(row, self._item(f"{choice.text}\n{say('its content tells the format')}", choice))
        self.list.setCurrentRow(0)

    @property
    def choice(self) -> ImportChoice:
        """What is marked."""
        marked = self.list.currentItem().data(Qt.ItemDataRole.UserRole)
        return marked if isinstance(marked, ImportChoice) else ImportChoice(marked, not marked.suffix, marked.title)


class _Choices(QListWidget):
    """Shows the current one even when there is less room than before.

    What is chosen may change the room of the list while the button is still down: then another row lies under it, which
    is not meant.
    """

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons():
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self.currentItem() is not None:
            self.currentItem().setSelected(True)  # let go beside it, it would be chosen and not marked

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scrollToItem(self.currentItem())


def ask_what_to_import(parent: QWidget) -> ImportChoice | None:
    """Asks what an import reads. Returns None if the person thought better of it."""
    with until_closed(ImportDialog(parent)) as dialog:
        return dialog.choice if dialog.exec() else None
