"""The panel of the history of the image: it marks the past on the canvas, leads to it and back."""

from __future__ import annotations

from PySide6.QtGui import QColor

from app.labeling.provenance import made_with
from app.project.history.queries import Origin, Touch
from app.project.history.restore import Past
from app.project.records import Annotation, ChangeSet
from app.text import recalled, say, say_n
from app.ui import theme
from app.ui.panel import Panel
from app.ui.shell import Shell
from app.ui.time_format import told
from app.ui.widgets.history_list import NOW, HistoryList
from app.ui.workspace import Workspace


class HistoryView:
    """Fills the list, marks the past on the canvas and in its bar, leads to it and back."""

    def __init__(self, workspace: Workspace, panel: HistoryList) -> None:
        self._session, self._canvas, self._bar = workspace.session, workspace.canvas, workspace.past_bar
        self._panel = panel
        self._touches: list[Touch] = []
        self._origins: dict[int, Origin] | None = None
        self._connect(workspace)

    def _connect(self, workspace: Workspace) -> None:
        session, attempted = self._session, workspace.attempted
        self._panel.chosen.connect(attempted(self._show))
        self._bar.bring_back_wanted.connect(attempted(session.review.bring_back))
        self._bar.now_wanted.connect(attempted(session.review.return_to_now))
        session.on("image", do=attempted(self.refresh))
        session.on("past", do=self._show_past)
        session.on("image", "past", "selection", do=self._mark)
        session.on("past", "selection", do=attempted(self._tell_about))
        session.project.subscribe(attempted(self._project_changed))
        workspace.dressed.connect(self._mark)
        workspace.reloaded.connect(attempted(self.refresh))
        workspace.panel_toggled.connect(attempted(self._toggled))

    def _toggled(self, panel_id: str, is_open: bool) -> None:
        """The past goes with the panel."""
        if panel_id == PANEL.id and is_open:
            self.refresh()
        elif panel_id == PANEL.id:
            self._session.review.return_to_now()

    # --- what changes --------------------------------------------------------------------------------------------

    def _show_past(self) -> None:
        self._panel.show_touches(self._touches, self._shown)

    def _project_changed(self, changes: ChangeSet) -> None:
        rows = [row for change in changes.changes for row in (change.before, change.after)]
        if any(isinstance(row, Annotation) and row.image_id == self._session.image_id for row in rows):
            self.refresh()

    def _show(self, step_id: int) -> None:
        if step_id == NOW:
            self._session.review.return_to_now()
        else:
            self._session.review.look_back(step_id)

    # --- what is shown -------------------------------------------------------------------------------------------

    @property
    def _past(self) -> Past | None:
        return self._session.place.past

    @property
    def _shown(self) -> int:
        return self._past.step_id if self._past else NOW

    def refresh(self) -> None:
        """Reads the steps of the image, if the panel is seen. Raises Problem when they cannot be read."""
        image_id = self._session.image_id
        if not self._panel.isVisible() or image_id is None:
            return
        self._origins = None
        self._touches = self._session.project.history.touches_of(image_id)
        if self._shown not in (NOW, 0) and all(touch.id != self._shown for touch in self._touches):
            self._session.review.return_to_now()  # the step was undone
        self._panel.show_touches(self._touches, self._shown)
        self._tell_about()

    def _mark(self) -> None:
        past, objects = self._past, self._session.objects
        if past is None:
            self._bar.hide()
            self._canvas.marks.show_frame(None)
            return
        can_bring_back = not self._session.project.read_only
        self._bar.show_moment(self._moment(past), selected=len(objects.selection), can_bring_back=can_bring_back)
        self._canvas.marks.show_frame(QColor(theme.colors().busy))

    def _moment(self, past: Past) -> str:
        touch = next((touch for touch in self._touches if touch.id == past.step_id), None)
        if touch is None:
            return say("As it was before the first known step.")
        return say("As it was {time}, after “{touch}”.", time=told(touch.time), touch=recalled(touch.name))

    def _tell_about(self) -> None:
        if not self._panel.isVisible():
            return
        selected = self._session.objects.selected()
        if len(selected) == 1:
            self._panel.show_about(self._about(selected[0]))
        else:
            self._panel.show_about(say("Choose a step to see the image as it was then; an object, to see who made it."))

    def _about(self, annotation: Annotation) -> str:
        if self._origins is None:
            self._origins = self._session.project.history.origins(annotation.image_id)
        origin = self._origins.get(annotation.id)
        made = say("nobody knows who made it")
        if origin is not None:
            made = say(
                "made {time} by {author} ({step})",
                time=told(origin.time),
                author=origin.author,
                step=recalled(origin.name),
            )
        return say("Object {id}: {made}; {how}", id=annotation.id, made=made, how=_how(annotation))


def _how(annotation: Annotation) -> str:
    """Returns a sentence about how an object was made: its clicks, the model, the tools used by hand, scores and
    time."""
    scores = annotation.provenance
    parts: list[str] = [say_n("{n} click", "{n} clicks", annotation.clicks)]
    parts += filter(None, [str(scores.get("model") or ""), made_with(scores.get("by"))])
    for key, name in (("predicted_iou", say("predicted IoU")), ("stability_score", say("stability"))):
        score = scores.get(key)
        parts += [f"{name} {score:.2f}"] if isinstance(score, float) else []
    if annotation.milliseconds:
        parts.append(say("{milliseconds:.1f} s", milliseconds=annotation.milliseconds / 1000))
    return ", ".join(parts) + "."


def _build(_shell: Shell, workspace: Workspace) -> HistoryList:
    panel = HistoryList()
    HistoryView(workspace, panel)
    return panel


PANEL = Panel("history", say("History of this image"), _build, lambda panel: panel.view, place=30, is_open=False)
