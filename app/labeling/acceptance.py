"""The object in the making on the image now shown: from the first click to the row of the project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from app.engine.requests import Decode, Decoded, Reply, Submit
from app.labeling.asking import Asking, revisions
from app.labeling.candidates import Ring
from app.labeling.draft import Attempt, Draft
from app.labeling.events import Changed, Notice
from app.labeling.saving import Accepted, resumed, save, save_findings, taken
from app.problem import Busy, Problem
from app.project.history.restore import bring_back, past_of
from app.project.records import ChangeSet
from app.project.store import Project


class Making(Asking):
    """What becomes of the draft. Session adds the way from image to image, undo, and all other replies."""

    def __init__(self, project: Project, engine: Submit, clock: Callable[[], float]) -> None:
        super().__init__(project, engine, clock)
        self._in_advance: dict[int, Accepted] = {}
        self._parked: defaultdict[int, list[Draft]] = defaultdict(list)

    @property
    def accepted_in_advance(self) -> int:
        """So many masks are still to come and will be saved as soon as they do."""
        return len(self._in_advance)

    # --- beginning -----------------------------------------------------------------------------------------------

    def take(self, x: float, y: float) -> bool:
        """Makes what everything mode found at this pixel the object in the making, with all that lies around it as
        further candidates. False when nothing was found there, or another object is in the making."""
        found = [] if self.draft.is_live else self.everything.at(x, y)
        if found:
            self.objects.select(None)
            self._effort.touch()
            self.draft = taken(found, (x, y), next(revisions), self._model_key)
            self.hover.leave()
            self._tell(Changed("proposal"))
        return bool(found)

    def resume(self, annotation_id: int) -> None:
        """Picks a saved object up again: its mask and its prompts come back; accepting replaces it."""
        self.objects.must_be_now()
        saved = next((a for a in self.objects.all() if a.id == annotation_id), None)
        if saved is None:
            return
        self.objects.select(None)
        self.hover.leave()
        self.draft = resumed(saved, next(revisions))
        self._effort.start()
        self._tell(Changed("proposal"))

    def discard(self) -> None:
        """Back to now; else nothing in the making any more, and a resumed object stays as it was saved. Else nothing is
        selected; else what everything mode found goes."""
        if self.objects.past is not None:
            self.return_to_now()
        elif self.draft.is_live:
            self._begin()
        elif self.objects.selection:
            self.objects.select(None)
        else:
            self.everything.clear()

    def set_category(self, category_id: int) -> None:
        """Of the object in the making, else of the selection, else of the next object."""
        if self.draft.resumed is not None:
            self.draft = replace(self.draft, category_id=category_id)
            self._tell(Changed("category"))
        elif self.draft.is_live or not self.objects.selection:
            self.classes.choose(category_id)
        else:
            self.objects.set_category(category_id)

    def _begin(self) -> None:
        """A new object, or one that waits here to be finished."""
        self.draft = self._unparked()
        self._effort.start()
        self._tell(Changed("proposal"))

    def _unparked(self) -> Draft:
        waiting = self._parked[self.image_id] if self.image_id is not None else []
        return waiting.pop() if waiting else Draft()

    # --- the past ------------------------------------------------------------------------------------------------

    def look_back(self, step_id: int) -> None:
        """Shows the objects as they were when that step was the last one, 0: before the first. Nothing can be changed
        there; what was in the making waits."""
        if self.image_id is None:
            return
        past = past_of(self.project, self.image_id, step_id)
        self._park()
        self.hover.leave()
        self.everything.clear()
        self.objects.show_past(past)
        self._tell(Changed("proposal"))

    def return_to_now(self) -> None:
        if self.objects.past is not None:
            self.objects.show_past(None)
            self.draft = self._unparked()
            self._effort.start()
            self._refresh()

    def bring_back(self) -> None:
        """The selected objects as they were, or all of them, in one step; and back to now."""
        past = self.objects.past
        if past is not None:
            done = bring_back(self.project, past, only=self.objects.selection)
            self.return_to_now()
            self._tell(Notice(str(done), undoable=bool(done.changes.changes)))

    def _park(self) -> None:
        """What is in the making waits on its image."""
        if self.draft.is_live and not self.draft.is_unchanged and self.image_id is not None:
            self._effort.touch()
            milliseconds = self.draft.milliseconds + self._effort.milliseconds
            self._parked[self.image_id].append(replace(self.draft, milliseconds=milliseconds))
            self._tell(Notice("The mask was not accepted; it waits on its image."))
        self.draft = Draft()

    # --- accepting -----------------------------------------------------------------------------------------------

    def accept(self) -> ChangeSet | None:
        """Saves the chosen candidate as one step. None when there is nothing to save, or not yet."""
        draft = self.draft
        if not draft.is_live:
            self._tell(Notice("Nothing to accept yet: click on an object first."))
        elif draft.is_unchanged:
            self._begin()
        elif draft.is_waiting:
            self._accept_in_advance()
        elif draft.proposal is None:
            self._tell(Notice("There is no mask to accept: the model found nothing there."))
        else:
            changes = save(self.project, self.classes, self._accepted())
            self._begin()
            return changes
        return None

    def accept_findings(self) -> ChangeSet | None:
        """All that everything mode found, as one step."""
        findings = self.everything.findings
        if not findings or self.image_id is None:
            self._tell(Notice("There is nothing to accept: look for everything first."))
            return None
        self.everything.stop()
        category_id = self.classes.current.id if self.classes.current else None
        changes = save_findings(self.project, self.classes, self.image_id, findings, category_id, self._model_key)
        self._tell(Notice(f"Accepted {len(findings)} object{'s' * (len(findings) > 1)}.", undoable=True))
        return changes

    def _accepted(self) -> Accepted:
        assert self.image_id is not None
        self._effort.touch()
        category_id = self.category.id if self.category else None
        milliseconds = self.draft.milliseconds + self._effort.milliseconds
        return Accepted(self.image_id, self.draft, category_id, milliseconds)

    def _accept_in_advance(self) -> None:
        accepted = self._accepted()
        top = self.draft.attempts[-1]
        self._in_advance[top.revision] = accepted
        ref = self._ref(accepted.image_id, top.closeup)
        self._engine.submit(Decode(ref, top.revision, top.prompt, top.seed, keep=True))
        self._begin()

    def _settle(self, accepted: Accepted, reply: Decoded) -> None:
        """The mask of an object that was accepted in advance is there."""
        draft = accepted.draft.answered(reply.revision, Ring(reply.proposals), reply.model_key)
        assert draft is not None
        if draft.proposal is not None and draft.proposal.is_cut:
            self._settle_with_the_whole(accepted)
            return
        try:
            if draft.proposal is None or not reply.proposals:
                raise Problem("The model found nothing at the object that was accepted in advance.")
            save(self.project, self.classes, replace(accepted, draft=draft))
        except Busy:
            self._in_advance[reply.revision] = accepted  # to be received again
            raise
        except Problem:
            self._give_back(accepted, draft)
            raise
        self._tell(Changed("proposal"))

    def give_up(self, reply: Reply) -> None:
        """On saving what this reply brought, after it was received in vain."""
        accepted = self._in_advance.pop(reply.revision, None) if isinstance(reply, Decoded) else None
        if accepted is not None and isinstance(reply, Decoded):
            draft = accepted.draft.answered(reply.revision, Ring(reply.proposals), reply.model_key)
            self._give_back(accepted, draft or accepted.draft)

    def _settle_with_the_whole(self, accepted: Accepted) -> None:
        """It reaches beyond the close-up that it was asked of."""
        top = accepted.draft.attempts[-1]
        prompt, revision = top.prompt.with_logits(None), next(revisions)
        wider = self.closeups.wider(top.closeup) if top.closeup and accepted.image_id == self.image_id else None
        again = accepted.draft.asked_again(Attempt(revision, prompt, top.seed, closeup=wider))
        self._in_advance[revision] = replace(accepted, draft=again)
        self._engine.submit(Decode(self._ref(accepted.image_id, wider), revision, prompt, top.seed, keep=True))

    def _give_back(self, accepted: Accepted, draft: Draft) -> None:
        """It could not be saved: it is in the making again, as soon as nothing else is."""
        self._parked[accepted.image_id].append(replace(draft, milliseconds=accepted.milliseconds))
        if not self.draft.is_live:
            self._begin()

    # --- answers -------------------------------------------------------------------------------------------------

    def _decoded(self, reply: Decoded) -> None:
        accepted = self._in_advance.pop(reply.revision, None)
        if accepted is None:
            super()._decoded(reply)
        else:
            self._settle(accepted, reply)

    def _decode_failed(self, request: Decode) -> None:
        accepted = self._in_advance.pop(request.revision, None)
        if accepted is not None:
            self._give_back(accepted, accepted.draft.answered(request.revision, Ring(), "") or accepted.draft)
        super()._decode_failed(request)
