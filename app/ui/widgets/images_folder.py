"""The bar over the canvas while it is not known whether the images of the project may be looked at."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy

from app.project.whereabouts import Whereabouts
from app.text import say
from app.ui import theme
from app.ui.plain import plain, tooltip


class ImagesFolderBar(QFrame):
    """Asks whether the images may be looked at where the project says they are."""

    agreed = Signal()
    """The person knows the folder that the project names."""
    choose_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(objectName="past")
        self._icon = QLabel()
        self.text = plain(QLabel())
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.text.setWordWrap(True)  # who agrees has seen all of the path
        self.look = QPushButton(say("Look there"))
        self.choose = QPushButton(say("Choose another folder…"))
        self.not_now = QPushButton(say("Not now"))
        self.look.clicked.connect(self.agreed)
        self.choose.clicked.connect(self.choose_wanted)
        self.not_now.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        for button in (self.look, self.choose, self.not_now):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        self.hide()

    def ask(self, whereabouts: Whereabouts, *, can_choose: bool) -> None:
        """Shows the question, if there is one. can_choose: another folder can be kept in the project."""
        question = whereabouts.question
        self.text.setText(_breakable(question))
        self.text.setToolTip(tooltip(question))
        self.setAccessibleName(question)
        self.look.setVisible(whereabouts.is_possible)
        self.choose.setVisible(can_choose)
        self.dress()
        self.setVisible(bool(question))

    def dress(self) -> None:
        """Draws the icon in the colours of the theme."""
        self._icon.setPixmap(theme.pixmap("folder", 16, theme.colors().busy))


def _breakable(text: str) -> str:
    """Returns a path with a place to begin a new line behind each folder."""
    return text.replace("/", "/\u200b").replace("\\", "\\\u200b")
