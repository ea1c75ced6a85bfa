"""The bar over the canvas while photos of the project were replaced after they had been labelled."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from app.project.replaced import Replaced, told
from app.text import say
from app.ui.widgets.question_bar import QuestionBar

_MOST_NAMED = 3


class ReplacedBar(QuestionBar):
    """Names the photos, leads to each, and hears that they are right."""

    next_wanted = Signal()
    """To the next one."""
    accepted = Signal()
    """All of them are right as they are."""

    def __init__(self) -> None:
        self.photos: tuple[Replaced, ...] = ()
        """Those that the person has not said yet to be right."""
        self.show_next, self.right = QPushButton(), QPushButton()
        self.not_now = QPushButton(say("Not now"))
        super().__init__("warning", self.show_next, self.right, self.not_now)
        self.text.setWordWrap(True)
        self.show_next.clicked.connect(self.next_wanted)
        self.right.clicked.connect(self.accepted)
        self.not_now.clicked.connect(self.hide)

    @property
    def image_ids(self) -> tuple[int, ...]:
        """The ids of their images."""
        return tuple(each.image_id for each in self.photos)

    def ask(self, replaced: Sequence[Replaced], *, can_accept: bool) -> None:
        """Shows the photos, if there are any."""
        self.photos = tuple(replaced)
        sentence = " ".join(told(replaced, most=_MOST_NAMED))
        self.tell(say("{sentence} Do the masks still fit?", sentence=sentence))
        is_one = len(replaced) == 1
        self.show_next.setText(say("Show it") if is_one else say("Show the next"))
        self.right.setText(say("It is right") if is_one else say("All are right"))
        self.right.setToolTip(say("Masks of a photo that was made larger or smaller are scaled with it."))
        self.right.setVisible(can_accept)
        self.setVisible(bool(replaced))
