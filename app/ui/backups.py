"""Backups of the project that is open, made beside the work."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from PySide6.QtCore import QObject, QTimer, Signal

from app.problem import Problem
from app.project.safety.backup import EVERY_S, told_backup

_PATIENCE_S = 1.0
"""With a backup that is given up."""


class Backups(QObject):
    """Now and every half hour, each on a thread of its own; silently, unless none could be made."""

    failed = Signal(Path, str)
    """Of which project, and the sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._project: Path | None = None
        self._stop = Event()
        self._thread: Thread | None = None
        self._timer = QTimer(self, interval=EVERY_S * 1000)
        self._timer.timeout.connect(self._begin)

    def start(self, project: Path) -> None:
        """Makes one now and from time to time, until `stop`."""
        self.stop()
        self._project, self._stop = project, Event()
        self._timer.start()
        self._begin()

    def stop(self) -> None:
        """Gives up what has begun: whoever reads the file keeps its log from being brought into it, and the next one
        comes when the project is opened again."""
        self._timer.stop()
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)

    def _begin(self) -> None:
        self._thread = Thread(target=self._make, args=(self._project, self._stop), name="backup", daemon=True)
        self._thread.start()

    def _make(self, project: Path, stop: Event) -> None:
        def go_on(_done: int, _total: int) -> None:
            if stop.is_set():
                raise _StoppedError

        try:
            told_backup(project, go_on)
        except _StoppedError:
            pass
        except Problem as problem:
            with suppress(RuntimeError):  # the window was closed meanwhile, and this object is gone with it
                self.failed.emit(project, str(problem))


class _StoppedError(Exception):
    pass
