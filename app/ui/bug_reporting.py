"""What the window knows for a report, and the offer of one after a crash."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from app.support.bug_report import Situation
from app.support.crashes import take_crash
from app.text import say
from app.ui.dialogs.bug_report import BugReportDialog
from app.ui.reported_settings import places, reported
from app.ui.shell import Shell
from app.ui.workspace import Workspace


def show_bug_report(shell: Shell) -> None:
    """Opens the dialog of the report beside the work."""
    BugReportDialog(situation_of(shell), shell.window()).show()


def offer_report_of_crash(shell: Shell) -> None:
    """Tells once that the program ended by a fault the last time, and offers a report."""
    if take_crash():
        shell.toast.show_text(
            say("Maskwright ended unexpectedly the last time. What had been accepted is saved."),
            action=lambda: show_bug_report(shell),
            label=say("Save a report…"),
        )


def situation_of(shell: Shell) -> Situation:
    """Returns what of the running window belongs into a report."""
    project, names = _project(shell.workspace)
    return Situation(
        screens=_screens(),
        settings=reported(shell.settings),
        places=places(shell.settings),
        project=project,
        names=names,
    )


def _screens() -> list[str]:
    return [f"Qt platform {QGuiApplication.platformName()}"] + [
        f"screen {screen.size().width()} x {screen.size().height()} points, {screen.devicePixelRatio():g} times"
        for screen in QGuiApplication.screens()
    ]


def _project(workspace: Workspace | None) -> tuple[list[str], list[str]]:
    """Two lists of lines: what names nothing, and what does."""
    if workspace is None:
        return ["none is open"], []
    project, place = workspace.project, workspace.session.place
    counts = project.statistics.counts()
    lines = [", ".join(f"{name}: {count}" for name, count in counts.items())]
    if project.read_only:
        lines.append("only read")
    if place.image_id is not None:
        height, width = place.image_size
        lines.append(f"the image that is shown has {width} x {height} pixels")
    return lines, [str(project.path), *(f"class {each.name}" for each in project.categories())]
