"""Undo and redo: of the last click while an object is in the making, otherwise of the project's journal."""

from __future__ import annotations

from collections.abc import Callable

from app.labeling import travel
from app.labeling.draft import Draft
from app.labeling.drafts import Drafts
from app.labeling.editor import Editor
from app.labeling.events import Notice, Tell
from app.labeling.navigation import Navigation
from app.labeling.place import Place
from app.project.records import ChangeSet
from app.text import say


class UndoStack:
    """Decides what undo and redo mean right now, and opens the image that they changed."""

    def __init__(self, place: Place, drafts: Drafts, editor: Editor, navigation: Navigation, tell: Tell) -> None:
        self._place, self._drafts, self._editor, self._navigation = place, drafts, editor, navigation
        self._tell = tell

    def undo(self) -> None:
        """Takes back the last click, or the last step of the project. Raises Problem while the past is shown."""
        self._place.writable()
        if self._drafts.draft.is_live:
            self._editor.back()
        else:
            self._drafts.draft = Draft()  # clicks taken back before are older than what is undone now
            self._replay(self._place.project.undo, say("Nothing to undo."), redo=False)

    def redo(self) -> None:
        """Brings back what undo took back. Raises Problem while the past is shown."""
        self._place.writable()
        if self._drafts.draft.undone:
            self._editor.forward()
        else:
            self._replay(self._place.project.redo, say("Nothing to redo."), redo=True)

    def _replay(self, replay: Callable[[], ChangeSet | None], otherwise: str, *, redo: bool) -> None:
        """What is long is left to who listens, who does it beside the window."""
        long = self._place.project.steps.long_replay(redo=redo)
        if long is None:
            self._show_change(replay(), otherwise)
        else:
            self._tell(long)

    def _show_change(self, changes: ChangeSet | None, otherwise: str) -> None:
        """The person sees what was undone: the image that changed is opened."""
        if changes is None:
            self._tell(Notice(otherwise))
            return
        known = {image.id for image in self._place.project.images()}
        touched = [image_id for image_id in travel.touched(changes) if image_id in known]
        if touched and self._place.image_id not in touched:
            self._navigation.open(touched[0])
