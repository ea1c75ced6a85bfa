"""What an import or export left out, would leave out, or lost."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.formats.kit.describe import describe, save_list
from app.formats.kit.report import Report
from app.problem import Problem
from app.text import say
from app.ui.plain import plain
from app.ui.room import resize_within_screen


class ReportDialog(QDialog):
    """Shows a report, to be read and copied while the work goes on: a line for each kind, or for each thing."""

    def __init__(self, file: Path, report: Report, parent: QWidget) -> None:
        """The file, or folder, was read or written."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Report on {file}", file=file.name))
        resize_within_screen(self, 560, 420)
        self._file, self._report = file, report
        self.told = QPlainTextEdit(readOnly=True, tabChangesFocus=True)
        self.told.setAccessibleName(self.windowTitle())
        self.where = QLabel(str(file), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        self.each = each_button(buttons)
        self.each.toggled.connect(self._tell)
        copy = buttons.addButton(say("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip(say("Copies the report with each thing in a line of its own"))
        copy.clicked.connect(self._copy)
        save = buttons.addButton(say("Save list…"), QDialogButtonBox.ButtonRole.ActionRole)
        save.setToolTip(say("Writes every object, class and image by name into a text file"))
        save.clicked.connect(self._save)
        column = QVBoxLayout(self)
        column.addWidget(self.where)
        column.addWidget(self.told, 1)
        self.saved = plain(QLabel(wordWrap=True, visible=False))
        column.addWidget(self.saved)
        column.addWidget(buttons)
        self._tell()
        self.told.setFocus()

    def _tell(self) -> None:
        self.told.setPlainText("\n".join(lines_of(self._report, each=self.each.isChecked())))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join([self.where.text(), *lines_of(self._report, each=True)]))

    def _save(self) -> None:
        suggested = self._file.with_name(f"{self._file.stem}-report.txt")
        name, _ = QFileDialog.getSaveFileName(self, say("Save list"), str(suggested), say("Text (*.txt)"))
        if not name:
            return
        try:
            save_list(self._report, Path(name), str(self._file))
            self.saved.setText(say("The list is in {file}.", file=name))
        except Problem as problem:
            self.saved.setText(str(problem))
        self.saved.show()


def each_button(buttons: QDialogButtonBox) -> QPushButton:
    """Adds the button that switches between a line for each kind and one for each thing."""
    button = buttons.addButton(say("Each in a line"), QDialogButtonBox.ButtonRole.ActionRole)
    button.setCheckable(True)
    button.setAutoDefault(False)
    button.setToolTip(say("Tells each object, class and image by name, not only how many of a kind"))
    return button


def lines_of(report: Report, *, each: bool) -> list[str]:
    """Sums first, then each kind of what was left out or lost; or each object, class and image by name."""
    told = describe(report)
    nothing = say("Nothing is left out or lost.")
    return [*told.sums, *((told.details if each else told.kinds) or [nothing])]
