"""A short message (toast) beside what is worked on, with an Undo where there is something to undo, or details to be
read. No "are you sure" boxes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QEnterEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.text import say
from app.ui import theme
from app.ui.plain import plain
from app.ui.widgets.placement import Room, covered, free_place, near

_log = logging.getLogger(__name__)
SHORT_MS, LONG_MS = 4000, 9000
"""So long it stays. Bad news stays as long as it takes to read, between the two."""
_MS_PER_LETTER = 60
_UNREAD_MS = 1000
"""Bad news that came less than so long ago was not read yet: what is told next stands below it."""
_MOST_WIDTH = 620
_STYLE = """
Toast {{ background: {raised}; border: 1px solid {edge}; border-radius: 9px; }}
Toast QPushButton#link {{ color: {accent}; }}
Toast QPushButton#link:hover {{ background: {panel}; }}
Toast QPushButton#link:focus {{ background: {panel}; border-color: {accent}; }}
Toast QPushButton#link:disabled {{ color: {muted}; }}
"""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Toast(QFrame):
    """Shows one sentence for some seconds. While the mouse or the keyboard is at its button it stays."""

    def __init__(
        self,
        over: QWidget,
        inside: QWidget | None = None,
        worked_on: Callable[[], Sequence[QRect]] = tuple,
    ) -> None:
        """Makes a message over a widget. inside: what that lies in, when the message may lie in the strip above it too.
        worked_on: what is not to be covered, in coordinates of `over`."""
        super().__init__(inside or over)
        self._over, self._room = over, Room(over, inside or over, worked_on)
        self._action: Callable[[], None] | None = None
        self._is_passing = self._is_bad = self._stays = False
        self._pointer: QPoint | None = None
        """Where the mouse is, in coordinates of the parent; None while it is elsewhere."""
        self._label, self._why = plain(QLabel()), plain(QLabel(objectName="muted"))
        self._button = QPushButton(say("Undo"), objectName="link")
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._button.clicked.connect(self._act)
        self._button.installEventFilter(self)
        _lay_out(self, (self._label, self._why), self._button)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.dismiss)
        self._shown = QElapsedTimer()
        over.installEventFilter(self)
        self.hide()

    # --- what it says --------------------------------------------------------------------------------------------

    def show_text(
        self,
        text: str,
        *,
        action: Callable[[], None] | None = None,
        label: str = "",
        bad: bool = False,
        stays: bool = False,
    ) -> None:
        """Shows a sentence. `label` is what the action is offered as; Undo when there is none. stays: it goes on over
        what is shown next: see `go_on_over`."""
        _log.info("problem: %s" if bad else "told: %s", text)
        text = str(text)  # in the language that is in force now
        is_unread = self._is_bad and self.isVisible() and self._shown.elapsed() < _UNREAD_MS
        if is_unread and not bad:
            text, bad = f"{self.text()}\n{text}", True
        self._let_go()
        self._label.setText(text)
        self._action, self._is_passing, self._is_bad, self._stays = action, False, bad, stays
        self._dress()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, action is None)
        self._button.setText(label or say("Undo"))
        self._button.setToolTip(
            "" if label else say("Takes back this step and no other. {key:view.next_pane} leads here.")
        )
        self._button.setVisible(action is not None)
        self._explain("")
        self._place()
        self.show()
        self.raise_()
        self._shown.start()
        self._count_down()
        self.setAccessibleName(text)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def show_problem(self, sentence: str) -> None:
        """Shows what went wrong with the image that is shown or with what was just tried: it goes with `pass_by`."""
        self.show_text(sentence, bad=True)
        self._is_passing = True

    def go_on_over(self, shown: Toast) -> None:
        """Tells by another one, over what is shown now, what is not about what was shown before."""
        if shown is self or self.isHidden() or not self._stays:
            return
        news = "" if shown.isHidden() else f"{shown.text()}\n"
        shown.show_text(f"{news}{self.text()}", bad=self._is_bad or shown._is_bad, stays=True)
        self.dismiss()

    def refuse(self, reason: str) -> None:
        """Greys what is offered, and says why; "": it can be done again."""
        if reason != self._why.text():
            self._explain(reason)
            self._place()
            self._count_down()

    def pass_by(self) -> None:
        """Hides a problem: another image is shown, or something was saved."""
        if self._is_passing:
            self.dismiss()

    def dismiss(self) -> None:
        """Hides it; the keyboard goes back to what is below."""
        self._let_go()
        self._timer.stop()
        self.hide()

    def text(self) -> str:
        """Returns what is told."""
        return self._label.text()

    @property
    def action(self) -> Callable[[], None] | None:
        """What is offered now; None while nothing is."""
        return self._action if self.isVisible() else None

    @property
    def button(self) -> QPushButton | None:
        """The button that does what is offered, for who gives it the keyboard; None while there is none."""
        return self._button if self.action is not None and self._button.isEnabled() else None

    def _dress(self) -> None:
        colors = theme.colors()
        style = _STYLE.format(edge=colors.bad if self._is_bad else colors.border, **vars(colors))
        if style != self.styleSheet():
            self.setStyleSheet(style)

    def _explain(self, reason: str) -> None:
        if reason:
            self._let_go()
        self._why.setText(reason)
        self._why.setVisible(bool(reason))
        self._button.setEnabled(not reason)
        self.setAccessibleDescription(reason)

    def _act(self) -> None:
        self.dismiss()
        if self._action is not None:
            self._action()

    # --- how long it stays ---------------------------------------------------------------------------------------

    @property
    def _is_held(self) -> bool:
        return self._action is not None and (self.underMouse() or self._button.hasFocus())

    def _count_down(self) -> None:
        if self._is_held:
            self._timer.stop()
        else:
            letters = len(self.text()) + len(self._why.text())
            reading = max(SHORT_MS, min(_MS_PER_LETTER * letters, LONG_MS))
            self._timer.start(reading if self._is_bad else SHORT_MS)

    def _let_go(self) -> None:
        if self._button.hasFocus():
            self._over.setFocus()

    # --- where it lies -------------------------------------------------------------------------------------------

    def dodge(self, *, once: bool = False) -> None:
        """Goes elsewhere when it covers what is worked on now, unless the person is at its button. once: not again
        when what just came to be shown has its place."""
        if not self.isVisible():
            return
        if not self._is_held and covered(self.geometry(), self._room.taken()):
            self._place()
        if not once:
            QTimer.singleShot(0, self, lambda: self.dodge(once=True))

    def _place(self) -> None:
        room = self._room.rect()
        most = room.width() - 40 - 40 - (self._button.sizeHint().width() if self._action else 0)
        for label in (self._label, self._why):
            label.setFixedWidth(min(most, max(_wanted_width(each) for each in (self._label, self._why))))
        layout = self.layout()
        if layout is not None:
            layout.activate()  # its size is that of the words before
        self.adjustSize()
        self.setGeometry(free_place(self.size(), room, self._room.taken(), self._pointer))

    def _pointer_at(self, at: QPoint, *, is_pressed: bool) -> None:
        """A message without a button goes out of its way; one with a button when something is drawn there."""
        self._pointer = at
        if self.isVisible() and (self._action is None or is_pressed) and near(at).intersects(self.geometry()):
            self._place()

    # --- Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.FocusIn | QEvent.Type.FocusOut if watched is self._button:
                QTimer.singleShot(0, self, self._count_down)  # once the focus has moved
            case QEvent.Type.Resize | QEvent.Type.Move if watched is self._over and self.isVisible():
                self._place()
            case QEvent.Type.MouseMove | QEvent.Type.MouseButtonPress if isinstance(event, QMouseEvent):
                at = event.position().toPoint() + self._room.rect().topLeft()
                self._pointer_at(at, is_pressed=event.buttons() != Qt.MouseButton.NoButton)
            case QEvent.Type.Leave if watched is self._over:
                self._pointer = None
            case _:
                pass
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.isVisible():
            self._dress()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._count_down()

    def leaveEvent(self, event: QEvent) -> None:
        if self.isVisible():
            QTimer.singleShot(0, self, self._count_down)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside its button is meant for what is below: it is out of the way at once."""
        self.dismiss()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        elif event.key() in _ENTER and self._button.hasFocus():
            self._button.click()
        else:
            event.ignore()


def _lay_out(toast: QFrame, labels: Sequence[QLabel], button: QPushButton) -> None:
    texts = QVBoxLayout()
    texts.setSpacing(2)
    for label in labels:
        label.setWordWrap(True)
        texts.addWidget(label)
    row = QHBoxLayout(toast)
    row.setContentsMargins(16, 8, 10, 8)
    row.addLayout(texts)
    row.addWidget(button)


def _wanted_width(label: QLabel) -> int:
    """That of its words in one line, or in several when that would be wide; a word is not cut."""
    measure = label.fontMetrics().horizontalAdvance
    words = max(map(measure, label.text().split()), default=0)
    return max(min(measure(label.text()), _MOST_WIDTH), words) + 4
