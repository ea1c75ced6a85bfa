"""The report that a person can send: shown whole before it is saved, so that they see what is in it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QProcess, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.problem import Problem
from app.support.bug_report import Situation, bug_report, save_report
from app.support.own_program import english_environment, own_command
from app.text import say
from app.ui.plain import plain
from app.ui.room import resize_within_screen

FILE = "maskwright-report.txt"
_Role = QDialogButtonBox.ButtonRole


class BugReportDialog(QDialog):
    """Shows the report while the computer is looked at, and saves or copies it. Nothing is sent."""

    def __init__(self, situation: Situation, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Save a report"))
        resize_within_screen(self, 720, 560)
        self._situation, self._examined = situation, ""
        what = say(
            "What the program is, what it runs on, its settings and the last lines of its log. Nothing is sent: "
            "save it, read it, and add it to a message about what went wrong."
        )
        self.names = QCheckBox(say("With the names of files, classes and persons"))
        self.names.setToolTip(say("Without them it is harder to find out what went wrong with a certain file"))
        self.names.toggled.connect(self._tell)
        self.told = QPlainTextEdit(readOnly=True, tabChangesFocus=True)
        self.told.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.told.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.told.setAccessibleName(self.windowTitle())
        self.told.setProperty("english", True)  # whoever mends the program reads it
        self.state = plain(QLabel(say("Looking at this computer…"), wordWrap=True))
        column = QVBoxLayout(self)
        for widget in (plain(QLabel(what, wordWrap=True)), self.names, self.told, self.state, self._buttons()):
            column.addWidget(widget, 1 if widget is self.told else 0)
        self._tell()
        self._examine()

    @property
    def text(self) -> str:
        """The report as it would be saved now."""
        return bug_report(self._examined, self._situation, names=self.names.isChecked())

    def save(self, path: Path) -> None:
        """Writes the report, and tells where it is or why not."""
        try:
            save_report(self.text, path)
            self.state.setText(say("The report is in {file}.", file=path))
        except Problem as problem:
            self.state.setText(str(problem))

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        save = buttons.addButton(say("Save…"), _Role.ActionRole)
        save.clicked.connect(self._ask)
        save.setDefault(True)
        copy = buttons.addButton(say("Copy"), _Role.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        return buttons

    def _ask(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, say("Save a report"), str(Path.home() / FILE), say("Text (*.txt)"))
        if name:
            self.save(Path(name))

    def _tell(self) -> None:
        at = self.told.verticalScrollBar().value()
        self.told.setPlainText(self.text)
        self.told.verticalScrollBar().setValue(at)

    def _examine(self) -> None:
        program, *arguments = own_command("doctor")
        self.process = QProcess(self)
        self.process.setEnvironment([f"{name}={value}" for name, value in english_environment().items()])
        self.process.finished.connect(self._found)
        self.process.errorOccurred.connect(self._found)
        self.process.start(program, arguments)

    def _found(self) -> None:
        self._examined = bytes(self.process.readAllStandardOutput().data()).decode("utf-8", "replace")
        self.state.setText("")
        self._tell()

    def done(self, result: int) -> None:
        """Closes it; what still looks at the computer ends."""
        self.process.finished.disconnect()
        self.process.errorOccurred.disconnect()
        self.process.kill()
        self.process.waitForFinished(1000)
        super().done(result)
