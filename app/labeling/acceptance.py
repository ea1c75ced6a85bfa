"""Accepting: from the object in the making to a row of the project, now or as soon as its mask is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import NamedTuple

from app.engine.replies import Decoded, Failed, Reply
from app.engine.requests import Decode
from app.engine.values import AutoMask, Proposal
from app.labeling.bus import Bus
from app.labeling.candidates import Ring, turned_ahead
from app.labeling.classes import Classes
from app.labeling.closeups import Closeups
from app.labeling.cutting import Cut, cut_gained, near
from app.labeling.draft import Draft, Revision, keeps_class, next_revision
from app.labeling.drafts import Drafts
from app.labeling.events import Changed, Notice
from app.labeling.everything import Everything
from app.labeling.levels import Levels
from app.labeling.place import Place
from app.labeling.policies import ALLOW, Policy
from app.labeling.saving import Accepted, had_before, others_of, save, save_findings, with_drawn
from app.masks.rle import Mask
from app.problem import Busy, Problem
from app.project.records import Annotation, Change, ChangeSet
from app.text import say, say_n


class _Pending(NamedTuple):
    """An object whose mask is still to come, and when it was accepted: after how many others, and after which step, or
    a later one that only saved others which had been accepted before it."""

    accepted: Accepted
    order: int
    step: datetime | None


class Acceptance:
    """Saves drafts. One accepted before its answer is there is saved when the answer lands, or given back."""

    def __init__(
        self,
        place: Place,
        drafts: Drafts,
        *,
        classes: Classes,
        everything: Everything,
        closeups: Closeups,
        levels: Levels,
        bus: Bus,
    ) -> None:
        self._place, self._drafts, self._classes = place, drafts, classes
        self._everything, self._closeups, self._levels = everything, closeups, levels
        self._engine, self._tell = bus.engine, bus.tell
        self._seen: tuple[Proposal, Policy, list[Annotation], Mask | None, Cut] | None = None
        """What is cut, of what, by which policy, and what it was made of."""
        self._is_saving = False
        self._in_advance: dict[int, _Pending] = {}
        """By the number of the request whose answer is awaited."""
        self._order = count(1)
        drafts.newest_pending = self._newest_order
        bus.replies.on(Decoded, self._decoded)
        bus.replies.on(Failed, self._failed, of=Decode)

    @property
    def pending(self) -> int:
        """The number of accepted masks that are still to come and will be saved as soon as they do."""
        return len(self._in_advance)

    def accept(self) -> ChangeSet | None:
        """Saves the chosen candidate as one step. Returns None when there is nothing to save, or not yet."""
        draft = self._drafts.draft
        if not draft.is_live:
            told = say("Nothing to accept yet: click on an object, or press {key:crosshair.positive} at the crosshair.")
            self._tell(Notice(told))
        elif draft.is_unchanged:
            self._drafts.begin()
        elif draft.is_waiting or draft.ring.is_turned:
            self._accept_in_advance()
        elif draft.proposal is None:
            self._tell(Notice(say("There is no mask to accept: the model found nothing there.")))
        elif draft.proposal.is_empty:
            return self._accept_nothing(draft)
        else:
            self._everything.keep()
            return self._save_now()
        return None

    def _save_now(self) -> ChangeSet:
        """What is shown stays as it is until it is gone: it is not cut by itself, nor are the others again."""
        cutting = self.to_be_cut()
        self._is_saving = True
        try:
            changes = self._save(self._accepted(), cutting)
        finally:
            self._is_saving = False
        self._drafts.accepted()
        return changes

    def _accept_nothing(self, draft: Draft) -> ChangeSet | None:
        """Everything was erased: of a new object there is nothing to save, a saved one is deleted."""
        saved = self._place.project.annotation(draft.resumed.id) if draft.resumed else None
        if saved is None:
            told = say("The mask is empty, there is nothing to accept. {key:prompt.back}: back")
            self._tell(Notice(told))
            return None
        with self._place.project.step(say_n("Delete object", "Delete {n} objects", 1)) as step:
            step.judge(saved.image_id, [saved.mask], "rejected")
            step.delete(saved)
        self._drafts.begin()
        self._tell(Notice(say("Nothing was left of the object: it is deleted."), step.id))
        return step.changes

    def accept_findings(self) -> ChangeSet | None:
        """Saves all that everything mode found, as one step. Returns None when it found nothing.

        One of it that was taken is saved with the others, and is in the making no longer; one that was changed since
        then stays in the making, and is left out.
        """
        taken, image_id = _taken(self._everything, self._drafts.draft), self._place.image_id
        is_changed = taken is not None and len(self._drafts.draft.revisions) > 1
        findings = [each for each in self._everything.findings if not (is_changed and each is taken)]
        if not findings or image_id is None:
            self._tell(Notice(say("There is nothing to accept: look for everything first.")))
            return None
        self._everything.stop()
        category_id = self._classes.current.id if self._classes.current else None
        model_key = self._place.model_key
        changes = save_findings(self._place.project, self._classes, image_id, findings, category_id, model_key)
        if taken is not None and not is_changed:
            self._drafts.begin()
        added = sum(change.before is None for change in _of_objects(changes))
        told = say_n("Accepted {n} object.", "Accepted {n} objects.", added)
        self._tell(Notice(f"{told} {_of_covered(changes)}".strip(), changes.step_id))
        return changes

    @property
    def policy(self) -> Policy:
        """The overlap policy that the object in the making is accepted by, or the next one if none is."""
        draft = self._drafts.draft
        return self._classes.policies.of(self._classes.for_new(self._category_id(draft), keeps_none=keeps_class(draft)))

    def to_be_cut(self) -> Cut | None:
        """Returns what the overlap policy would cut if the object in the making were accepted now; None where it
        allows overlaps, and while there is nothing to accept. The same again as long as nothing is different."""
        if self._is_saving:
            return self._seen[-1] if self._seen else None
        draft, image_id, policy = self._drafts.draft, self._place.image_id, self.policy
        proposal = draft.proposal
        if image_id is None or draft.is_unchanged or proposal is None or policy == ALLOW:
            self._seen = None
            return None
        around = near(proposal.region, others_of(self._place.project, image_id, draft))
        had, before = had_before(self._place.project, draft), self._seen
        if before is None or before[0] is not proposal or before[1:4] != (policy, around, had):
            done = cut_gained(proposal.region, had, policy, around)
            before = self._seen = proposal, policy, around, had, done
        return before[-1]

    @property
    def can_take_back(self) -> bool:
        """True if the last thing that was done was to accept an object whose mask is still to come."""
        newest = self._newest()
        return newest is not None and self._in_advance[newest].step == self._place.last_step()

    def take_back(self) -> int | None:
        """Takes back what was accepted last, before its mask is there: it is in the making again, or waits on its
        image, whose id is returned. Returns None when something was done since, or none is to come."""
        newest = self._newest()
        if newest is None or not self.can_take_back:
            return None
        pending = self._in_advance.pop(newest)
        self._keep(pending)
        accepted = pending.accepted
        self._drafts.offers.taken_back(accepted.image_id, accepted.draft)
        self._give_back(accepted, replace(accepted.draft, category_id=accepted.category_id))
        return accepted.image_id

    def _newest(self) -> int | None:
        """Returns the number of the one that was accepted last."""
        return max(self._in_advance, key=lambda number: self._in_advance[number].order, default=None)

    def _accepted_on(self, image_id: int) -> list[Draft]:
        """What is still to come of an image, each with the class that it is to get."""
        there = [each.accepted for each in self._in_advance.values() if each.accepted.image_id == image_id]
        return [replace(each.draft, category_id=each.category_id, milliseconds=each.milliseconds) for each in there]

    def _keep(self, changed: _Pending) -> None:
        """It is there again after a kill, or is decided about."""
        self._drafts.keep_accepted(changed.accepted.image_id, self._accepted_on)

    def _newest_order(self) -> int:
        return max((pending.order for pending in self._in_advance.values()), default=0)

    def give_up(self, reply: Reply) -> None:
        """Gives back the object that this reply was to complete, after it was received in vain."""
        pending = self._in_advance.pop(reply.revision, None) if isinstance(reply, Decoded) else None
        if pending is not None and isinstance(reply, Decoded):
            self._keep(pending)
            draft = pending.accepted.draft.answered(reply.revision, Ring(reply.proposals), reply.model_key)
            self._give_back(pending.accepted, draft or pending.accepted.draft)

    def _save(self, accepted: Accepted, cutting: Cut | None = None) -> ChangeSet:
        """Saves it with what the policy cuts, which is known already where it was shown."""
        changes = save(self._place.project, self._classes, accepted, cutting)
        self._levels.note(accepted.draft, changes)
        covered = _of_covered(changes)
        if covered:
            self._tell(Notice(covered, changes.step_id))
        return changes

    def _accepted(self) -> Accepted:
        assert self._place.image_id is not None
        draft = self._drafts.draft
        return Accepted(self._place.image_id, draft, self._category_id(draft), self._drafts.spent())

    def _category_id(self, draft: Draft) -> int | None:
        """A class of its own has what was saved before, and what was carried here."""
        return draft.category_id if draft.has_own_class else (c.id if (c := self._classes.current) else None)

    def _accept_in_advance(self) -> None:
        self._ask(_Pending(self._accepted(), next(self._order), self._place.last_step()))
        self._drafts.accepted()

    def _ask(self, pending: _Pending) -> None:
        top = pending.accepted.draft.top
        self._in_advance[top.number] = pending
        self._keep(pending)
        ref = self._place.ref(pending.accepted.image_id, top.closeup)
        prompt, seed, start, answers = top.prompt, top.asked.seed, top.asked.start, top.asked.answers
        usual = self._levels.usual
        self._engine.submit(Decode(ref, top.number, prompt, seed, start, usual, keep=True, answers=answers))

    # --- answers -------------------------------------------------------------------------------------------------

    def _decoded(self, reply: Decoded) -> None:
        """The mask of an object that was accepted in advance is there."""
        pending = self._in_advance.pop(reply.revision, None)
        if pending is None:
            return
        accepted = pending.accepted
        draft = accepted.draft.answered(reply.revision, Ring(reply.proposals), reply.model_key)
        assert draft is not None
        if draft.proposal is not None and draft.proposal.is_cut:
            self._ask_the_whole(pending)
            return
        try:
            if draft.proposal is None or not reply.proposals:
                raise Problem(say("The model found nothing at the object that was accepted in advance."))
            before = self._place.last_step()
            self._save(replace(accepted, draft=with_drawn(draft)))
            self._follow(pending.order, before)
            self._keep(pending)
        except Busy:
            self._in_advance[reply.revision] = pending  # to be received again
            raise
        except Problem:
            self._keep(pending)
            self._give_back(accepted, draft)
            raise
        self._tell(Changed("proposal"))

    def _follow(self, saved: int, before: datetime | None) -> None:
        """What was accepted after this one is still newer than it, though this one was saved only now."""
        now = self._place.last_step()
        for number, pending in self._in_advance.items():
            if pending.order > saved and pending.step == before:
                self._in_advance[number] = pending._replace(step=now)

    def _ask_the_whole(self, pending: _Pending) -> None:
        """It reaches beyond the close-up that it was asked of."""
        accepted, top = pending.accepted, pending.accepted.draft.top
        is_here = accepted.image_id == self._place.image_id
        wider = self._closeups.wider(top.closeup) if top.closeup and is_here else None
        source = top.asked.anew(wider)
        again = Revision(next_revision(), source, turned_ahead(top.ring))
        self._ask(pending._replace(accepted=replace(accepted, draft=accepted.draft.asked_again(again))))

    def _failed(self, reply: Failed) -> None:
        assert isinstance(reply.request, Decode)
        number = reply.request.revision
        pending = self._in_advance.pop(number, None)
        if pending is not None:
            self._keep(pending)
            draft = pending.accepted.draft
            self._give_back(pending.accepted, draft.answered(number, Ring(), "") or draft)

    def _give_back(self, accepted: Accepted, draft: Draft) -> None:
        """It could not be saved: it is in the making again, as soon as nothing else is."""
        self._drafts.give_back(accepted.image_id, replace(draft, milliseconds=accepted.milliseconds))


def _taken(everything: Everything, draft: Draft) -> AutoMask | None:
    """Returns what everything mode found that the object in the making began with; None when it began otherwise."""
    first = draft.revisions[0].shown if draft.is_live and draft.resumed is None else None
    return None if first is None or first.is_empty else everything.like(first.region)


def _of_objects(changes: ChangeSet) -> list[Change]:
    return [change for change in changes.changes if isinstance(change.before or change.after, Annotation)]


def _of_covered(changes: ChangeSet) -> str:
    """What happened to objects that were covered whole, in a sentence; "" when there were none."""
    covered = sum(change.after is None for change in _of_objects(changes))
    if not covered:
        return ""
    return say_n("Deleted {n} object that was covered whole.", "Deleted {n} objects that were covered whole.", covered)
