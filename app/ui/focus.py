"""Who has the keyboard (focus): the canvas, but for as long as the person types. One rule for every text field.

A text field keeps the keyboard, and every key that writes or moves in it, until Esc or a click elsewhere; both lead
back to the canvas, and so does a list when its editor closes, and Enter in a filter that found something. Esc leaves a
list too, and does nothing else there; the next one goes on as app.labeling.escape has it. A widget that is hidden gives
the keyboard to the canvas too, never to whatever Qt takes for the next one.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog, QWidget

from app.ui.widgets.fields import takes_text, text_of


class Focus(QObject):
    """Keeps the rule for one window. Dialogs have the keyboard to themselves: Esc closes them."""

    def __init__(self, window: QWidget, canvas: Callable[[], QWidget | None]) -> None:
        """Begins to watch. canvas: gets the canvas of the open project; None while there is none."""
        super().__init__(window)
        self._canvas = canvas
        self._field: QWidget | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._app = app
        app.focusChanged.connect(self._focus_changed)

    def press(self, event: QKeyEvent) -> bool:
        """Hears of a key that no widget wanted, before the commands do. Returns True when it is none for them."""
        if event.key() == Qt.Key.Key_Escape:
            canvas, now = self._canvas(), self._app.focusWidget()
            is_elsewhere = canvas is not None and now is not None and now is not canvas
            self.to_canvas()
            return is_elsewhere
        return self._field is not None and not _is_for_program(event)

    def to_canvas(self) -> None:
        """Gives the keyboard back to the canvas, if a project is open."""
        canvas = self._canvas()
        if canvas is not None and canvas.isVisible():
            if not canvas.isActiveWindow() and self._app.focusWidget() is not None:
                canvas.activateWindow()  # a panel that was taken out of the window had it
            canvas.setFocus()

    # --- what Qt tells -------------------------------------------------------------------------------------------

    def _focus_changed(self, before: QWidget | None, now: QWidget | None) -> None:
        self._watch(now if now is not None and self._is_ours(now) and takes_text(now) else None)
        if before is None or now is None or not self._is_ours(before) or not self._is_ours(now):
            return
        is_closed_editor = isinstance(now, QAbstractItemView) and now.isAncestorOf(before)
        if is_closed_editor or not before.isVisible():
            self.to_canvas()

    def _watch(self, field: QWidget | None) -> None:
        """Filters events of the whole program while a field is typed in, and only then: it costs time."""
        if field is not None and self._field is None:
            self._app.installEventFilter(self)
        elif field is None and self._field is not None:
            self._app.removeEventFilter(self)
        self._field = field

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        field, kind = self._field, event.type()
        if field is None or not isinstance(watched, QWidget):
            return False
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            if watched is not field and not field.isAncestorOf(watched) and self._is_ours(watched):
                self.to_canvas()  # what was clicked may still take it
        elif kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and watched is field:
            assert isinstance(event, QKeyEvent)
            if _is_undo(event) and not text_of(field):
                event.ignore()  # there is nothing to take back in the field: it goes up to the window
                return True
        return False

    def _is_ours(self, widget: QWidget) -> bool:
        """It lies in the window, or in a panel that was taken out of it; not in a dialog, nor in a menu or list over
        it."""
        window, ours = widget.window(), self.parent()
        while window is not ours:
            around = window.parentWidget()
            if around is None or isinstance(window, QDialog) or window.windowType() == Qt.WindowType.Popup:
                return False
            window = around.window()
        return True


def _is_undo(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)


_COMMAND_KEYS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_ALT_GR = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
"""What Windows calls the key that writes @ and €."""
_FUNCTION_KEYS = range(Qt.Key.Key_F1, Qt.Key.Key_F35 + 1)
_OF_FIELDS = (
    Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Backspace, Qt.Key.Key_Delete,
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip


def _is_for_program(event: QKeyEvent) -> bool:
    """Ctrl+E and F6 mean the program while one types; letters, Enter and arrows never do."""
    if event.key() in _FUNCTION_KEYS:
        return True
    return event.key() not in _OF_FIELDS and not _is_written(event)


def _is_written(event: QKeyEvent) -> bool:
    held = event.modifiers() & _COMMAND_KEYS
    return not held or (held == _ALT_GR and event.text().isprintable() and bool(event.text()))
