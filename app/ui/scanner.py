"""Looks for new image files in slices, between the events of the window: a folder may hold 100,000."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from app.problem import Busy, Problem
from app.project.records import ImageRecord
from app.project.store import Project

_PAUSE_MS = 1000
"""Before another look, when another program kept the first one from being noted."""
_TELL_S = 0.15
"""The first ones at once; a list that grows is laid out anew each time."""


class Scanner(QObject):
    found = Signal(int, object)
    """So many new images, so far; those of them that are listed since, in no order."""
    ended = Signal(bool)
    """Whether there is more to be listed than was told: images whose files were moved."""
    passed_over = Signal(str)
    """A sentence on files that were not looked at and could be."""
    failed = Signal(str)
    waiting = Signal(str)
    """A sentence: it goes on by itself."""

    def __init__(self) -> None:
        super().__init__()
        self._project: Project | None = None
        self._steps: Iterator[tuple[int, int]] | None = None
        self._count = self._before = self._listed = 0
        """So many images were found, so many before it had to begin anew, so many are in the list."""
        self._new: list[ImageRecord] = []
        self._told_at = 0.0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._step)

    def start(self, project: Project) -> None:
        if self._project is project:
            self._tell()  # what was found until now is known to the project, and not found again
        self._project, self._steps, self._new = project, project.scan(self._listen), []
        self._count = self._before = self._listed = 0
        self._told_at = 0.0
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
        self._project = self._steps = None

    def _step(self) -> None:
        if self._steps is None:
            return
        was_waiting = self._timer.interval() > 0
        self._timer.setInterval(0)
        try:
            added, _ = next(self._steps)
            self._count = self._before + added
            if self._new and monotonic() - self._told_at > _TELL_S:
                self._tell()
        except StopIteration as end:
            self._tell()
            self.stop()
            if end.value:
                self.passed_over.emit(end.value)
            self.ended.emit(self._listed < self._count)
        except Busy as problem:
            self._begin_anew()
            if not was_waiting:
                self.waiting.emit(problem.meanwhile)
        except Problem as problem:
            self._tell()
            self.stop()
            self.failed.emit(str(problem))

    def _begin_anew(self) -> None:
        """What was added stays, and is passed over quickly."""
        if self._project is not None:
            self._steps, self._before = self._project.scan(self._listen), self._count
            self._timer.setInterval(_PAUSE_MS)

    def _listen(self, new: list[ImageRecord]) -> None:
        self._listed += len(new)
        self._new += new

    def _tell(self) -> None:
        new, self._new = self._new, []
        self._told_at = monotonic()
        self.found.emit(self._count, new)
