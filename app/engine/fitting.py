"""A stroke asks the model: points along it, with the mask that shows it as previous logits. See docs/decisions/031."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.engine.context import WorkerPredictor
from app.engine.proposals import prompt_for
from app.engine.requests import Decode
from app.engine.values import Proposal
from app.masks.fitting import fitted, points_along
from app.masks.outlines import outlines
from app.masks.regions import Box, Look
from app.masks.rle import Mask
from app.masks.strokes import Stroke
from app.sam.closeup import Closeup
from app.sam.postprocess import belief
from app.sam.types import Candidate, Embedding


def fitting(
    predictor: WorkerPredictor, request: Decode, embedding: Embedding, stroke: Stroke, look: Look | None = None
) -> Iterator[Proposal]:
    """Yields the mask with what the stroke left undone beside it; nothing where that is nothing.

    request: its start is the mask that shows the stroke; look: at the picture. Problem as fitted().
    """
    assert request.start is not None
    drawn, closeup, prompt = request.start.region, request.image.closeup, request.prompt
    for x, y in points_along(stroke, drawn.image_size):
        prompt = prompt.with_point(x, y, positive=stroke.positive)
    if prompt.is_empty:
        return
    seeded = replace(request, prompt=prompt, seed=Mask.from_region(drawn))
    best = predictor.decode(embedding, prompt_for(seeded, embedding.frame))[0]
    found = fitted(drawn, stroke, lambda box: _belief(best, box, closeup), look)
    if found is not drawn and found.pixels.any():
        yield Proposal(found, outlines(found), None, None, None)


def _belief(answer: Candidate, box: Box, closeup: Closeup | None) -> NDArray[np.float32]:
    """What the model says of a box of the image; nothing of what lies beside the close-up."""
    if closeup is None:
        return belief(answer, box)
    x0, y0, x1, y1 = max(box[0], closeup.x0), max(box[1], closeup.y0), min(box[2], closeup.x1), min(box[3], closeup.y1)
    said = np.full((box[3] - box[1], box[2] - box[0]), np.nan, np.float32)
    if x0 < x1 and y0 < y1:
        inside = x0 - closeup.x0, y0 - closeup.y0, x1 - closeup.x0, y1 - closeup.y0
        said[y0 - box[1] : y1 - box[1], x0 - box[0] : x1 - box[0]] = belief(answer, inside)
    return said
