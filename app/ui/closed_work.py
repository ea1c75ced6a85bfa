"""Work on the file of a project that nobody may have open: it is closed, and opened again however that ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.ui.shell import Shell


def work_while_closed(
    shell: Shell, project: Path, title: str, work: Callable[[Callable[[float], None]], object]
) -> None:
    """Closes the project as soon as all masks are saved, does the work on a thread, and opens the project again, unless
    the person has opened something meanwhile.

    `work` gets a function to tell its progress to; what it returns is told to the person.
    """

    def open_again() -> None:
        if shell.workspace is None and not shell.is_opening and shell.window().isVisible():
            shell.open_path(project)

    def start() -> None:
        shell.jobs.start_thread(
            title,
            work,
            lambda told: shell.toast.show_text(str(told), stays=True),
            ended=lambda: shell.attempt(open_again),
            failed=lambda sentence: shell.toast.show_text(sentence, bad=True, stays=True),
        )

    shell.leave_project(start)
