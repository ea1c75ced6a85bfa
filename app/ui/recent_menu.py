"""The menu of the projects that were opened last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QMenu

from app.text import say
from app.ui.menus import add_named
from app.ui.recent_projects import RecentProjects

_NAME_PX = 480
"""Longer names lose their middle."""


class RecentMenu(QMenu):
    """Lists the projects anew whenever it is shown, and while it is when one is found to be gone."""

    def __init__(self, recent: RecentProjects, open_path: Callable[[Path], object]) -> None:
        """Makes the menu. open_path: gets the project that is chosen."""
        super().__init__(say("Open recent"))
        self._recent, self._open_path = recent, open_path
        self.aboutToShow.connect(self._look)
        recent.changed.connect(self._changed)

    def _look(self) -> None:
        self._fill(self._recent.look())

    def _changed(self) -> None:
        self._fill(self._recent.listed())

    def _fill(self, paths: Sequence[Path]) -> None:
        self.clear()
        for path in paths:
            entry = add_named(self, f"{path.stem} — {path.parent}", _NAME_PX)
            entry.triggered.connect(partial(self._open, path))
        if self.isEmpty():
            self.addAction(say("No project was opened yet")).setEnabled(False)

    def _open(self, path: Path, _checked: bool = False) -> None:
        self._open_path(path)
