"""Compacting the project on the screen: it is closed, compacted on a thread, and opened again however that ended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from app.project.history.compaction import compact
from app.ui.closed_work import work_while_closed
from app.ui.dialogs.compaction import CompactDialog

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


def ask_compact(window: MainWindow) -> None:
    """Nothing happens when the person thinks better of it."""
    dialog = CompactDialog(window)
    if dialog.exec():
        compact_project(window, dialog.before)


def compact_project(window: MainWindow, before: datetime) -> None:
    """As soon as all masks are saved."""
    if window.workspace is not None:
        path = window.workspace.project.path
        title = window.tr("Compacting {0}").format(path.stem)
        work_while_closed(window, path, title, lambda tell: compact(path, before, tell))
