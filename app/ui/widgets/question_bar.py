"""A bar over the canvas: an icon, a sentence, and buttons for what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy

from app.ui import theme
from app.ui.plain import plain, tooltip


class QuestionBar(QFrame):
    """Shows a sentence and its buttons; hidden until there is something to say."""

    def __init__(self, icon: str, *buttons: QPushButton) -> None:
        super().__init__(objectName="past")
        self._icon_name = icon
        self._icon = QLabel()
        self.text = plain(QLabel())
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        for button in buttons:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        self.hide()

    def tell(self, sentence: str, shown: str = "") -> None:
        """Sets the sentence, for the eye and for screen readers. shown: as the eye sees it, if that is different."""
        self.text.setText(shown or sentence)
        self.text.setToolTip(tooltip(sentence))
        self.setAccessibleName(sentence)
        self.dress()

    def dress(self) -> None:
        """Draws the icon in the colours of the theme."""
        self._icon.setPixmap(theme.pixmap(self._icon_name, 16, theme.colors().busy))
