"""The bar over the canvas while the past is shown: which moment, what can be brought back, and the way to now."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy

from app.text import say, say_n
from app.ui import theme
from app.ui.plain import plain, tooltip


class PastBar(QFrame):
    """Tells which moment is shown; two buttons lead back to now."""

    bring_back_wanted = Signal()
    now_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(objectName="past")
        self._icon = QLabel()
        self.text = plain(QLabel())
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bring_back = QPushButton()
        self.bring_back.clicked.connect(self.bring_back_wanted)
        self.now = QPushButton(say("Back to now ({key:mask.discard})"))
        self.now.clicked.connect(self.now_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        for button in (self.bring_back, self.now):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        self.hide()

    def show_moment(self, text: str, *, selected: int, can_bring_back: bool) -> None:
        """Shows the bar with a text about the moment looked at. selected: so many objects would be brought back; 0:
        all."""
        self.text.setText(text)
        self.text.setToolTip(tooltip(text))
        self.setAccessibleName(text)
        self.bring_back.setText(_what(self, selected))
        self.bring_back.setVisible(can_bring_back)
        goes = say("Objects that came later go. {key:edit.undo} takes it back.")
        self.bring_back.setToolTip("" if selected else goes)
        self._icon.setPixmap(self._clock())
        self.show()

    def _clock(self) -> QPixmap:
        return theme.pixmap("clock", 16, theme.colors().busy)


def _what(bar: PastBar, selected: int) -> str:
    if selected == 0:
        return say("Return to this ({key:history.bring_back})")
    return say_n(
        "Bring back the object ({key:history.bring_back})",
        "Bring back {n} objects ({key:history.bring_back})",
        selected,
    )
