"""What an import or export left out, would leave out, or lost."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.formats.kit.describe import describe
from app.formats.kit.report import Report
from app.text import say
from app.ui.room import resize_within_screen


class ReportDialog(QDialog):
    """Shows a report, to be read and copied while the work goes on."""

    def __init__(self, file: Path, report: Report, parent: QWidget) -> None:
        """Builds the dialog that shows a whole report. file: the file or folder that was read or written."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Report on {file}", file=file.name))
        resize_within_screen(self, 560, 420)
        self.told = QPlainTextEdit("\n".join(lines_of(report)), readOnly=True, tabChangesFocus=True)
        self.told.setAccessibleName(self.windowTitle())
        self.where = QLabel(str(file), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self.where)
        column.addWidget(self.told, 1)
        column.addWidget(buttons)
        self.told.setFocus()


def lines_of(report: Report) -> list[str]:
    """Sums first, then each object, class and image by name."""
    told = describe(report)
    nothing = say("Nothing is left out or lost.")
    return [*told.sums, *(told.details or [nothing])]
