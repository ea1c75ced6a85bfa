"""Which of the projects opened last are there: a drive or a server that is away may take half a minute to say so."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

from PySide6.QtCore import QObject, Qt, Signal

from app.ui.settings import Settings

_PATIENCE_S = 0.05
"""A disk of this computer has answered by then, and no list changes while one looks at it."""


class RecentProjects(QObject):
    """Lists them, without those that are gone as soon as that is known."""

    changed = Signal()
    """Another one is found to be gone, or to be there again."""
    _known = Signal()
    """The same, on the thread that found it out."""

    def __init__(self, settings: Settings, parent: QObject) -> None:
        """Looks for nothing yet."""
        super().__init__(parent)
        self._settings = settings
        self._gone = frozenset[Path]()
        self._thread: Thread | None = None
        self._known.connect(self.changed, Qt.ConnectionType.QueuedConnection)

    def look(self) -> list[Path]:
        """Looks anew which are there, and returns the list, which `changed` may make shorter."""
        if self._thread is None or not self._thread.is_alive():
            paths = self._settings.recent()
            self._thread = Thread(target=self._look, args=(paths,), name="recent projects", daemon=True)
            self._thread.start()
        self._thread.join(_PATIENCE_S)
        return self.listed()

    def listed(self) -> list[Path]:
        """Returns them, newest first; nothing is looked at."""
        return [path for path in self._settings.recent() if path not in self._gone]

    def _look(self, paths: Sequence[Path]) -> None:
        """On the thread, which may outlive the window: then nobody waits for it any more."""
        gone = frozenset(path for path in paths if not is_file(path))
        if gone != self._gone:
            self._gone = gone
            with suppress(RuntimeError):
                self._known.emit()


def is_file(path: Path) -> bool:
    """Returns whether a file is there. It may take long: not for the thread of the window."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # somebody else wrote its name: too long, or a NUL within
        return False
