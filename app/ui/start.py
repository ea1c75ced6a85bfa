"""Starts the window: builds engine, bridge and window, and takes them down again."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from threading import Thread
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from app import __version__
from app.engine.disk_cache import DiskCache
from app.engine.overviews import Overviews
from app.engine.worker import Engine, WorkerPredictor
from app.partial import remove_all_leftovers, remove_leftovers, remove_own_leftovers
from app.paths import embeddings_dir, models_dir, overviews_dir
from app.problem import Problem
from app.sam.types import OnProgress
from app.support.crashes import watched_for_crashes
from app.support.log import Word, kept_log, log_exception
from app.text import say
from app.ui import language, theme
from app.ui.bridge import Bridge, GarbageCollector
from app.ui.bug_reporting import offer_report_of_crash, show_bug_report
from app.ui.main_window import MainWindow
from app.ui.one_window import OneWindow, hand_over
from app.ui.settings import Settings

_log = logging.getLogger(__name__)
_QT_LEVELS = {
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
OFFER_MS = 2000
"""After the start, until a report is offered: what was open is there again by then."""
SWITCH_INTERVAL_S = 0.001
"""How long the engine's thread may hold the interpreter while the window waits for it: Python's 5 ms, again and again
in one repaint, can be felt."""


def run(path: Path | None, *, sample: bool = False, new_window: bool = False) -> int:
    """Opens the window on a project, a folder, the sample project or the first page; returns the exit status. One that
    runs already does it instead, unless new_window."""
    with kept_log(), watched_for_crashes():
        _log.info("Maskwright %s begins", Word(__version__))
        return _run(path, sample=sample, new_window=new_window)


def _run(path: Path | None, *, sample: bool, new_window: bool) -> int:
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    qInstallMessageHandler(_log_qt)
    app = QApplication(sys.argv[:1])
    if not (sample or new_window) and hand_over(path):
        return 0
    app.setApplicationName("Maskwright")
    app.setDesktopFileName("maskwright")
    settings = Settings()
    language.choose(app, settings.language)
    theme.apply(app)
    theme.choose(app, settings.scheme)
    collector = GarbageCollector(app)
    with assembled(settings) as window:
        window.models.state.loaded.connect(collector.freeze)
        _report_bugs_to(window)
        _end_on_signals(app)
        window.show()
        one_window = OneWindow(window)
        QTimer.singleShot(OFFER_MS, window, lambda: offer_report_of_crash(window))
        Thread(target=_remove_leftovers, name="leftovers", daemon=True).start()
        if sample:
            window.projects.open_sample()
        elif path is not None:
            window.open_path(path)
        else:
            window.projects.open_unclosed()
        try:
            return app.exec()
        finally:
            one_window.close()


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """What Qt has to say, on whatever thread; what it says before it ends the process too."""
    logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.INFO), "%s", message)


def _remove_leftovers() -> None:
    """Removes the leftovers of programs that were killed, where they lie that no project is in."""
    for folder in (Path(gettempdir()), models_dir()):  # that of the models may be a chosen one
        remove_leftovers(folder)
    remove_own_leftovers()
    remove_all_leftovers()


@contextmanager
def assembled(settings: Settings) -> Generator[MainWindow, None, None]:
    """Yields the window with its engine behind it; both threads have ended when the block has."""
    bridge = Bridge()
    disk = DiskCache(embeddings_dir(), settings.embedding_bytes)
    settings.on("embeddings_gb", do=lambda _name: setattr(disk, "budget_bytes", settings.embedding_bytes))
    overviews = Overviews(overviews_dir())
    engine = Engine(partial(_load_predictor, settings), bridge.deliver, disk=disk, overviews=overviews)
    engine.start()
    window = MainWindow(engine, settings)
    bridge.arrived.connect(window.receive)
    try:
        yield window
    finally:
        bridge.close()
        if not engine.stop():
            _log.warning("The engine was still busy when the program ended.")


def _load_predictor(settings: Settings, name: str, on_progress: OnProgress) -> WorkerPredictor:
    """On the engine's thread: torch is imported there, while the window is open already."""
    from app.sam.load import load_predictor
    from app.sam.runtime import choose, runtimes

    wanted = settings.runtime if settings.runtime in {runtime.name for runtime in runtimes()} else None
    return load_predictor(name, on_progress, choose(wanted))


def _report_bugs_to(window: MainWindow) -> None:
    """An exception that nobody expected is our bug: it goes to a file and to the person, and the work goes on. A
    Problem is the person's, wherever it comes from."""

    def report(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if isinstance(error, Problem):
            window.toast.show_problem(error.sentence)
            return
        log_exception(error)
        window.toast.show_text(
            say("Something went wrong: {error}", error=repr(error)),
            action=lambda: show_bug_report(window),
            label=say("Save a report…"),
            bad=True,
        )

    def report_and_forget(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        report(kind, error, trace)
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):  # its frames hold the project
            if hasattr(sys, name):
                delattr(sys, name)

    sys.excepthook = report_and_forget


def _end_on_signals(app: QApplication) -> None:
    """Ctrl+C and a polite kill close the window as a click on its cross does."""

    def end() -> None:
        app.closeAllWindows()
        if not any(window.isVisible() for window in app.topLevelWidgets()):
            app.quit()

    for number in (signal.SIGINT, signal.SIGTERM):
        # Left to the event loop: what is closed or quit before it runs would leave a loop without a window for ever.
        signal.signal(number, lambda *_: QTimer.singleShot(0, app, end))
    # Python hears a signal only when it gets to run: let it, a few times a second
    timer = QTimer(app, interval=200)
    timer.timeout.connect(lambda: None)
    timer.start()
