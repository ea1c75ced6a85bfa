"""The bar over the canvas while it is not known whether the images of the project may be looked at."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from app.project.whereabouts import Whereabouts
from app.text import say
from app.ui.widgets.question_bar import QuestionBar


class ImagesFolderBar(QuestionBar):
    """Asks whether the images may be looked at where the project says they are."""

    agreed = Signal()
    """The person knows the folder that the project names."""
    choose_wanted = Signal()

    def __init__(self) -> None:
        self.look = QPushButton(say("Look there"))
        self.choose = QPushButton(say("Choose another folder…"))
        self.not_now = QPushButton(say("Not now"))
        super().__init__("folder", self.look, self.choose, self.not_now)
        self.text.setWordWrap(True)  # who agrees has seen all of the path
        self.look.clicked.connect(self.agreed)
        self.choose.clicked.connect(self.choose_wanted)
        self.not_now.clicked.connect(self.hide)

    def ask(self, whereabouts: Whereabouts, *, can_choose: bool) -> None:
        """Shows the question, if there is one. can_choose: another folder can be kept in the project."""
        question = whereabouts.question
        self.tell(question, _breakable(question))
        self.look.setVisible(whereabouts.is_possible)
        self.choose.setVisible(can_choose)
        self.setVisible(bool(question))


def _breakable(text: str) -> str:
    """Returns a path with a place to begin a new line behind each folder."""
    return text.replace("/", "/\u200b").replace("\\", "\\\u200b")
