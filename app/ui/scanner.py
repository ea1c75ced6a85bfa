"""Looks for new image files in slices, between the events of the window: a folder may hold 100,000."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from app.problem import Problem
from app.project.store import Project


class Scanner(QObject):
    found = Signal(int)
    """So many new images, so far."""
    ended = Signal(int)
    passed_over = Signal(str)
    """A sentence on files that were not looked at and could be."""
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._steps: Iterator[tuple[int, int]] | None = None
        self._count = 0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._step)

    def start(self, project: Project) -> None:
        self._steps, self._count = project.scan(), 0
        self._timer.start()
        self._step()

    def hold(self, still: bool) -> None:
        """Goes on, or stands still until it shall go on."""
        if still or self._steps is None:
            self._timer.stop()
        else:
            self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._steps = None

    def _step(self) -> None:
        if self._steps is None:
            return
        try:
            self._count, _ = next(self._steps)
            self.found.emit(self._count)
        except StopIteration as end:
            self.stop()
            if end.value:
                self.passed_over.emit(end.value)
            self.ended.emit(self._count)
        except Problem as problem:
            self.stop()
            self.failed.emit(str(problem))
