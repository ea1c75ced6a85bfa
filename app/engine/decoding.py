"""The handlers of clicks and of the mouse: a prompt on an encoded image becomes proposals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from time import monotonic

from app.engine.context import EngineContext, WorkerPredictor
from app.engine.fitting import fitting
from app.engine.preview import Preview
from app.engine.proposals import prompt_for, proposals, regions
from app.engine.recalling import recalled
from app.engine.refining import prepared, refinement_of
from app.engine.replies import Decoded, FirstCandidate, Hovered
from app.engine.requests import Decode, DecodeHover
from app.engine.values import Proposal
from app.masks.regions import Look
from app.sam.levels import levelled, usual_first
from app.sam.types import Candidate, Embedding, Prompt


def decode(context: EngineContext, request: Decode, embedding: Embedding) -> None:
    """Answers with all candidates, and with the best one as soon as it is made."""
    assert context.predictor is not None
    began, preview = monotonic(), context.preview
    if preview is not None and preview.answers(request, embedding):
        found, more = preview.proposals(), bool(preview.rest)
    else:
        look = partial(context.images.at_hand, request.image)
        glimpse = partial(context.images.glimpse, request.image)
        found, more = answers(context.predictor, request, embedding, look, glimpse)
    made = _made(context, request, embedding.model_key, found, more=more)
    decode_ms = (monotonic() - began) * 1000
    context.deliver(Decoded(request.image, embedding.model_key, request.revision, made, decode_ms))


def answers(
    predictor: WorkerPredictor,
    request: Decode,
    embedding: Embedding,
    look: Look | None = None,
    glimpse: Look | None = None,
) -> tuple[Iterator[Proposal], bool]:
    """Returns what the model says, or what its answer makes of the mask that is corrected; and whether that may be
    several proposals. look: at the picture, which a stroke is finished with. glimpse: at the picture made small, for
    corrections that end at its edges."""
    if request.start is not None and request.start.stroke is not None:
        return fitting(predictor, request, embedding, request.start.stroke, look), False
    request = recalled(predictor, request, embedding)
    refinement, closeup = refinement_of(request, glimpse), request.image.closeup
    prompt = prompt_for(prepared(request, refinement), embedding.frame)
    candidates = predictor.decode(embedding, prompt)
    if refinement is not None:
        found = _with_levels(predictor, embedding, prompt, candidates)
        return refinement.proposals(regions(found, closeup), closeup), True
    if prompt.is_ambiguous:
        candidates = usual_first(levelled(candidates), request.usual)
    return proposals(candidates, closeup), len(candidates) > 1


def _with_levels(
    predictor: WorkerPredictor, embedding: Embedding, prompt: Prompt, candidates: Sequence[Candidate]
) -> Iterator[Candidate]:
    """The candidates, and behind them part, whole and surroundings, which the model is asked for when they are due."""
    yield from candidates
    if len(candidates) == 1:
        yield from levelled(predictor.decode(embedding, prompt, multimask=True))


def hover(context: EngineContext, request: DecodeHover, embedding: Embedding) -> None:
    """Answers with the best candidate of a click where the mouse is; a click that waits is not made to wait for its
    outlines. The candidates are kept: the click may be at this very place."""
    assert context.predictor is not None
    prompt, closeup = Prompt().with_point(request.x, request.y), request.image.closeup
    candidates = context.predictor.decode(embedding, closeup.prompt_in(prompt) if closeup else prompt)
    candidates = usual_first(levelled(candidates), request.usual)
    context.preview = preview = Preview(request, embedding, list(candidates))
    if context.has_click():
        return
    preview.make_next()
    best = preview.made[0] if preview.made else None
    context.deliver(Hovered(request.image, embedding.model_key, request.revision, best))


def _made(
    context: EngineContext, request: Decode, model_key: str, found: Iterator[Proposal], *, more: bool
) -> tuple[Proposal, ...]:
    """All of them; the first is told before the others are made. more: others may come."""
    made: list[Proposal] = []
    for proposal in found:
        made.append(proposal)
        if len(made) == 1 and more:
            context.deliver(FirstCandidate(request.image, model_key, request.revision, proposal))
    return tuple(made)
