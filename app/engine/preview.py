"""The answer under the mouse, kept for the click that comes: who rests before the press asks for nothing new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.engine.proposals import proposals
from app.engine.requests import Decode, DecodeHover
from app.engine.values import Proposal
from app.problem import Problem
from app.sam.types import Candidate, Embedding


@dataclass(eq=False)
class Preview:
    """What a click at one place of an image would give. It is made ready to paint bit by bit, at idle."""

    request: DecodeHover
    embedding: Embedding
    rest: list[Candidate]
    """The candidates that are not ready yet, in their order."""
    made: tuple[Proposal, ...] = ()
    """Those that are; empty ones are left out."""
    _too_large: list[Candidate] = field(default_factory=list[Candidate])

    def answers(self, click: Decode, embedding: Embedding) -> bool:
        """Returns whether that click is at the same place of the same image and asks the same model."""
        same_place = click.image == self.request.image and click.prompt.is_click_at(self.request.x, self.request.y)
        same_order = click.usual == self.request.usual
        return same_place and same_order and click.seed is None and click.start is None and embedding is self.embedding

    def make_next(self) -> None:
        """Makes the next candidate ready. One too large to be worked on is left to the click, which tells it."""
        candidate = self.rest.pop(0)
        try:
            self.made = (*self.made, *self._proposals([candidate]))
        except Problem:
            self._too_large.append(candidate)

    def proposals(self) -> Iterator[Proposal]:
        """Yields all that are not empty; each is made when it is asked for. Problem when all are too large."""
        yield from self.made
        while self.rest:
            ready = len(self.made)
            self.make_next()
            yield from self.made[ready:]
        if not self.made:
            yield from self._proposals(self._too_large)

    def _proposals(self, candidates: list[Candidate]) -> Iterator[Proposal]:
        return proposals(candidates, self.request.image.closeup)
