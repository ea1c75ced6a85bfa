"""Which format to read or write, what that format can hold, and what an export would leave out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.formats.base import Format, Report, formats

_ROOM_PX = 14
Check = Callable[[Format, Callable[[Report], None]], None]
"""Exports to nowhere, and tells what came of it."""


class FormatDialog(QDialog):
    """A list of all formats; accepted with the one that is `chosen`."""

    def __init__(self, title: str, action: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(QSize(480, 420))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Formats"))
        for each in formats():
            item = QListWidgetItem(f"{each.title}\n{self._described(each)}")
            item.setData(Qt.ItemDataRole.UserRole, each)
            item.setSizeHint(QSize(0, 2 * self.fontMetrics().height() + _ROOM_PX))
            self.list.addItem(item)
        self.list.setCurrentRow(next(i for i, each in enumerate(formats()) if each.name == "coco"))
        self.list.itemActivated.connect(self.accept)
        self._buttons = QDialogButtonBox()
        self._buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self._buttons.addButton(action, QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self.column = QVBoxLayout(self)
        self.column.addWidget(self.list, 1)
        self.column.addWidget(self._buttons)

    @property
    def chosen(self) -> Format:
        return self.list.currentItem().data(Qt.ItemDataRole.UserRole)

    def _described(self, each: Format) -> str:
        where = self.tr("a file {0}").format(f"*{each.suffix}") if each.suffix else self.tr("a folder")
        kept = self.tr("keeps every pixel") if each.lossless else self.tr("cannot hold every mask")
        return f"{where}, {kept}"


class ExportDialog(FormatDialog):
    """With what would be written, and on demand what would be lost: the export is tried, and thrown away."""

    tried = Signal()

    def __init__(self, counts: dict[str, int], check: Check, parent: QWidget) -> None:
        super().__init__(parent.tr("Export"), parent.tr("Export…"), parent)
        self._check = check
        summary = self.tr("To be written: {0} objects on {1} images, {2} classes.")
        self._summary = QLabel(summary.format(counts["annotation"], counts["image"], counts["category"]))
        self.told = QPlainTextEdit(readOnly=True)
        self.told.setAccessibleName(self.tr("What would be lost"))
        self.told.setMaximumHeight(110)
        self.told.hide()
        self.try_button = QPushButton(self.tr("What would be lost?"))
        self.try_button.clicked.connect(self._try)
        self._buttons.addButton(self.try_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.column.insertWidget(1, self._summary)
        self.column.insertWidget(2, self.told)
        self.list.currentItemChanged.connect(lambda *_: self.told.hide())

    def _try(self) -> None:
        each = self.chosen
        self.told.setPlainText(self.tr("Trying…"))
        self.told.show()
        self._check(each, lambda report: self._tell(each, report))

    def _loss(self, loss: tuple[str, int]) -> str:
        return self.tr("{0}: lost for {1} objects").format(*loss)

    def _tell(self, each: Format, report: Report) -> None:
        if each is self.chosen:
            losses = [*map(self._loss, report.losses.items()), *report.problems, *report.lost]
            self.told.setPlainText("\n".join(losses) or self.tr("Nothing: every object comes back as it is."))
        self.tried.emit()
