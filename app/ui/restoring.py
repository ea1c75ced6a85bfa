"""Going back to a backup from the window: the project is closed, exchanged on a thread, and opened again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.problem import shortened
from app.project.safety.restoring import BackupSummary, restore, summaries_of
from app.ui.closed_work import work_while_closed
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
    title = window.tr("Restoring {0}").format(shortened(path.stem, most=40))
    work_while_closed(window, path, title, lambda tell: restore(path, backup, tell))
