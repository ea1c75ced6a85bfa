"""A short message over the canvas, with an Undo where there is something to undo, or details to be read. No "are you
sure" boxes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.text import say
from app.ui import theme
from app.ui.plain import plain

SHORT_MS, LONG_MS = 4000, 9000


class Toast(QFrame):
    """Shows one sentence over a widget for some seconds."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._action: Callable[[], None] | None = None
        self._is_passing = False
        self._label = plain(QLabel())
        self._label.setWordWrap(True)
        self._button = QPushButton(say("Undo"), objectName="link")
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._button.clicked.connect(self._act)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 10, 8)
        row.addWidget(self._label)
        row.addWidget(self._button)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        over.installEventFilter(self)
        self.hide()

    def show_text(
        self, text: str, *, action: Callable[[], None] | None = None, label: str = "", bad: bool = False
    ) -> None:
        """Shows a sentence; bad news stays longer.

        `label` is what the action is offered as; Undo when there is none.
        """
        colors = theme.colors()
        edge = colors.bad if bad else colors.border
        self.setStyleSheet(f"Toast {{ background: {colors.raised}; border: 1px solid {edge}; border-radius: 9px; }}")
        text = str(text)  # in the language that is in force now
        self._label.setText(text)
        self._action, self._is_passing = action, False
        self._button.setText(label or say("Undo"))
        self._button.setVisible(action is not None)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(LONG_MS if bad or action else SHORT_MS)
        self.setAccessibleName(text)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def show_problem(self, sentence: str) -> None:
        """Shows what went wrong with the image that is shown or with what was just tried: it goes with `pass_by`."""
        self.show_text(sentence, bad=True)
        self._is_passing = True

    def pass_by(self) -> None:
        """Hides a problem: another image is shown, or something was saved."""
        if self._is_passing:
            self.hide()

    def text(self) -> str:
        """Returns what is told."""
        return self._label.text()

    def _act(self) -> None:
        self.hide()
        if self._action is not None:
            self._action()

    def _place(self) -> None:
        room = self._over.width() - 40
        button = self._button.sizeHint().width() if self._action else 0
        self._label.setMinimumWidth(
            min(room - button - 40, self._label.fontMetrics().horizontalAdvance(self.text()) + 4)
        )
        self.adjustSize()
        self.move((self._over.width() - self.width()) // 2, self._over.height() - self.height() - 18)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)
