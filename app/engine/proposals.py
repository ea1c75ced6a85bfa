"""What the worker adds to the decoder: logits for a saved mask, and candidates ready to paint."""

from __future__ import annotations

from collections.abc import Iterator

from app.engine.requests import Decode
from app.engine.values import Proposal
from app.masks.outlines import outlines
from app.problem import Problem
from app.sam.closeup import Closeup
from app.sam.postprocess import logits_of_mask, region
from app.sam.types import Candidate, Frame, Prompt
from app.text import say


def prompt_for(request: Decode, frame: Frame) -> Prompt:
    """Returns the prompt in pixels of what was encoded, with logits that fit the model: a seed mask becomes logits, and
    logits of another model's size are left out."""
    prompt, closeup = request.prompt, request.image.closeup
    if prompt.logits is not None and prompt.logits.shape != frame.mask_size:
        prompt = prompt.with_logits(None)
    if prompt.logits is None and request.seed is not None:
        if request.seed.size != (closeup.image_size if closeup else frame.image_size):
            raise Problem(say("{image}: the picture has another size than its saved masks.", image=request.image.name))
        seed = closeup.cut_mask(request.seed) if closeup else request.seed
        prompt = prompt.with_logits(logits_of_mask(seed, frame))
    return closeup.prompt_in(prompt) if closeup else prompt


def proposals(
    candidates: list[Candidate], closeup: Closeup | None, known: Proposal | None = None
) -> Iterator[Proposal]:
    """Yields the proposals of the candidates in their order, without empty ones; each is made when it is asked for.
    Those of a huge image may be too large to be worked on: Problem when all are. known: of one of them, made before."""
    problem, count = None, 0
    for candidate in candidates:
        try:
            is_known = known is not None and known.candidate is candidate
            proposal = known if is_known else _proposal(candidate, closeup)
        except Problem as error:
            problem = error
        else:
            if proposal is not None:
                count += 1
                yield proposal
    if problem is not None and not count:
        raise Problem(say("{problem} Zoom in to a part of it.", problem=problem)) from problem


def _proposal(candidate: Candidate, closeup: Closeup | None) -> Proposal | None:
    found = region(candidate, closeup.image_size if closeup else None)
    if not found.pixels.any():
        return None
    found = closeup.placed(found) if closeup else found
    return Proposal(found, outlines(found), candidate.predicted_iou, candidate.stability_score, candidate, closeup)
