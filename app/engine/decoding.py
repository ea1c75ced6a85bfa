"""The handlers of clicks and of the mouse: a prompt on an encoded image becomes proposals."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from app.engine.context import EngineContext
from app.engine.preview import Preview
from app.engine.proposals import prompt_for, proposals
from app.engine.replies import Decoded, FirstCandidate, Hovered
from app.engine.requests import Decode, DecodeHover
from app.engine.values import Proposal
from app.sam.types import Candidate, Embedding, Prompt


def decode(context: EngineContext, request: Decode, embedding: Embedding) -> None:
    """Answers with all candidates, and with the best one as soon as it is made."""
    assert context.predictor is not None
    began, preview = monotonic(), context.preview
    if preview is not None and preview.answers(request, embedding):
        made = _made(context, request, embedding.model_key, preview.candidates, preview.best)
    else:
        candidates = context.predictor.decode(embedding, prompt_for(request, embedding.frame))
        made = _made(context, request, embedding.model_key, candidates)
    decode_ms = (monotonic() - began) * 1000
    context.deliver(Decoded(request.image, embedding.model_key, request.revision, made, decode_ms))


def hover(context: EngineContext, request: DecodeHover, embedding: Embedding) -> None:
    """Answers with the best candidate of a click where the mouse is; a click that waits is not made to wait for its
    outlines. The candidates are kept: the click may be at this very place."""
    assert context.predictor is not None
    prompt, closeup = Prompt().with_point(request.x, request.y), request.image.closeup
    candidates = context.predictor.decode(embedding, closeup.prompt_in(prompt) if closeup else prompt)
    context.preview = Preview(request, embedding, candidates)
    if context.has_click():
        return
    best = next(proposals(candidates[:1], closeup), None)
    context.preview = replace(context.preview, best=best)
    context.deliver(Hovered(request.image, embedding.model_key, request.revision, best))


def _made(
    context: EngineContext,
    request: Decode,
    model_key: str,
    candidates: list[Candidate],
    best: Proposal | None = None,
) -> tuple[Proposal, ...]:
    """Proposals of them; the first of several is told before the others are made. best: the first one, if it is made
    already."""
    made: list[Proposal] = []
    for proposal in proposals(candidates, request.image.closeup, best):
        made.append(proposal)
        if len(made) == 1 < len(candidates):
            context.deliver(FirstCandidate(request.image, model_key, request.revision, proposal))
    return tuple(made)
