"""Looking at an image as it was, and bringing back what was there."""

from __future__ import annotations

from app.labeling.decoding import Decoding
from app.labeling.drafts import Drafts
from app.labeling.events import Changed, Notice, Tell
from app.labeling.everything import Everything
from app.labeling.hover import Hover
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.project.history.restore import Past, bring_back, past_of


class ReviewPast:
    """Shows the past of the image instead of its objects of now. What is in the making waits meanwhile."""

    def __init__(
        self,
        place: Place,
        drafts: Drafts,
        decoding: Decoding,
        *,
        objects: Objects,
        everything: Everything,
        hover: Hover,
        tell: Tell,
    ) -> None:
        self._place, self._drafts, self._decoding = place, drafts, decoding
        self._objects, self._everything, self._hover, self._tell = objects, everything, hover, tell

    def look_back(self, step_id: int) -> None:
        """Shows the objects as they were when that step was the last one; 0: before the first."""
        if self._place.image_id is None:
            return
        past = past_of(self._place.project, self._place.image_id, step_id)
        self._drafts.park()
        self._hover.leave()
        self._everything.leave()
        self._show(past)
        self._tell(Changed("proposal"))

    def return_to_now(self) -> None:
        """Shows the objects of now again, and what waits to be finished."""
        if self._place.past is not None:
            self._show(None)
            self._everything.enter()
            self._drafts.unpark()
            self._drafts.effort.start()
            self._decoding.refresh()

    def bring_back(self) -> None:
        """Restores the selected objects as they were, or all of them, in one step; and returns to now."""
        past = self._place.past
        if past is not None:
            done = bring_back(self._place.project, past, only=self._objects.selection)
            self.return_to_now()
            self._tell(Notice(str(done), done.changes.step_id))

    def _show(self, past: Past | None) -> None:
        self._place.past = past
        self._objects.forget_deleted()
        self._tell(Changed("past"))
