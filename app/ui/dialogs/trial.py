"""An export that is tried in the background, and thrown away: for what it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from app.formats.kit.format import Format
from app.formats.kit.options import Value
from app.formats.kit.report import Report
from app.formats.kit.sampling import OutlineFigures
from app.ui.jobs import JobListener

REST_MS = 300
"""Who walks through the list with the arrow keys wants none of the formats on the way."""


class TrialListener(JobListener, Protocol):
    """Hears of a trial, and before its end of some outlines."""

    @property
    def outlines(self) -> JobListener:
        """Who gets the OutlineFigures."""
        ...


Begin: TypeAlias = Callable[[Format, Mapping[str, Value], TrialListener], Callable[[], None]]
"""Tries the format with these options; returns what drops the trial."""


class OutlineSample(QObject):
    """Hears what readers would see of some objects."""

    told = Signal(object)
    """OutlineFigures, or None."""

    def progressed(self, fraction: float) -> None:
        """Takes a moment only."""

    def failed(self, sentence: str) -> None:
        """Hears why there are no figures; the trial itself tells what is wrong."""
        self.told.emit(None)

    def done(self, result: OutlineFigures | None) -> None:
        """Hears the figures."""
        self.told.emit(result)


class Trial(QObject):
    """Tries the export that was wanted last, and no other."""

    advanced = Signal(float)
    failed_with = Signal(str)
    told = Signal(object)
    """A Report."""

    def __init__(self, begin: Begin, parent: QObject) -> None:
        super().__init__(parent)
        self._begin = begin
        self.outlines = OutlineSample(self)
        self._wanted: Callable[[], Callable[[], None]] | None = None
        self._drop: Callable[[], None] | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._start)

    def want(self, each: Format, options: Mapping[str, Value]) -> None:
        """After a moment, if nothing else is wanted meanwhile."""
        self.stop()
        self._wanted = lambda: self._begin(each, options, self)
        self._rest.start()

    def stop(self) -> None:
        """Drops the trial that runs or is about to."""
        self._rest.stop()
        if self._drop is not None:
            self._drop()
            self._drop = None

    def _start(self) -> None:
        if self._wanted is not None:
            self._drop = self._wanted()

    # --- as the listener of the job ------------------------------------------------------------------------------

    def progressed(self, fraction: float) -> None:
        """Hears how far the trial is."""
        self.advanced.emit(fraction)

    def failed(self, sentence: str) -> None:
        """Hears why the trial failed."""
        self._drop = None
        self.failed_with.emit(sentence)

    def done(self, result: Report) -> None:
        """Hears what the export would tell."""
        self._drop = None
        self.told.emit(result)
