"""The one signal that carries the engine's replies to the GUI thread, and the rule for collecting garbage."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.engine.replies import Reply

_GC_INTERVAL_MS = 1000


class Bridge(QObject):
    """`deliver` may be called from any thread; `arrived` is always heard on the GUI thread."""

    arrived = Signal(object)
    _delivered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._delivered.connect(self.arrived, Qt.ConnectionType.QueuedConnection)
        self._open = True

    def deliver(self, reply: Reply) -> None:
        """Passes a reply on to the GUI thread; may be called on any thread."""
        if self._open:
            self._delivered.emit(reply)

    def close(self) -> None:
        """Drops what the engine still says: the window is gone and nobody listens."""
        self._open = False


class GarbageCollector(QObject):
    """Collects on the GUI thread only: a collection that runs on the worker may destroy Qt objects there and crash."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=_GC_INTERVAL_MS)
        self._timer.timeout.connect(collect_when_due)
        self._timer.start()

    def freeze(self) -> None:
        """After a model is loaded: torch's hundred thousand objects stay for good; looking at them at every full
        collection would stop the window for a tenth of a second."""
        gc.freeze()


def collect_closed(*, frozen: bool) -> None:
    """What a closed project leaves, now. frozen: it was open while a model was loaded; all that is frozen is looked at
    then, which takes a fifth of a second."""
    frozen = frozen and gc.get_freeze_count() > 0
    if frozen:
        gc.unfreeze()
    gc.collect()
    if frozen:
        gc.freeze()


def collect_when_due() -> None:
    """Collects garbage as Python's own collector does: generation by generation, only when its threshold is passed."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    for generation in (2, 1, 0):
        if counts[generation] > thresholds[generation] > 0:
            gc.collect(generation)
            return
