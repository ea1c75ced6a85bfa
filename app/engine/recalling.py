"""Logits of a saved mask, made again: the project keeps prompts and masks, which the model answers as it did then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.engine.context import WorkerPredictor
from app.engine.proposals import prompt_for, regions
from app.engine.requests import Decode
from app.engine.values import GivenMask
from app.masks.overlaps import mask_iou
from app.masks.rle import Mask
from app.sam.types import Candidate, Embedding, Logits, Prompt

_SAME = 0.98
"""IoU from which on a mask is the one that was given then: embeddings from the disk are rounded."""


def recalled(predictor: WorkerPredictor, request: Decode, embedding: Embedding) -> Decode:
    """Returns a request with the logits of the answers that led to its seed. Itself where there are none, or the model
    does not answer as it did."""
    logits: Logits | None = None
    for answer in request.answers if request.prompt.logits is None else ():
        found = _logits(predictor, request, embedding, answer, logits)
        if found is None and logits is not None:  # a close-up is asked without the logits of the answer before
            found = _logits(predictor, request, embedding, answer, None)
        if found is None:
            return request
        logits = found
    return request if logits is None else replace(request, prompt=request.prompt.with_logits(logits))


def _logits(
    predictor: WorkerPredictor, request: Decode, embedding: Embedding, answer: GivenMask, before: Logits | None
) -> Logits | None:
    """The logits of the candidate that is the mask of an answer. before: the previous logits."""
    asked = replace(request, prompt=answer.prompt.with_logits(before), seed=None)
    likest, found = _SAME, None
    for candidate, pixels in regions(
        _candidates(predictor, embedding, prompt_for(asked, embedding.frame)), request.image.closeup
    ):
        iou = mask_iou(Mask.from_region(pixels), answer.mask)
        if iou >= likest:
            likest, found = iou, candidate.logits
        if iou == 1:
            break
    return found


def _candidates(predictor: WorkerPredictor, embedding: Embedding, prompt: Prompt) -> Iterator[Candidate]:
    candidates = predictor.decode(embedding, prompt)
    yield from candidates
    if len(candidates) == 1:
        yield from predictor.decode(embedding, prompt, multimask=True)
