"""The right of the status row: which image of how many, how many masks, and how long one takes."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.project.store import Project
from app.text import say, say_n
from app.ui.shell import Shell


class WorkLine(QObject):
    """Tells how the work goes."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window())
        self._shell = shell

    def show(self) -> None:
        """Shows it as it is now."""
        workspace = self._shell.workspace
        if workspace is None:
            return
        images, image_id = workspace.images, workspace.session.image_id
        at = 0 if image_id is None else images.row(image_id) + 1
        where = f"{at}/{images.rowCount()}"
        status = self._shell.status
        status.show_work(where, "")  # all that is known of a damaged project
        self._shell.attempt(lambda: status.show_work(where, self._pace(workspace.project)))

    def _pace(self, project: Project) -> str:
        masks = project.statistics.annotation_counts().total()
        mean_ms = project.statistics.mean_milliseconds()
        pace = say(", {mean_ms:.1f} s each", mean_ms=mean_ms / 1000) if mean_ms else ""
        return (say_n("{n} mask", "{n} masks", masks)) + pace
