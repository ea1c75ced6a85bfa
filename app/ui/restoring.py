"""Going back to a backup from the window: the project is closed, exchanged on a thread, and opened again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from app.problem import shortened
from app.project.safety.restoring import BackupSummary, restore, summaries_of
from app.text import say
from app.ui.closed_work import work_while_closed
from app.ui.dialogs import files
from app.ui.dialogs.restore import RestoreDialog
from app.ui.dialogs.until_closed import until_closed
from app.ui.shell import Shell


def ask_restore(shell: Shell) -> None:
    """Offers the backups of the open project; else of one that is asked for, since a damaged one may not open."""
    path = shell.workspace.project.path if shell.workspace else files.ask_project(shell.window())
    if path is not None:
        title = say("Looking at the backups of {file}", file=shortened(path.stem, most=40))
        shell.jobs.start_thread(title, lambda _tell: summaries_of(path), partial(_ask, shell, path))


def _ask(shell: Shell, path: Path, summaries: Sequence[BackupSummary]) -> None:
    with until_closed(RestoreDialog(path, summaries, shell.window())) as dialog:
        if dialog.exec() and dialog.chosen is not None:
            restore_project(shell, path, dialog.chosen)


def restore_project(shell: Shell, path: Path, backup: Path) -> None:
    """Puts the backup in the place of the project, as soon as all masks are saved."""
    title = say("Restoring {file}", file=shortened(path.stem, most=40))
    work_while_closed(shell, path, title, lambda tell: restore(path, backup, tell))
