"""Backups of the project that is open, made beside the work."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal

from app.problem import Problem
from app.project.backup import EVERY_S, told_backup


class Backups(QObject):
    """Now and every half hour, each on a thread of its own; silently, unless none could be made."""

    failed = Signal(Path, str)
    """Of which project, and the sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._project: Path | None = None
        self._timer = QTimer(self, interval=EVERY_S * 1000)
        self._timer.timeout.connect(self._begin)

    def start(self, project: Path) -> None:
        self._project = project
        self._timer.start()
        self._begin()

    def stop(self) -> None:
        """What has begun is completed."""
        self._timer.stop()

    def _begin(self) -> None:
        Thread(target=self._make, args=(self._project,), name="backup", daemon=True).start()

    def _make(self, project: Path) -> None:
        try:
            told_backup(project)
        except Problem as problem:
            with suppress(RuntimeError):  # the window was closed meanwhile, and this object is gone with it
                self.failed.emit(project, str(problem))
