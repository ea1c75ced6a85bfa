"""The model's part in the object in the making: prompts go out to the engine, masks come back into the draft."""

from __future__ import annotations

from dataclasses import replace

from app.engine.replies import Decoded, Failed, FirstCandidate
from app.engine.requests import Decode
from app.engine.values import Start
from app.labeling.bus import Bus
from app.labeling.candidates import Ring, turned_ahead
from app.labeling.closeups import Closeups
from app.labeling.draft import Closer, Edited, Prompted, Revision, Saved, next_revision
from app.labeling.drafts import Drafts
from app.labeling.events import Changed, Notice
from app.labeling.hover import Hover
from app.labeling.levels import Levels
from app.labeling.place import Place
from app.labeling.recalling import with_answers
from app.sam.closeup import Closeup
from app.text import say


class Decoding:
    """Asks the engine for masks and puts its answers where they were asked for; what is stale is dropped."""

    def __init__(
        self, place: Place, drafts: Drafts, *, closeups: Closeups, hover: Hover, levels: Levels, bus: Bus
    ) -> None:
        self._place, self._drafts, self._closeups, self._hover = place, drafts, closeups, hover
        self._levels, self._engine, self._tell = levels, bus.engine, bus.tell
        drafts.taken_up = self.refresh
        bus.replies.on(Decoded, self._decoded)
        bus.replies.on(FirstCandidate, self._first_candidate)
        bus.replies.on(Failed, self._failed, of=Decode)

    # --- asking --------------------------------------------------------------------------------------------------

    def ask(self, source: Prompted) -> None:
        """Extends the draft by a mask that the model is asked for."""
        source = with_answers(source, self._drafts.draft, self._place.model_key)
        asked = self._submitted(source)
        self._drafts.change(self._drafts.draft.extended(asked))
        preview = None if source.seed or source.start else self._hover.answer_to(source.prompt)
        if preview is not None and preview.proposal is not None and preview.image.closeup == source.closeup:
            self._first_candidate(FirstCandidate(preview.image, preview.model_key, asked.number, preview.proposal))

    def take_back_stored(self, source: Prompted) -> None:
        """Asks for the picked-up object without its last stored click."""
        self._drafts.change(self._drafts.draft.with_stored_click_back(self._submitted(source)))

    def ask_about_stroke(self, closeup: Closeup | None) -> None:
        """Asks what the newest stroke left undone; the stroke as it was drawn is shown meanwhile.

        Only a model that can answer at once is asked: nobody wants a mask to change long after the stroke.
        """
        draft, shown, image_id = self._drafts.draft, self._drafts.draft.proposal, self._place.image_id
        source, is_ready = draft.top.source, self._place.model is not None and self._place.is_encoded
        if not isinstance(source, Edited) or shown is None or shown.is_empty or image_id is None or not is_ready:
            return
        number, start = next_revision(), Start(shown.region, 0, is_settled=True, stroke=source.stroke)
        self._engine.submit(Decode(self._place.ref(image_id, closeup), number, source.prompt, start=start))
        self._drafts.draft = draft.sharpening(Closer(number, closeup))

    def refresh(self) -> None:
        """Asks for what was skipped because it had been superseded: after a step back or a return."""
        draft = self._drafts.draft
        if draft.is_waiting:
            self._replace_top(self._submitted(draft.top.asked))
        elif draft.is_live and draft.top.closer is not None:
            self._drafts.draft = draft.sharpening(None)
            if isinstance(draft.top.source, Edited):
                self.ask_about_stroke(draft.top.closer.closeup)
            else:
                self._look_closer()
        self._tell(Changed("proposal"))

    def ask_new_model(self) -> None:
        """Asks the newest prompt again of a model that was just loaded: the old one's logits mean nothing to it."""
        draft = self._drafts.draft
        is_shown = draft.is_live and not draft.is_unchanged
        is_kept = is_shown and isinstance(draft.top.source, Saved) and not draft.top.source.is_as_accepted
        if is_shown and not is_kept and not isinstance(draft.top.source, Edited):
            self._ask_anew(None)
            self._tell(Changed("proposal"))

    def _submitted(self, source: Prompted) -> Revision:
        assert self._place.image_id is not None
        number, ref = next_revision(), self._place.ref(self._place.image_id, source.closeup)
        usual, answers = self._levels.usual, source.answers
        self._engine.submit(Decode(ref, number, source.prompt, source.seed, source.start, usual, answers=answers))
        return Revision(number, source)

    def _replace_top(self, revision: Revision) -> None:
        self._drafts.draft = self._drafts.draft.asked_again(revision)

    def _ask_anew(self, closeup: Closeup | None, glimpse: Ring | None = None) -> None:
        """Asks the newest prompt again of another part of the image, or of another model, without its logits: they mean
        nothing there. glimpse: shown meanwhile, where a candidate is chosen ahead."""
        asked = self._submitted(self._drafts.draft.top.asked.anew(closeup))
        self._replace_top(replace(asked, ring=glimpse))

    def _look_closer(self) -> None:
        """The answer that is there stays until a better one is."""
        draft, shown = self._drafts.draft, self._drafts.draft.proposal
        if shown is None or self._place.image_id is None:
            return
        closeup = self._closeups.around(shown, draft.prompt)
        if closeup is not None and closeup != shown.closeup:
            asked = self._submitted(draft.top.asked.anew(closeup))
            self._drafts.draft = draft.sharpening(Closer(asked.number, closeup))

    # --- answers -------------------------------------------------------------------------------------------------

    def _decoded(self, reply: Decoded) -> None:
        if not self._place.is_answer(reply):
            return
        closeup, ring = reply.image.closeup, Ring(reply.proposals)
        if closeup is not None:
            self._closeups.remember(closeup)
        before = self._drafts.draft
        draft = before.answered(reply.revision, ring, reply.model_key)
        if draft is None:
            self._sharpened(reply.revision, ring)
            return
        self._drafts.draft = draft
        if reply.revision == draft.top.number:
            if closeup is not None and (draft.proposal is None or draft.proposal.is_cut):
                self._ask_anew(self._closeups.wider(closeup), turned_ahead(before.top.ring))
                return
            self._look_closer()
        self._hover.leave()  # not before: until then it shows what is coming
        if not draft.is_waiting and not reply.proposals:
            self._tell(Notice(say("The model found nothing there. Click again, or take the click back.")))
        self._tell(Changed("proposal"))

    def _sharpened(self, number: int, ring: Ring) -> None:
        """Perhaps still closer: who zoomed in a little may have meant something very small."""
        draft = self._drafts.draft.sharpened(number, ring)
        if draft is not None:
            self._drafts.draft = draft
            is_drawn = draft.is_live and isinstance(draft.top.source, Edited)
            if ring.proposals and draft.proposal in ring.proposals and not draft.is_waiting and not is_drawn:
                self._look_closer()
            self._tell(Changed("proposal"))

    def _first_candidate(self, reply: FirstCandidate) -> None:
        """Good to look at and to accept; the others come in a moment."""
        if reply.proposal.is_cut or not self._place.is_answer(reply):
            return
        ring = Ring((reply.proposal,), is_whole=False)
        draft = self._drafts.draft.answered(reply.revision, ring, reply.model_key)
        if draft is not None:
            self._drafts.draft = draft
            self._hover.leave()
            self._tell(Changed("proposal"))

    def _failed(self, reply: Failed) -> None:
        """The click stays where it is, without a mask."""
        assert isinstance(reply.request, Decode)
        number, draft = reply.request.revision, self._drafts.draft
        failed = draft.answered(number, Ring(), "") or draft.sharpened(number, Ring())
        if failed is not None:
            self._drafts.change(failed)
