"""One object in the making: every prompt of it with the answer that belonged to it.

Taking back a click shows the state before it, previous logits included, without asking the model again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.engine.values import Proposal
from app.labeling.candidates import Ring
from app.masks.overlaps import mask_iou
from app.masks.rle import Mask
from app.project.records import Annotation
from app.sam.closeup import Box, Closeup
from app.sam.types import Prompt


@dataclass(frozen=True, eq=False)
class Attempt:
    """One prompt and its answer. ring None: not answered yet."""

    revision: int
    prompt: Prompt
    seed: Mask | None = None
    """A mask that stands in for the previous logits; the engine turns it into logits."""
    ring: Ring | None = None
    model_key: str = ""
    """Of the model that answered."""
    closeup: Closeup | None = None
    """That was asked; None for the whole image."""
    closer: Closer | None = None
    """A better answer that is on its way."""

    def improved(self, ring: Ring) -> Attempt:
        """By the closer answer; what it could not show whole stays from the first one. The best comes first, unless the
        person had chosen: then what is most like that. Nothing changes when the close-up cuts all that it found."""
        assert self.closer is not None
        closeup, before = self.closer.closeup, self.ring or Ring()
        better = tuple(p for p in ring.proposals if not p.is_cut)
        if not better:
            return replace(self, closer=None)
        larger = tuple(p for p in before.proposals if closeup.cuts(p.region))
        found = Ring((*better, *larger))
        return replace(self, ring=found.chosen(_most_like(before, found)), closer=None)


@dataclass(frozen=True)
class Closer:
    """The same prompt, asked of a close-up."""

    revision: int
    closeup: Closeup


@dataclass(frozen=True, eq=False)
class Draft:
    """attempts: oldest first; undone: taken back, the last one on top."""

    attempts: tuple[Attempt, ...] = ()
    undone: tuple[Attempt, ...] = ()
    clicks: int = 0
    """All that were made, those taken back too: it is effort."""
    milliseconds: int = 0
    """Active time of earlier visits to its image."""
    resumed: Annotation | None = None
    """The saved object that is refined; accepting replaces it."""
    category_id: int | None = None
    """Of a resumed object; a new one takes the current class when it is accepted."""

    @property
    def is_live(self) -> bool:
        return bool(self.attempts)

    @property
    def is_waiting(self) -> bool:
        return self.is_live and self.attempts[-1].ring is None

    @property
    def prompt(self) -> Prompt:
        return self.attempts[-1].prompt if self.attempts else Prompt()

    @property
    def ring(self) -> Ring:
        """The newest answer. While is_waiting it belongs to an older prompt: good to look at, not to accept."""
        return next((a.ring for a in reversed(self.attempts) if a.ring is not None), Ring())

    @property
    def proposal(self) -> Proposal | None:
        return self.ring.current

    @property
    def is_unchanged(self) -> bool:
        """A saved object was picked up and nothing was done to it."""
        return self.resumed is not None and len(self.attempts) == 1 and self.category_id == self.resumed.category_id

    def basis(self, model_key: str, closeup: Closeup | None) -> tuple[Prompt, Mask | None]:
        """What the next click extends, to be asked of that close-up or of the whole image: the prompt with the chosen
        candidate as previous logits, or as a seed mask."""
        if not self.attempts:
            return Prompt(), None
        top = self.attempts[-1]
        chosen = top.ring.current if top.ring else None
        if chosen is None:  # not answered, or nothing found: what it extended itself still holds
            return (top.prompt if top.closeup == closeup else top.prompt.with_logits(None)), top.seed
        if chosen.candidate is not None and top.model_key == model_key and chosen.closeup == closeup:
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
    ) -> tuple[Prompt, Mask | None]:
        """The prompt and the seed mask to ask for after these clicks."""
        prompt, seed = self.basis(model_key, closeup)
        for x, y in points:
            prompt = prompt.with_point(x, y, positive=positive)
        return prompt, seed

    def boxed(self, box: Box, model_key: str, closeup: Closeup | None = None) -> tuple[Prompt, Mask | None]:
        """As pointed(). Another box does not extend the old prompt: its logits would hold it back."""
        prompt, seed = self.basis(model_key, closeup)
        if prompt.box is not None:
            prompt, seed = prompt.with_logits(None), None
        return prompt.with_box(*box), seed

    @property
    def is_sharpening(self) -> bool:
        """A better answer may come."""
        return self.is_live and self.attempts[-1].closer is not None

    def extended(self, attempt: Attempt) -> Draft:
        return replace(self, attempts=(*self.attempts, attempt), undone=(), clicks=self.clicks + 1)

    def back(self) -> Draft:
        """Without the last attempt; not live any more when it was the only one."""
        return replace(self, attempts=self.attempts[:-1], undone=(*self.undone, self.attempts[-1]))

    def forward(self) -> Draft:
        return replace(self, attempts=(*self.attempts, self.undone[-1]), undone=self.undone[:-1])

    def asked_again(self, attempt: Attempt) -> Draft:
        return replace(self, attempts=(*self.attempts[:-1], attempt))

    def sharpening(self, closer: Closer | None) -> Draft:
        return self.asked_again(replace(self.attempts[-1], closer=closer))

    def sharpened(self, revision: int, ring: Ring) -> Draft | None:
        """None when that revision was no closer answer, or comes too late."""
        for i, attempt in enumerate(self.attempts):
            if attempt.closer is not None and attempt.closer.revision == revision:
                return replace(self, attempts=(*self.attempts[:i], attempt.improved(ring), *self.attempts[i + 1 :]))
        return None

    def answered(self, revision: int, ring: Ring, model_key: str) -> Draft | None:
        """None when no attempt waits for that revision: the answer is stale."""
        for i, attempt in enumerate(self.attempts):
            glimpse = attempt.ring
            if attempt.revision == revision and (glimpse is None or (ring.is_whole and not glimpse.is_whole)):
                turned = ring.turned(glimpse.turns) if glimpse else ring
                filled = replace(attempt, ring=turned, model_key=model_key)
                return replace(self, attempts=(*self.attempts[:i], filled, *self.attempts[i + 1 :]))
        return None

    def with_ring(self, ring: Ring) -> Draft:
        return replace(self, attempts=(*self.attempts[:-1], replace(self.attempts[-1], ring=ring)))


def _most_like(before: Ring, found: Ring) -> int:
    """Of found, what was chosen before; the first one when nothing was."""
    if before.index == 0 or before.current is None:
        return 0
    chosen = Mask.from_region(before.current.region)
    likeness = [mask_iou(Mask.from_region(p.region), chosen) for p in found.proposals]
    return max(range(len(likeness)), key=likeness.__getitem__)
