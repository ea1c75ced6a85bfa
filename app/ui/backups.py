"""Backups of the project that is open, made beside the work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.problem import Problem
from app.project.safety.backup import EVERY_S, told_backup
from app.work import WorkThread

_PATIENCE_S = 1.0
"""With a backup that is given up."""


class Backups(QObject):
    """Now and every half hour, each on a thread of its own; silently, unless none could be made."""

    failed = Signal(Path, str)
    """Of which project, and the sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._project: Path | None = None
        self._thread: WorkThread[int, None] | None = None
        self._timer = QTimer(self, interval=EVERY_S * 1000)
        self._timer.timeout.connect(self._begin)

    def start(self, project: Path) -> None:
        """Makes one now and from time to time, until `stop`."""
        self.stop()
        self._project = project
        self._timer.start()
        self._begin()

    def stop(self) -> None:
        """Gives up what has begun: whoever reads the file keeps its log from being brought into it, and the next one
        comes when the project is opened again."""
        self._timer.stop()
        if self._thread is not None:
            self._thread.stop(_PATIENCE_S)

    def _begin(self) -> None:
        if self._project is not None:
            self._thread = WorkThread("backup", partial(self._make, self._project), 0)
            self._thread.start()

    def _make(self, project: Path, tell: Callable[[int], None]) -> None:
        try:
            told_backup(project, lambda done, _total: tell(done))
        except Problem as problem:
            with suppress(RuntimeError):  # the window was closed meanwhile, and this object is gone with it
                self.failed.emit(project, str(problem))
