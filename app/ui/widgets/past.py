"""The bar over the canvas while the past is shown: which moment, what can be brought back, and the way to now."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from app.text import say, say_n
from app.ui.widgets.question_bar import QuestionBar


class PastBar(QuestionBar):
    """Tells which moment is shown; two buttons lead back to now."""

    bring_back_wanted = Signal()
    now_wanted = Signal()

    def __init__(self) -> None:
        self.bring_back = QPushButton()
        self.now = QPushButton(say("Back to now ({key:mask.discard})"))
        super().__init__("clock", self.bring_back, self.now)
        self.bring_back.clicked.connect(self.bring_back_wanted)
        self.now.clicked.connect(self.now_wanted)

    def show_moment(self, text: str, *, selected: int, can_bring_back: bool) -> None:
        """Shows the bar with a text about the moment looked at. selected: so many objects would be brought back; 0:
        all."""
        self.tell(text)
        self.bring_back.setText(_offer(selected))
        self.bring_back.setVisible(can_bring_back)
        goes = say("Objects that came later go. {key:edit.undo} takes it back.")
        self.bring_back.setToolTip("" if selected else goes)
        self.show()


def _offer(selected: int) -> str:
    if selected == 0:
        return say("Return to this ({key:history.bring_back})")
    return say_n(
        "Bring back the object ({key:history.bring_back})",
        "Bring back {n} objects ({key:history.bring_back})",
        selected,
    )
