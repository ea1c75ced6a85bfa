"""The answer under the mouse, kept for the click that comes: who rests before the press asks for nothing new."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.requests import Decode, DecodeHover
from app.engine.values import Proposal
from app.sam.types import Candidate, Embedding


@dataclass(frozen=True, eq=False)
class Preview:
    """What a click at one place of an image would give, kept for the click that comes."""

    request: DecodeHover
    embedding: Embedding
    candidates: list[Candidate]
    best: Proposal | None = None
    """The first candidate, once it is made ready to paint."""

    def answers(self, click: Decode, embedding: Embedding) -> bool:
        """Returns whether that click is at the same place of the same image and asks the same model."""
        same_place = click.image == self.request.image and click.prompt.is_click_at(self.request.x, self.request.y)
        return same_place and click.seed is None and click.start is None and embedding is self.embedding
