"""The handler of masks carried from one frame of a series to the next (propagation), a mask at a time.

Each is first moved to where its patch is found in the new frame; then the model is asked there, with the mask as
previous logits and its box. See docs/decisions/030.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.engine.context import EngineContext, WorkerPredictor
from app.engine.proposals import proposal_of
from app.engine.replies import MaskCarried
from app.engine.requests import Carry
from app.engine.values import Proposal
from app.images.budget import AHEAD_BYTES
from app.images.matching import shift_between
from app.masks.metrics import region_iou
from app.masks.outlines import outlines
from app.masks.placing import moved
from app.masks.rle import Mask
from app.problem import Problem
from app.sam.postprocess import logits_of_mask, region
from app.sam.types import Embedding, Prompt

_MARGIN = 0.05
"""Of the root of the box's area, around it: what was carried may have grown. Measured, see docs/decisions/030."""
LEAST_IOU = 0.8
"""An answer that is less like the carried mask comes second. Measured, see docs/decisions/030."""
_Pixels = NDArray[np.uint8]


def carry(context: EngineContext, request: Carry, embedding: Embedding) -> Iterator[None]:
    """Steps of a mask each, on an encoded image; what becomes of it is told at once. A mask that is damaged or too
    large to be worked on is told without proposals."""
    assert context.predictor is not None
    frames = _frames(context, request)
    for number, mask in request.masks:
        try:
            found = carried(context.predictor, embedding, mask, frames)
        except Problem:
            found = ()
        context.deliver(MaskCarried(request.image, embedding.model_key, number, found))
        yield


def carried(
    predictor: WorkerPredictor, embedding: Embedding, mask: Mask, frames: tuple[_Pixels, _Pixels] | None
) -> tuple[Proposal, ...]:
    """Returns what a mask is proposed to be on the next frame, the likeliest first: the model's answer, and the mask
    itself where its patch is found. frames: (H, W, 3) uint8 of both frames; None where they are not alike. Problem when
    the mask is damaged or too large."""
    if frames is not None:
        mask = moved(mask, *shift_between(*frames, mask.bbox))
    if not mask.area:
        return ()
    pixels = mask.region()
    old = Proposal(pixels, outlines(pixels), None, None, None)
    answer = _answer(predictor, embedding, mask)
    if answer is None:
        return (old,)
    return (answer, old) if region_iou(answer.region, pixels) >= LEAST_IOU else (old, answer)


def _answer(predictor: WorkerPredictor, embedding: Embedding, mask: Mask) -> Proposal | None:
    if mask.size != embedding.frame.image_size:
        return None
    x, y, width, height = mask.bbox
    margin = _MARGIN * math.sqrt(width * height)
    right, below = min(x + width + margin, mask.size[1]), min(y + height + margin, mask.size[0])
    prompt = Prompt().with_box(max(x - margin, 0), max(y - margin, 0), right, below)
    best, *_ = predictor.decode(embedding, prompt.with_logits(logits_of_mask(mask, embedding.frame)))
    pixels = region(best)
    return proposal_of(best, pixels, None) if pixels.pixels.any() else None


def _frames(context: EngineContext, request: Carry) -> tuple[_Pixels, _Pixels] | None:
    """The pixels of both images. None where one cannot be read or is huge, or they have different sizes."""
    try:
        seen = [context.images.seen(image, AHEAD_BYTES) for image in (request.source, request.image)]
    except Problem:
        return None
    before, after = (each.pixels if each is not None else None for each in seen)
    if before is None or after is None or before.shape != after.shape:
        return None
    is_whole = all(mask.size == after.shape[:2] for _, mask in request.masks)
    return (before, after) if is_whole else None
