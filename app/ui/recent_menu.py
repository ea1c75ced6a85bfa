"""The menu of the projects that were opened last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QMenu

from app.text import say
from app.ui.menus import add_named
from app.ui.settings import Settings

_NAME_PX = 480
"""Longer names lose their middle."""


class RecentMenu(QMenu):
    """Lists the projects anew whenever it is shown."""

    def __init__(self, settings: Settings, open_path: Callable[[Path], object]) -> None:
        """Makes the menu. open_path: gets the project that is chosen."""
        super().__init__(say("Open recent"))
        self._settings, self._open_path = settings, open_path
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        for path in self._settings.recent():
            entry = add_named(self, f"{path.stem} — {path.parent}", _NAME_PX)
            entry.triggered.connect(partial(self._open, path))
        if self.isEmpty():
            self.addAction(say("No project was opened yet")).setEnabled(False)

    def _open(self, path: Path, _checked: bool = False) -> None:
        self._open_path(path)
