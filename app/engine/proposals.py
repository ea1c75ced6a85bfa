"""What the worker adds to the decoder: logits for a saved mask, and candidates ready to paint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from app.engine.requests import Decode
from app.engine.values import Proposal
from app.masks.outlines import outlines
from app.masks.rle import Region
from app.problem import Problem
from app.sam.closeup import Closeup
from app.sam.postprocess import logits_of_mask, region
from app.sam.types import Candidate, Frame, Prompt
from app.text import say

Found: TypeAlias = tuple[Candidate, Region]
"""A candidate and its pixels in the image, which may be none."""


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


def regions(candidates: Iterable[Candidate], closeup: Closeup | None) -> Iterator[Found]:
    """Yields the pixels of the candidates in their order; each is made when it is asked for. Those of a huge image may
    be too large to be worked on: Problem when all are."""
    problem, count = None, 0
    for candidate in candidates:
        try:
            pixels = region(candidate, closeup.image_size if closeup else None)
        except Problem as error:
            problem = error
        else:
            count += 1
            yield candidate, closeup.placed(pixels) if closeup else pixels
    if problem is not None and not count:
        raise Problem(say("{problem} Zoom in to a part of it.", problem=problem)) from problem


def proposals(candidates: Iterable[Candidate], closeup: Closeup | None) -> Iterator[Proposal]:
    """Yields the candidates that are not empty, with what is needed to paint them. Problem as regions()."""
    for candidate, pixels in regions(candidates, closeup):
        if pixels.pixels.any():
            yield proposal_of(candidate, pixels, closeup)


def proposal_of(candidate: Candidate, pixels: Region, closeup: Closeup | None) -> Proposal:
    """Returns a candidate as the model gave it, ready to paint."""
    score, stability = candidate.predicted_iou, candidate.stability_score
    return Proposal(pixels, outlines(pixels), score, stability, candidate, closeup)
