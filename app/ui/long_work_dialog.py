"""Work on thousands of objects, as the undo of an import or a repair: on a thread and a connection of its own, behind a
dialog with Cancel once it takes long enough to be noticed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QProgressBar, QProgressDialog

from app.labeling.events import LongWork
from app.labeling.undo import replay_words
from app.problem import Busy, Problem
from app.project.steps import LongReplay
from app.project.store import Project
from app.text import say
from app.ui.shell import Shell
from app.work import Progress, WorkStopped, WorkThread, run

_LOOK_MS = 20
"""Between two looks at how far it is."""
_PAUSE_MS = 300
"""Before it is tried again to begin, when another program writes."""
QUICK_MS = 300
"""What is done by then needs no dialog; keys and clicks wait so long."""
_NEVER_MS = 2**31 - 1
"""Qt shows no dialog by itself."""
_PATIENCE_S = 5.0
"""With one that is to end because the project is closed: what it had changed is taken back first."""


def replay(shell: Shell, project: Path, long: LongReplay, ended: Callable[[], None]) -> None:
    """Undoes, redoes or takes back a long step of the project, which nobody else may write to. ended: called however it
    ended."""
    doing, done = replay_words(long)
    work = LongWork(doing, lambda sibling: sibling.steps.replay(long), lambda _: shell.toast.show_text(done))
    try:
        do(shell, project, work, quick_ms=0)
    finally:
        ended()


def do(
    shell: Shell,
    project: Path,
    work: LongWork,
    is_wanted: Callable[[], bool] = lambda: True,
    *,
    quick_ms: int = QUICK_MS,
) -> None:
    """Does long work on the project, and returns when it is over; until then the person can change nothing. is_wanted:
    whether the result is still to be told, as while the project is open. quick_ms: so long no dialog is shown."""
    dialog = _Working(shell, project, work)
    try:
        dialog.wait(quick_ms)
    finally:
        dialog.stop()
        dialog.deleteLater()
    if dialog.is_done and is_wanted():
        work.done(dialog.outcome)


def is_long_work_under_way(shell: Shell) -> bool:
    """Returns whether somebody else has the open project open to write to it, with or without a dialog yet."""
    return any(not dialog.is_over for dialog in shell.window().findChildren(_Working))


def stop_long_work(shell: Shell) -> None:
    """Ends what is under way before the project is closed. It has not happened then."""
    for dialog in shell.window().findChildren(_Working):
        dialog.stop()


class _Working(QProgressDialog):
    """Nothing can be changed meanwhile: all of it is one transaction. Esc cancels."""

    def __init__(self, shell: Shell, project: Path, work: LongWork) -> None:
        super().__init__(shell.window())
        self._shell, self._project, self._work = shell, project, work
        self.setWindowTitle(shell.window().windowTitle())
        self.setLabelText(work.title)
        self.setCancelButtonText(say("Cancel"))
        self.setWindowModality(Qt.WindowModality.ApplicationModal)
        self.setMinimumDuration(_NEVER_MS)
        self.setAutoReset(False)
        self.setAutoClose(False)
        self.setMinimumWidth(360)
        bar = QProgressBar(textVisible=False)  # a thin one, as in the status row
        self.setBar(bar)
        self.canceled.disconnect()  # Qt would hide it, and it is not over yet
        self.canceled.connect(self._cancel)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._quick = QEventLoop(self)
        self._is_cancelled = False
        self.is_over = False
        self.is_done = False
        """Whether it ended well, with what is in `outcome`."""
        self.outcome: Any = None
        self._begin()

    def wait(self, quick_ms: int) -> None:
        """Returns when the work is over. What is typed and clicked before the dialog is shown comes after it."""
        if quick_ms:
            QTimer.singleShot(quick_ms, self._quick, self._quick.quit)
            self._quick.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        if not self.is_over:
            self.exec()

    def stop(self) -> None:
        """Takes back what was changed until now, unless it has ended, and waits for that: the project is closed."""
        if self.is_over:
            return
        self._is_cancelled = True
        if self._thread.stop(_PATIENCE_S):
            self._finish()
        else:
            self._end(say("Cancelled."))

    def reject(self) -> None:
        """Esc and the button of the window cancel, too."""
        self._cancel()

    def _cancel(self) -> None:
        """Ends it before its next step, which may take long; if it was the last one, it has happened."""
        self._is_cancelled = True
        self.setLabelText(say("Cancelling…"))
        if not self.is_over and self._thread.stop():
            self._finish()

    def _begin(self) -> None:
        self._thread = WorkThread("long work", partial(_done, self._project, self._work), Progress(0, 0))
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
            self.outcome = self._thread.result()
        except WorkStopped:
            self._end(say("Cancelled."))
        except Busy as problem:
            self._end(say("Cancelled.")) if self._is_cancelled else self._wait(problem)
        except Problem as problem:
            self._end(str(problem), bad=True)
        except Exception as error:
            self._end(say("It failed: {error}", error=error), bad=True)
            raise  # to the log
        else:
            self.is_done = True
            self._close()

    def _wait(self, problem: Busy) -> None:
        """Nothing has happened yet, and is tried again until it is cancelled."""
        self.setLabelText(problem.meanwhile)
        self._timer.stop()
        QTimer.singleShot(_PAUSE_MS, self, self._try_again)

    def _try_again(self) -> None:
        if not self.is_over:
            self.setLabelText(self._work.title)
            self._begin()

    def _end(self, sentence: str, *, bad: bool = False) -> None:
        self._close()
        self._shell.toast.show_text(sentence, bad=bad)

    def _close(self) -> None:
        self.is_over = True
        self._timer.stop()
        self._quick.quit()
        self.accept()


def _done(project: Path, work: LongWork, tell: Callable[[Progress], None]) -> Any:
    """On the thread."""
    sibling = Project.sibling_of(project, read_only=False)
    sibling.file.hurry()  # that it waits is told at once
    try:
        return run(work.work(sibling), tell)
    finally:
        sibling.close()
