"""Compacting the project on the screen: it is closed, compacted on a thread, and opened again however that ended."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.project.compaction import compact
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
        window.leave_project(lambda: _start(window, path, before))


def _start(window: MainWindow, path: Path, before: datetime) -> None:
    def open_again() -> None:
        if window.workspace is None and window.isVisible():
            window.open_path(path)

    window.jobs.start_thread(
        window.tr("Compacting {0}").format(path.stem),
        lambda tell: compact(path, before, tell),
        lambda told: window.toast.show_text(str(told)),
        ended=lambda: window.attempt(open_again),
    )
