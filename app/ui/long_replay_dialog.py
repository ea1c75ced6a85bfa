"""The undo, redo or taking back of thousands of changes: on a thread and a connection of its own, behind a dialog with
Cancel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QProgressBar, QProgressDialog

from app.problem import Busy, Problem
from app.project.steps import LongReplay
from app.project.store import Project
from app.text import recalled, say
from app.ui.shell import Shell
from app.work import Progress, WorkStopped, WorkThread, run

_LOOK_MS = 20
"""Between two looks at how far it is."""
_PAUSE_MS = 300
"""Before it is tried again to begin, when another program writes."""
_PATIENCE_S = 5.0
"""With one that is to end because the project is closed: what it had changed is taken back first."""


def replay(shell: Shell, project: Path, long: LongReplay, ended: Callable[[], None]) -> None:
    """Undoes, redoes or takes back a long step of the project, which nobody else may write to. ended: called however it
    ended."""
    dialog = _Replaying(shell, project, long)
    try:
        dialog.exec()
    finally:
        dialog.stop()
        dialog.deleteLater()
        ended()


def stop_replaying(shell: Shell) -> None:
    """Ends what is under way before the project is closed. It has not happened then."""
    for dialog in shell.window().findChildren(_Replaying):
        dialog.stop()


class _Replaying(QProgressDialog):
    """Nothing can be changed meanwhile: all of it is one transaction. Esc cancels."""

    def __init__(self, shell: Shell, project: Path, long: LongReplay) -> None:
        super().__init__(shell.window())
        self._shell, self._project, self._long = shell, project, long
        self.setWindowTitle(shell.window().windowTitle())
        self._title, self._done = _words(long)
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
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._is_over = False
        self._begin()

    def stop(self) -> None:
        """Takes back what was changed until now, unless it has ended."""
        if self._is_over:
            return
        self._is_over = True
        self._thread.stop(_PATIENCE_S)
        self._finish()

    def _begin(self) -> None:
        self._thread = WorkThread("replay", partial(_replayed, self._project, self._long), Progress(0, 0))
        self._thread.start()
        self._timer.start(_LOOK_MS)

    def _look(self) -> None:
        if self._thread.is_over:
            self._finish()
        elif self._thread.progress.total:
            self.setMaximum(self._thread.progress.total)
            self.setValue(self._thread.progress.done)

    def _finish(self) -> None:
        try:
            self._thread.result()
        except WorkStopped:
            self._end(say("Cancelled."))
        except Busy as problem:
            self._end(say("Cancelled.")) if self._is_over else self._wait(problem)
        except Problem as problem:
            self._end(str(problem), bad=True)
        except Exception as error:
            self._end(say("It failed: {error}", error=error), bad=True)
            raise  # to the log
        else:
            self._end(self._done)

    def _wait(self, problem: Busy) -> None:
        """Nothing has happened yet, and is tried again until it is cancelled."""
        self.setLabelText(problem.meanwhile)
        self._timer.stop()
        QTimer.singleShot(_PAUSE_MS, self, self._try_again)

    def _try_again(self) -> None:
        if not self._is_over:
            self.setLabelText(self._title)
            self._begin()

    def _end(self, sentence: str, *, bad: bool = False) -> None:
        self._is_over = True
        self._timer.stop()
        self.accept()
        self._shell.toast.show_text(sentence, bad=bad)


def _words(long: LongReplay) -> tuple[str, str]:
    """What is said while it is under way, and at its end."""
    name = recalled(long.name)
    if long.is_taken_back:
        return say("Taking back: {step}", step=name), say("Taken back: {step}", step=name)
    if long.redo:
        return say("Redoing: {name}", name=name), say("Redone: {name}", name=name)
    return say("Undoing: {name}", name=name), say("Undone: {name}", name=name)


def _replayed(project: Path, long: LongReplay, tell: Callable[[Progress], None]) -> None:
    """On the thread."""
    sibling = Project.sibling_of(project, read_only=False)
    sibling.file.hurry()  # that it waits is told at once
    try:
        run(sibling.steps.replay(long), tell)
    finally:
        sibling.close()
