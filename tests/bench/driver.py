"""The real window, driven through a real event loop. QTest.qWait starves the engine's thread; this does not."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

PATIENCE_S = 120.0
_LOOK_MS = 5
"""What no event tells is looked at so often."""


@contextmanager
def program(home: Path, *, model: str = "starter", **caches: int) -> Iterator[MainWindow]:
    """As `maskwright` starts it, with the folders of the user below home. caches: of Engine, in bytes."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["MASKWRIGHT_HOME"] = str(home)
    from functools import partial

    from PySide6.QtWidgets import QApplication

    from app.ui import start, theme
    from app.ui.bridge import GarbageCollector
    from app.ui.settings import Settings

    sys.setswitchinterval(start.SWITCH_INTERVAL_S)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    theme.apply(app)
    collector = GarbageCollector(app)
    settings = Settings()
    settings.model = model
    if caches:
        start.Engine = partial(start.Engine, **caches)  # type: ignore[misc, assignment]
    with start.assembled(settings) as window:
        window.models.state.loaded.connect(collector.freeze)
        window.resize(1280, 800)
        window.show()
        yield window
        window.close()


def wait(milliseconds: int) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def until(condition: Callable[[], object], otherwise: str = "it never came true") -> float:
    """Milliseconds until it held, looked at after every event. It sleeps in between, as the program does: given a time,
    processEvents() does not wait, and a loop around it takes the engine's thread its turns."""
    from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

    began = time.perf_counter()
    wake_up = QTimer()
    wake_up.start(_LOOK_MS)
    while not condition():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        assert time.perf_counter() - began < PATIENCE_S, otherwise
    return (time.perf_counter() - began) * 1000


def resident_mb() -> float:
    """Of this process; Linux tells it in pages."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
