"""Work on the file of a project that nobody may have open: it is closed, and opened again however that ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


def work_while_closed(
    window: MainWindow, project: Path, title: str, work: Callable[[Callable[[float], None]], object]
) -> None:
    """Begins on a thread as soon as all masks are saved. work: gets a function to tell its progress to; what it
    returns is told to the person."""

    def open_again() -> None:
        if window.workspace is None and window.isVisible():
            window.open_path(project)

    def start() -> None:
        window.jobs.start_thread(
            title,
            work,
            lambda told: window.toast.show_text(str(told)),
            ended=lambda: window.attempt(open_again),
        )

    window.leave_project(start)
