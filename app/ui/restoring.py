"""Going back to a backup from the window: the project is closed, exchanged on a thread, and opened again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.problem import shortened
from app.project.restoring import BackupSummary, restore, summaries_of
from app.ui.dialogs import files
from app.ui.dialogs.restore import RestoreDialog

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


def ask_restore(window: MainWindow) -> None:
    """Of the open project; else of one that is asked for, since a damaged one may not open."""
    path = window.workspace.project.path if window.workspace else files.ask_project(window)
    if path is not None:
        title = window.tr("Looking at the backups of {0}").format(shortened(path.stem, most=40))
        window.jobs.start_thread(title, lambda _tell: summaries_of(path), partial(_ask, window, path))


def _ask(window: MainWindow, path: Path, summaries: Sequence[BackupSummary]) -> None:
    dialog = RestoreDialog(path, summaries, window)
    if dialog.exec() and dialog.chosen is not None:
        restore_project(window, path, dialog.chosen)


def restore_project(window: MainWindow, path: Path, backup: Path) -> None:
    """As soon as all masks are saved."""
    window.leave_project(lambda: _start(window, path, backup))


def _start(window: MainWindow, path: Path, backup: Path) -> None:
    def open_again() -> None:
        if window.workspace is None and window.isVisible():
            window.open_path(path)

    window.jobs.start_thread(
        window.tr("Restoring {0}").format(shortened(path.stem, most=40)),
        lambda tell: restore(path, backup, tell),
        lambda told: window.toast.show_text(str(told)),
        ended=lambda: window.attempt(open_again),
    )
