"""Compacting the project on the screen: it is closed, compacted on a thread, and opened again however that ended."""

from __future__ import annotations

from datetime import datetime

from app.project.history.compaction import compact
from app.text import say
from app.ui.closed_work import work_while_closed
from app.ui.dialogs.compaction import CompactDialog
from app.ui.dialogs.until_closed import until_closed
from app.ui.shell import Shell


def ask_compact(shell: Shell) -> None:
    """Asks how much of the history shall stay, and compacts the project."""
    with until_closed(CompactDialog(shell.window())) as dialog:
        if dialog.exec():
            compact_project(shell, dialog.before)


def compact_project(shell: Shell, before: datetime) -> None:
    """Forgets the steps before that time, as soon as all masks are saved."""
    if shell.workspace is not None:
        path = shell.workspace.project.path
        title = say("Compacting {file}", file=path.stem)
        work_while_closed(shell, path, title, lambda tell: compact(path, before, tell))
