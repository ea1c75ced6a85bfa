"""What may happen only when all that was accepted or done is in the project: closing it, opening another one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.text import say
from app.ui.long_work_dialog import is_long_work_under_way
from app.ui.shell import Shell

_PAUSE_MS = 200


class WhenSaved(QObject):
    """Holds the last action that was asked for meanwhile."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window())
        self._shell = shell
        self._action: Callable[[], object] | None = None
        self._again = QTimer(self, interval=_PAUSE_MS, singleShot=True)
        self._again.timeout.connect(self.go_on)

    @property
    def is_saving(self) -> bool:
        """True while something was accepted or done that is not in the project yet."""
        workspace = self._shell.workspace
        return workspace is not None and (workspace.session.acceptance.pending > 0 or workspace.again.is_waiting)

    def waits_for(self, action: Callable[[], object]) -> bool:
        """Returns True while that action waits."""
        return self._action == action

    def run(self, action: Callable[[], object], *, by_itself: bool = False) -> None:
        """Does it now, or as soon as the masks are saved that were accepted before they were there, a dialog is
        answered that is about the open project, and long work on it is over. by_itself: nobody has asked for it right
        now; what somebody did goes first."""
        if by_itself and self._action is not None:
            return
        self._action = action
        if self.is_saving:
            self.tell()
        else:
            self.go_on()

    def tell(self) -> None:
        """Tells the person what is waited for."""
        self._shell.toast.show_text(say("Waiting for the masks that were accepted already…"))

    def go_on(self) -> None:
        """Does what waits, if nothing is to be saved any more."""
        if self._action is None or self.is_saving:
            return
        if QApplication.activeModalWidget() is not None or is_long_work_under_way(self._shell):
            self._again.start()
        else:
            action, self._action = self._action, None
            self._shell.attempt(action)
