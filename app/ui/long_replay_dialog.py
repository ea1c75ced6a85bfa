"""The undo, or redo, of thousands of changes: stepped between the events of the window, of which only its Cancel takes
some."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QProgressBar, QProgressDialog

from app.problem import Busy, Problem
from app.project.steps import LongReplay
from app.text import recalled, say
from app.ui.scanner import Scanner
from app.ui.shell import Shell

_SLICE_S = 0.012
"""The dialog stays alive."""
_PAUSE_MS = 300
"""Before it is tried again to begin, when another program writes."""


def replay(shell: Shell, lengthy: LongReplay, scanner: Scanner, ended: Callable[[], None]) -> None:
    """Runs a long undo or redo in a dialog. scanner: writes by the same connection, and stands still meanwhile. ended:
    called however it ended."""
    scanner.hold(True)
    dialog = _Replaying(shell, lengthy)
    try:
        dialog.exec()
    finally:
        dialog.close_steps()
        dialog.deleteLater()
        scanner.hold(False)
        ended()


def stop_replaying(shell: Shell) -> None:
    """Before the project is closed. What was under way has not happened."""
    for dialog in shell.window().findChildren(_Replaying):
        dialog.stop()


class _Replaying(QProgressDialog):
    """Nothing can be changed meanwhile: all of it is one transaction. Esc cancels."""

    def __init__(self, shell: Shell, lengthy: LongReplay) -> None:
        super().__init__(shell.window())
        self._shell, self._lengthy = shell, lengthy
        name = recalled(lengthy.name)
        self.setWindowTitle(shell.window().windowTitle())
        self._title = say("Redoing: {name}", name=name) if lengthy.redo else say("Undoing: {name}", name=name)
        self.setLabelText(self._title)
        self.setCancelButtonText(say("Cancel"))
        self.setWindowModality(Qt.WindowModality.ApplicationModal)
        self.setMinimumDuration(0)
        self.setAutoReset(False)
        self.setAutoClose(False)
        self.setMinimumWidth(360)
        bar = QProgressBar(textVisible=False)  # a thin one, as in the status row
        self.setBar(bar)
        self.canceled.connect(self.stop)
        self._is_over = False
        self._timer = QTimer(self, interval=0, singleShot=True)  # started by each step: setValue handles events itself
        self._timer.timeout.connect(self._step)
        self._timer.start()

    def _step(self) -> None:
        self._timer.setInterval(0)
        until = perf_counter() + _SLICE_S
        try:
            done, total = next(self._lengthy.steps)
            while perf_counter() < until:
                done, total = next(self._lengthy.steps)
        except StopIteration:
            name = recalled(self._lengthy.name)
            self._end(say("Redone: {name}", name=name) if self._lengthy.redo else say("Undone: {name}", name=name))
        except Busy as problem:
            self._wait(problem)
        except Problem as problem:
            self._end(str(problem), bad=True)
        except Exception as error:
            self._end(say("It failed: {error}", error=error), bad=True)
            raise  # to the log
        else:
            self.setLabelText(self._title)
            self.setMaximum(total)
            self.setValue(done)
            if not self._is_over:
                self._timer.start()

    def _wait(self, problem: Busy) -> None:
        """Nothing has happened yet, and is tried again until it is cancelled."""
        workspace = self._shell.workspace
        again = workspace.project.steps.replaying(redo=self._lengthy.redo) if workspace else None
        if again is None:
            self._end(str(problem), bad=True)
            return
        self._lengthy = again
        self.setLabelText(problem.meanwhile)
        self._timer.start(_PAUSE_MS)

    def close_steps(self) -> None:
        self._lengthy.steps.close()

    def stop(self) -> None:
        if not self._is_over:
            self.close_steps()
            self._end(say("Cancelled."))

    def _end(self, sentence: str, *, bad: bool = False) -> None:
        self._is_over = True
        self._timer.stop()
        self.accept()
        self._shell.toast.show_text(sentence, bad=bad)
