"""Which format to read or write, what that format can hold, and what an export would leave out or left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
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
from app.formats.options import Value
from app.ui.dialogs.options import OptionsForm

_ROOM_PX = 14
Check = Callable[[Format, Callable[[Report], None], Mapping[str, Value]], None]
"""Exports to nowhere with these options, and tells what came of it."""


class FormatDialog(QDialog):
    """A list of all formats; accepted with the one that is `chosen`."""

    def __init__(self, title: str, action: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(QSize(480, 420))
        self.list = QListWidget(objectName="choices")
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
    """With the options of the chosen format, what would be written, and on demand what would be lost: the export is
    tried, and thrown away."""

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
        self._forms = {each.name: OptionsForm(each.options, self) for each in formats()}
        for place, form in enumerate(self._forms.values(), start=1):
            form.changed.connect(self.told.hide)
            self.column.insertWidget(place, form)
        self.column.insertWidget(len(self._forms) + 1, self._summary)
        self.column.insertWidget(len(self._forms) + 2, self.told)
        self.list.currentItemChanged.connect(lambda *_: self._show_options())
        self._show_options()

    @property
    def form(self) -> OptionsForm:
        """Of the chosen format; what was chosen for another one is still there when it is chosen again."""
        return self._forms[self.chosen.name]

    def _show_options(self) -> None:
        self.told.hide()
        for form in self._forms.values():
            form.setVisible(form is self.form and bool(form.values))

    def _try(self) -> None:
        each, options = self.chosen, self.form.values
        self.told.setPlainText(self.tr("Trying…"))
        self.told.show()
        self._check(each, lambda report: self._tell(each, options, report), options)

    def _tell(self, each: Format, options: Mapping[str, Value], report: Report) -> None:
        if each is self.chosen and options == self.form.values:
            lines = lines_of(report)
            self.told.setPlainText("\n".join(lines or [self.tr("Nothing: every object comes back as it is.")]))
        self.tried.emit()


class ReportDialog(QDialog):
    """What an import or export left out, to be read and copied while the work goes on."""

    def __init__(self, report: Report, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("What was left out"))
        self.resize(QSize(560, 420))
        self.told = QPlainTextEdit("\n".join(lines_of(report)), readOnly=True)
        self.told.setAccessibleName(self.windowTitle())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self.told, 1)
        column.addWidget(buttons)


def lines_of(report: Report) -> list[str]:
    """Sums first, then each object, class and image by name. Nothing when nothing was left out."""
    kinds = (
        (report.losses, _tr("{0}: lost for {1} objects")),
        (report.class_losses, _tr("{0}: lost for {1} classes")),
        (report.image_losses, _tr("{0}: lost for {1} images")),
    )
    sums = [text.format(what, number) for losses, text in kinds for what, number in losses.items()]
    return [*sums, *report.problems, *report.lost, *report.lost_beside]


def _tr(text: str) -> str:
    return QCoreApplication.translate("formats", text)
