"""The Undo in a message: it takes back the step that the message tells of, as long as that is possible."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject, QTimer

from app.labeling.undo import UndoStack
from app.problem import Problem
from app.project.steps import Steps
from app.ui.widgets.toast import Toast


class UndoOffer(QObject):
    """Keeps the button of the message true: grey with the reason when something later depends on the step, gone when it
    was undone."""

    def __init__(self, toast: Toast, undo_stack: UndoStack, steps: Steps, attempt: Callable[..., object]) -> None:
        """Makes what offers an Undo in that message. attempt: calls a function with arguments, and shows the person a
        Problem."""
        super().__init__(toast)
        self._toast, self._undo_stack, self._attempt = toast, undo_stack, attempt
        self._step_id: int | None = None
        self._action: Callable[[], None] | None = None
        self._soon = QTimer(self, interval=0, singleShot=True)  # once for many changes, and after they are painted
        self._soon.timeout.connect(self._look)
        steps.subscribe(lambda _changes: self.look())

    def tell(self, sentence: str, step_id: int | None) -> None:
        """Shows a sentence; with an Undo, if it tells of a step."""
        self._step_id = step_id
        self._action = None if step_id is None else lambda: self._take_back(step_id)
        self._toast.show_text(sentence, action=self._action)

    def look(self) -> None:
        """Looks again whether it can be taken back: the project has changed."""
        if self._is_shown:
            self._soon.start()

    def stop(self) -> None:
        """Offers nothing any more: the project is being closed."""
        self._step_id = self._action = None

    @property
    def _is_shown(self) -> bool:
        return self._action is not None and self._toast.action is self._action

    def _take_back(self, step_id: int) -> None:
        self._attempt(self._undo_stack.take_back, step_id)

    def _look(self) -> None:
        if self._step_id is None or not self._is_shown:
            return
        with suppress(Problem):  # of a damaged project: trying tells what is wrong
            if self._undo_stack.is_offered(self._step_id):
                self._toast.refuse(self._undo_stack.in_the_way(self._step_id))
            else:
                self._toast.dismiss()
