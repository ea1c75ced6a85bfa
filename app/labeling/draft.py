"""One object in the making: every prompt of it with the answer that belonged to it.

Taking back a click shows the state before it, previous logits included, without asking the model again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

from app.engine.values import GivenMask, Proposal, Start
from app.labeling.candidates import Ring
from app.labeling.carried import CarriedObject
from app.labeling.class_steps import NO_CLASS_STEPS, ClassSteps
from app.labeling.drawn import ByHand
from app.masks.rle import Mask
from app.masks.strokes import Stroke
from app.project.records import Annotation, Json
from app.sam.closeup import Box, Closeup
from app.sam.types import Prompt

_numbers = count(1)
_AT_HAND = 3
"""So many of the newest states, and of those taken back last, have their pixels at hand."""


def next_revision() -> int:
    """Returns a number that no revision has yet, of any project: an answer to a closed project fits none."""
    return next(_numbers)


@dataclass(frozen=True, eq=False)
class Prompted:
    """A mask that the model was asked for."""

    prompt: Prompt
    seed: Mask | None = None
    """A mask that stands in for the previous logits; the engine turns it into logits."""
    closeup: Closeup | None = None
    """The close-up that was asked; None for the whole image."""
    start: Start | None = None
    """The mask that the last clicks correct; None for an answer to the prompt as a whole."""
    answers: tuple[GivenMask, ...] = ()
    """That led to the seed, where it is a saved mask; see Decode."""

    def anew(self, closeup: Closeup | None) -> Prompted:
        """Returns the same asked of another part of the image, or of another model: logits mean nothing there."""
        return replace(self, prompt=self.prompt.with_logits(None), closeup=closeup, answers=())


@dataclass(frozen=True, eq=False)
class Edited:
    """A mask made by hand, without the model."""

    prompt: Prompt
    """What was pointed at before and still holds: points that the mask contradicts are left out."""
    by: str
    """What it was made with, in a word: brush, polygon, grow, ..."""
    stroke: Stroke | None = None
    """The stroke that the mask shows, where the model may find what it left undone; of a packed state only its end."""
    painted: int = 0
    """So many pixels lie under it."""

    def packed(self) -> Edited:
        """Returns the same without the way of the stroke: thousands of strokes have hundreds of places each."""
        return self if self.stroke is None else replace(self, stroke=replace(self.stroke, path=self.stroke.path[-1:]))


@dataclass(frozen=True, eq=False)
class Saved:
    """The mask of a saved object that was picked up again."""

    prompt: Prompt
    provenance: Json
    """How the saved mask came about."""
    is_earlier: bool = False
    """It is not the mask that was saved but one before it, kept with it."""
    is_unsaved: bool = False
    """It was never accepted: it waited on its image until the project was opened again."""

    @property
    def is_as_accepted(self) -> bool:
        """True if it is the mask that was accepted."""
        return not (self.is_earlier or self.is_unsaved)


Source: TypeAlias = Prompted | Edited | Saved


@dataclass(frozen=True, eq=False)
class Revision:
    """One state of the object in the making: where its masks come from, and the masks. ring None: not answered yet."""

    number: int
    """Counted in the whole program; the engine's answer carries it."""
    source: Source
    ring: Ring | None = None
    made_by: str = ""
    """The key of the model that answered; "" of a mask made by hand."""
    closer: Closer | None = None
    """A better answer that is on its way."""

    @property
    def prompt(self) -> Prompt:
        """What was pointed at."""
        return self.source.prompt

    @property
    def asked(self) -> Prompted:
        """What the model was asked for; of a mask that it was not asked for, its prompt."""
        return self.source if isinstance(self.source, Prompted) else Prompted(self.source.prompt)

    @property
    def stroke(self) -> Stroke | None:
        """The stroke that it shows; None of what was made otherwise."""
        return self.source.stroke if isinstance(self.source, Edited) else None

    @property
    def is_unsaved(self) -> bool:
        """True if it is what was left, not accepted, when the project was closed."""
        return isinstance(self.source, Saved) and self.source.is_unsaved

    @property
    def takes_back(self) -> bool:
        """True if it is a click or a stroke less, not one more."""
        is_earlier, start = isinstance(self.source, Saved) and self.source.is_earlier, self.asked.start
        return is_earlier or (start is not None and start.taken_back is not None)

    @property
    def shown(self) -> Proposal | None:
        """The chosen mask; None while it is awaited, and where nothing was found."""
        return self.ring.current if self.ring else None

    @property
    def closeup(self) -> Closeup | None:
        """The close-up that was asked; None for the whole image, and where nobody was asked."""
        return self.asked.closeup

    def improved(self, ring: Ring, *, is_top: bool) -> Revision:
        """Returns the revision with the closer answer; what that could not show whole stays from the first one.

        The best comes first, unless the person had chosen: then what is most like that. Nothing changes when the
        close-up cuts all that it found. A stroke as it was drawn stays beside what the model makes of it, and stays
        chosen where the person has gone on from it; Tab counts from the first. is_top: it is what the person sees.
        """
        assert self.closer is not None
        if isinstance(self.source, Edited):
            shown = self.ring or Ring()
            both = Ring((*ring.proposals, *shown.proposals[-1:]))
            both = both.turned(shown.turns) if is_top else both.chosen(len(ring.proposals))
            return replace(self, ring=both if shown.proposals else self.ring, closer=None)
        closeup, before = self.closer.closeup, self.ring or Ring()
        better = tuple(p for p in ring.proposals if not p.is_cut)
        if not better or closeup is None:
            return replace(self, closer=None)
        larger = tuple(p for p in before.proposals if closeup.cuts(p.region))
        found = Ring((*better, *larger))
        return replace(self, ring=found.chosen_as(before), closer=None)


@dataclass(frozen=True)
class Closer:
    """The same prompt, asked of a close-up; or a stroke that the model was asked about. number: of that request."""

    number: int
    closeup: Closeup | None


@dataclass(frozen=True, eq=False)
class Draft:
    """One object in the making. revisions: oldest first; undone: taken back, the last one on top."""

    revisions: tuple[Revision, ...] = ()
    undone: tuple[Revision, ...] = ()
    clicks: int = 0
    """All that were made, those taken back too: it is effort."""
    strokes: int = 0
    painted: int = 0
    """The strokes among them, and the pixels under those."""
    milliseconds: int = 0
    """Active time of earlier visits to its image."""
    resumed: Annotation | None = None
    """The saved object that is refined; accepting replaces it."""
    category_id: int | None = None
    """Of a resumed or carried object, and of one that waited; another takes the current class when it is accepted."""
    classes: ClassSteps = NO_CLASS_STEPS
    carried: CarriedObject | None = None
    """The object of another image that is proposed here; accepting makes a new one like it."""
    later: tuple[ByHand, ...] = ()
    """What was done by hand while the newest revision is not answered, to be laid on its mask."""

    @property
    def is_live(self) -> bool:
        """True if an object is in the making."""
        return bool(self.revisions)

    @property
    def has_own_class(self) -> bool:
        """True if it does not take the current class when it is accepted."""
        return keeps_class(self) or (self.is_live and self.category_id is not None)

    @property
    def is_offer(self) -> bool:
        """True if it was carried here and the person has done nothing to it but look."""
        return self.carried is not None and len(self.revisions) == 1 and not self.top.is_unsaved

    @property
    def top(self) -> Revision:
        """The newest state; the draft must be live."""
        return self.revisions[-1]

    @property
    def is_waiting(self) -> bool:
        """True while the newest revision is not answered."""
        return self.is_live and self.top.ring is None

    @property
    def prompt(self) -> Prompt:
        """What was pointed at so far."""
        return self.top.prompt if self.revisions else Prompt()

    @property
    def ring(self) -> Ring:
        """The newest answer. While is_waiting it belongs to an older prompt: good to look at, not to accept."""
        return next((a.ring for a in reversed(self.revisions) if a.ring is not None), Ring())

    @property
    def proposal(self) -> Proposal | None:
        """The chosen candidate of the newest answer."""
        return self.ring.current

    @property
    def is_unchanged(self) -> bool:
        """True if a saved object was picked up and nothing was done to it."""
        is_same = self.resumed is not None and self.category_id == self.resumed.category_id
        return is_same and len(self.revisions) == 1 and not self.top.is_unsaved

    def basis(self, model_key: str, closeup: Closeup | None) -> tuple[Prompt, Mask | None]:
        """Returns the prompt and the seed mask that the next click extends, to be asked of that close-up or the whole
        image. The chosen candidate is in the prompt as previous logits, or is the seed mask."""
        if not self.revisions:
            return Prompt(), None
        top = self.top
        chosen = top.ring.current if top.ring else None
        if chosen is None:  # not answered, or nothing found: what it extended itself still holds
            return (top.prompt if top.closeup == closeup else top.prompt.with_logits(None)), top.asked.seed
        if chosen.is_empty:
            return top.prompt.with_logits(None), None
        if chosen.candidate is not None and top.made_by == model_key and chosen.closeup == closeup:
            return top.prompt.with_logits(chosen.candidate.logits), None
        # the logits of another model, or of another part of the image, mean nothing here
        return top.prompt.with_logits(None), Mask.from_region(chosen.region)

    def pointed(
        self,
        points: Sequence[tuple[float, float]],
        model_key: str,
        closeup: Closeup | None = None,
        *,
        positive: bool,
    ) -> Prompted:
        """Returns what to ask for after these clicks."""
        prompt, seed = self.basis(model_key, closeup)
        for x, y in points:
            prompt = prompt.with_point(x, y, positive=positive)
        return Prompted(prompt, seed, closeup, self._start(len(points)))

    def _start(self, clicks: int) -> Start | None:
        """What so many further clicks are made on."""
        if not self.revisions:
            return None
        ring, before = self.top.ring, self.top.asked.start
        shown = ring.current if ring else None
        if shown is not None and shown.is_empty:
            return None
        if ring is not None and shown is not None:
            is_given = shown.candidate is None or isinstance(self.top.source, Edited)
            was_settled = before.is_settled if before else is_given
            is_settled = was_settled or ring.index > 0 or self.top.prompt.box is not None
            return Start(shown.region, clicks, is_settled)
        return before and replace(before, clicks=before.clicks + clicks)  # what that corrects, this does too

    def boxed(self, box: Box, model_key: str, closeup: Closeup | None = None) -> Prompted:
        """Returns what to ask for after a box.

        Another box does not extend the old prompt: its logits would hold it back.
        """
        prompt, seed = self.basis(model_key, closeup)
        if prompt.box is not None:
            prompt, seed = prompt.with_logits(None), None
        return Prompted(prompt.with_box(*box), seed, closeup)

    @property
    def is_sharpening(self) -> bool:
        """True if a better answer to the newest prompt may come, or one to the newest stroke."""
        return self.is_live and self.top.closer is not None

    def extended(self, revision: Revision) -> Draft:
        """Returns the draft with one more revision, which is one more click; nothing can be brought back any more."""
        source = revision.source
        strokes, painted = (1, source.painted) if isinstance(source, Edited) and source.stroke else (0, 0)
        return replace(
            self, revisions=_packed((*self.revisions, revision)), undone=(), clicks=self.clicks + 1,
            strokes=self.strokes + strokes, painted=self.painted + painted, classes=self.classes.gone_on(),
        )  # fmt: skip

    def back(self) -> Draft:
        """Returns the draft without the newest revision; not live any more when it was the only one."""
        undone = _packed((*self.undone, self.revisions[-1]))
        return replace(self, revisions=_unpacked(self.revisions[:-1]), undone=undone)

    @property
    def is_as_stored(self) -> bool:
        """True if only clicks that were saved with the object can be taken back."""
        is_stored = self.resumed is not None or (self.is_live and self.revisions[0].is_unsaved)
        return is_stored and (len(self.revisions) == 1 or self.top.takes_back)

    def without_stored_click(self) -> Prompted | None:
        """Returns what to ask for to be rid of the last stored click; None when nothing would be left without it."""
        prompt, shown = self.top.prompt, self.proposal
        if shown is None or len(prompt.points) <= (prompt.box is None):
            return None
        (x, y), was_positive = prompt.points[-1].tolist(), bool(prompt.labels[-1])
        start = Start(shown.region, 0, is_settled=True, taken_back=(x, y, was_positive))
        shorter = replace(prompt, points=prompt.points[:-1], labels=prompt.labels[:-1], logits=None)
        return Prompted(shorter, start=start)

    def with_stored_click_back(self, revision: Revision) -> Draft:
        """Returns the draft with the answer to that on top, or with the state before; forward() drops it again."""
        return replace(self, revisions=(*self.revisions, revision), undone=(*self.undone, revision))

    def forward(self) -> Draft:
        """Returns the draft with the revision that was taken back last."""
        if self.undone[-1].takes_back:
            return replace(self, revisions=self.revisions[:-1], undone=self.undone[:-1])
        revisions = _packed((*self.revisions, self.undone[-1]))
        return replace(self, revisions=revisions, undone=_unpacked(self.undone[:-1]))

    def asked_again(self, revision: Revision) -> Draft:
        """Returns the draft with another revision in place of the newest."""
        classes = self.classes.renumbered(self.top.number, revision.number)
        return replace(self, revisions=(*self.revisions[:-1], revision), classes=classes)

    def sharpening(self, closer: Closer | None) -> Draft:
        """Returns the draft with a closer answer on its way, or None: with none."""
        return self.asked_again(replace(self.top, closer=closer))

    def sharpened(self, number: int, ring: Ring) -> Draft | None:
        """Returns the draft with the closer answer; None when nobody asked for that one, or it comes too late."""
        for i, revision in enumerate(self.revisions):
            if revision.closer is not None and revision.closer.number == number:
                improved = revision.improved(ring, is_top=revision is self.top)
                return replace(self, revisions=(*self.revisions[:i], improved, *self.revisions[i + 1 :]))
        return None

    def answered(self, number: int, ring: Ring, model_key: str) -> Draft | None:
        """Returns the draft with the answer to that revision; None when none waits for it: the answer is stale."""
        for i, revision in enumerate(self.revisions):
            glimpse = revision.ring
            if revision.number == number and (glimpse is None or (ring.is_whole and not glimpse.is_whole)):
                turned = ring.turned(glimpse.turns) if glimpse else ring
                filled = replace(revision, ring=turned, made_by=model_key)
                return replace(self, revisions=(*self.revisions[:i], filled, *self.revisions[i + 1 :]))
        return None

    def with_ring(self, ring: Ring) -> Draft:
        """Returns the draft with another candidate chosen."""
        return replace(self, revisions=(*self.revisions[:-1], replace(self.top, ring=ring)))


def keeps_class(draft: Draft) -> bool:
    """Returns True if a draft stays without a class where it has none: it was saved, or carried here, without one."""
    return draft.resumed is not None or draft.carried is not None


def _packed(revisions: tuple[Revision, ...]) -> tuple[Revision, ...]:
    """What sinks below those at hand is packed, unless an answer to it may still come."""
    at_hand, done = 0, list(revisions)
    for i in range(len(done) - 1, -1, -1):
        ring = done[i].ring
        if ring is not None and ring.is_packed:
            break  # and all below it
        at_hand += ring is not None
        if ring is not None and at_hand > _AT_HAND and ring.is_whole and done[i].closer is None:
            source = done[i].source
            source = source.packed() if isinstance(source, Edited) else source
            done[i] = replace(done[i], ring=ring.packed(), source=source)
    return tuple(done)


def _unpacked(revisions: tuple[Revision, ...]) -> tuple[Revision, ...]:
    """The newest answered state is looked at: it gets its pixels back."""
    for i in range(len(revisions) - 1, -1, -1):
        ring = revisions[i].ring
        if ring is not None:
            return (*revisions[:i], replace(revisions[i], ring=ring.unpacked()), *revisions[i + 1 :])
    return revisions
