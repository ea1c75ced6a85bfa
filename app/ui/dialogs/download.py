"""A download that failed: why, and what is needed to fetch the file by hand, to be copied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.problem import Problem
from app.sam.address import url_of
from app.sam.catalog import Model, path_of
from app.text import say
from app.ui.plain import plain
from app.ui.room import resize_within_screen


class DownloadDialog(QDialog):
    """Stays until it is closed, beside the work: it does not take the keyboard."""

    again_wanted = Signal()

    def __init__(self, model: Model, sentence: str, parent: QWidget) -> None:
        """Shows why the download failed, which the sentence tells."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle(say("Download of {model}", model=model.title))
        self.sentence = plain(QLabel(sentence, wordWrap=True))
        self.sentence.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        facts = QGridLayout()
        facts.setHorizontalSpacing(10)
        self.fields: list[QLineEdit] = []
        for row, (label, copy, text) in enumerate(_facts(model)):
            for place, widget in enumerate((QLabel(label), *self._field(label, copy, text))):
                facts.addWidget(widget, row, place)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        again = buttons.addButton(say("Try again"), QDialogButtonBox.ButtonRole.ActionRole)
        again.clicked.connect(self._try_again)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addWidget(self.sentence)
        column.addLayout(facts)
        column.addWidget(buttons)
        resize_within_screen(self, 620, self.sizeHint().height())

    def _field(self, label: str, copy: str, text: str) -> tuple[QLineEdit, QPushButton]:
        """A field that cannot be changed, shown from its beginning, with a button that copies it."""
        field = QLineEdit(text, readOnly=True)
        field.setAccessibleName(label)
        field.setCursorPosition(0)
        button = QPushButton(say("Copy"), autoDefault=False)
        button.setAccessibleName(copy)
        button.setToolTip(copy)
        button.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        self.fields.append(field)
        return field, button

    def _try_again(self) -> None:
        self.close()
        self.again_wanted.emit()


def _facts(model: Model) -> Sequence[tuple[str, str, str]]:
    """Returns what the file is fetched by hand with: each with its name and what copies it."""
    target = path_of(model)
    facts = [
        (say("Put it into the folder"), say("Copy the folder"), str(target.parent)),
        (say("Under the name"), say("Copy the name"), target.name),
    ]
    try:
        return [(say("Address of the file"), say("Copy the address"), url_of(model)), *facts]
    except Problem:  # the mirror that was chosen has no address, as the sentence tells
        return facts
