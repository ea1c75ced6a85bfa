"""What Ctrl+S answers: there is nothing to save, and since when and where it is."""

from __future__ import annotations

from app.text import say, say_n
from app.ui.time_format import told
from app.ui.workspace import Workspace


def saved(workspace: Workspace) -> str:
    """Returns whether everything is in the project file, in a sentence; what can be written now is."""
    project, draft = workspace.project, workspace.session.editor.draft
    if project.read_only:
        return say("Nothing was changed, so there is nothing to save. {reason}", reason=project.read_only_reason)
    pending = _pending(workspace)
    if pending:
        return pending
    last = project.history.last
    if last is None:
        return say("Nothing was changed yet. Each change is saved at once, in {path}.", path=project.path)
    when = told(last)
    if draft.is_live and not draft.is_unchanged:
        return say(
            "All that was accepted is saved, {when}, in {path}. The mask in the making is not yet: "
            "{key:mask.accept} accepts it.",
            when=when,
            path=project.path,
        )
    return say("Everything is saved, the last change {when}, in {path}.", when=when, path=project.path)


def _pending(workspace: Workspace) -> str:
    """What is not saved yet."""
    if workspace.again.is_waiting:
        return say("Not yet: another program is writing to the project. It is tried again by itself.")
    pending = workspace.session.acceptance.pending
    if pending:
        return say_n(
            "Not yet: {n} mask that was accepted is still being made, and saved as soon as it is there.",
            "Not yet: {n} masks that were accepted are still being made, and saved as soon as they are there.",
            pending,
        )
    deferred = workspace.project.deferred
    return "" if deferred.save() else say("All masks are saved, other things not yet. {reason}", reason=deferred.reason)
