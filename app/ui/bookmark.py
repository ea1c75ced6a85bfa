"""Where the work is (image, view, tool and how it is set, the object in the making), noted while it goes on: also after
a kill it goes on there.

The class that was chosen is noted by labeling.classes. One write in a pause of the hand, not one for each move.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, TypeAlias

from PySide6.QtCore import QObject, QTimer

from app.engine.replies import Viewed
from app.labeling.tools.registry import TOOLBOX
from app.labeling.tools.remembered import set_again, settings_of
from app.ui.settings import Settings
from app.ui.workspace import Workspace

PAUSE_MS = 500
"""When nothing has moved for so long, it is noted."""
_MOST_S = 4.0
"""Whoever never pauses is not waited for any longer."""
LAST_IMAGE, _LAST_VIEW, _LAST_TOOL, _TOOL_OPTIONS = "last_image", "last_view", "last_tool", "tool_options"
_View: TypeAlias = tuple[int, float, float, float]
"""The id of the image, the x and y of it in the middle of the canvas, and points of the screen per pixel."""


class Bookmark(QObject):
    """Follows the work in one open project, and lets it go on where it was."""

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._settings, self._workspace = settings, workspace
        self._due_s = 0.0
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(workspace.attempted(self.note))
        self._view = _view_of(workspace.project.setting(_LAST_VIEW))
        """To be shown as soon as its image is; None when it was, or another image was opened."""
        self._take_tool()
        workspace.session.on("image", "proposal", "category", do=self._moved)
        workspace.canvas.zoomed.connect(self._moved)
        workspace.tool_shown.connect(self._moved)
        workspace.replies.on(Viewed, self._viewed)

    def note(self) -> None:
        """Notes where the work is now, and that the project is open."""
        workspace, project = self._workspace, self._workspace.project
        self._timer.stop()
        if not workspace.is_live or workspace.session.image_id is None:
            return
        self._settings.note_open(project.path)
        if project.read_only:
            return
        place: dict[str, Any] = {LAST_IMAGE: workspace.session.image_id, _LAST_TOOL: workspace.hand.tool.id}
        place[_TOOL_OPTIONS] = settings_of(TOOLBOX.all())
        if self._view is None:
            place[_LAST_VIEW] = self._view_now()
        project.settings.keep_later(place)
        project.deferred.save()
        workspace.session.navigation.keep()

    def _moved(self) -> None:
        if not self._timer.isActive():
            self._due_s = monotonic() + _MOST_S
        if monotonic() < self._due_s:
            self._timer.start()

    def _view_now(self) -> list[float] | None:
        """None while all of the image is seen: that is shown on every screen."""
        canvas, image_id = self._workspace.canvas, self._workspace.session.image_id
        if canvas.viewport.fitted or not canvas.has_image or image_id is None:
            return None
        x, y = canvas.viewport.middle
        return [image_id, round(x, 2), round(y, 2), round(self._workspace.view.scale, 5)]

    def _viewed(self, reply: Viewed) -> None:
        canvas = self._workspace.canvas
        if self._view is None or not self._workspace.replies.is_shown(reply.image):
            return
        (image_id, x, y, scale), self._view = self._view, None
        if image_id == reply.image.image_id:
            canvas.viewport.show_middle(x, y, scale * canvas.devicePixelRatioF())
            canvas.view_changed()

    def _take_tool(self) -> None:
        project = self._workspace.project
        set_again(TOOLBOX.all(), project.setting(_TOOL_OPTIONS))
        name = project.setting(_LAST_TOOL)
        for tool in TOOLBOX.all():
            if tool.id == name:
                self._workspace.input.take(tool)


def _view_of(value: Any) -> _View | None:
    """A stranger may have written anything there."""
    match value:
        case [int(image_id), int() | float() as x, int() | float() as y, int() | float() as scale] if scale > 0:
            return image_id, float(x), float(y), float(scale)
        case _:
            return None
