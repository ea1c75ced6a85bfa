"""Clicks on a mask that is there already: what is right of it stays. See docs/decisions/018.

The corrected mask comes first, then the whole part of the difference that was clicked, then what the model says; only
where the clicks say that something else was meant is the model's answer the first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.engine.proposals import Found, proposal_of
from app.engine.requests import Decode
from app.engine.values import Proposal
from app.masks.metrics import region_iou
from app.masks.outlines import outlines
from app.masks.refinement import REACH, Correction, corrected, distance_to_border, is_detail
from app.masks.regions import Look
from app.masks.rle import Mask, Region
from app.sam.closeup import Closeup
from app.sam.types import Prompt, Size

_MARGIN = 0.3
"""Of the root of the mask's area: what is missing is hardly more beyond a click."""
_MOST = 4
"""Candidates: the corrected mask and three beside it."""
_ALIKE = 0.9
"""IoU from which on the third and later ones say what is shown already."""
_SPEAKS_FOR = 0.9
"""IoU with what the model rated: what is less like that has no rating."""


@dataclass(frozen=True)
class Refinement:
    """Clicks that correct a mask. earlier: those that made it."""

    start: Region
    clicks: tuple[Correction, ...]
    earlier: tuple[Correction, ...]
    keeps: bool
    """The corrected mask comes first; otherwise the model's answer."""
    look: Look | None = None
    """Shows the image, to whose edges a correction goes that the model does not end."""
    is_back: bool = False
    """They are clicks taken back, the other way round: where the model says nothing of them, nothing changes."""

    def prompt(self, prompt: Prompt) -> Prompt:
        """Returns the prompt with a box around what is kept and what is clicked: weak models hardly heed a mask."""
        x, y, width, height = self.start.bbox
        box = np.array([[x, y], [x + width, y + height]], np.float32)
        most = _MARGIN * math.sqrt(np.count_nonzero(self.start.pixels))
        for click in self.clicks:
            if click.positive:
                at = np.array([click.x + 0.5, click.y + 0.5], np.float32)
                margin = min(distance_to_border(self.start, click.x, click.y), most)
                box = np.array([np.minimum(box[0], at - margin), np.maximum(box[1], at + margin)])
        height, width = self.start.image_size
        (x0, y0), (x1, y1) = np.clip(box, 0, (width, height)).tolist()
        return prompt.with_box(x0, y0, x1, y1)

    def proposals(self, answers: Iterator[Found], closeup: Closeup | None) -> Iterator[Proposal]:
        """What is proposed for the answers of the model, without what is empty or there already."""
        shown: list[Region] = []
        for answer, pixels in self._in_order(answers):
            if len(shown) == _MOST:
                return
            if pixels.pixels.any() and not _is_shown(pixels, shown):
                shown.append(pixels)
                yield _proposal(answer, pixels, closeup)

    def _in_order(self, answers: Iterator[Found]) -> Iterator[tuple[Found, Region]]:
        """Masks, each with the answer that it was made of."""
        best = next(answers)
        given = best, best[1]
        if not self.keeps:
            yield given
        for reach in (math.inf,) if self.is_back else (REACH, math.inf):
            pixels = corrected(
                self.start, best[1], self.clicks, self.earlier, reach, insists=not self.is_back, look=self.look
            )
            yield best, pixels
        if self.keeps:
            yield given
        yield from ((other, other[1]) for other in answers)


def refinement_of(request: Decode, look: Look | None = None) -> Refinement | None:
    """Returns what a request is to correct; None when its prompt is to be answered as a whole.

    look: shows the image.
    """
    start = request.start
    if start is None or not start.region.pixels.any():
        return None
    prompt, image_size = request.prompt, start.region.image_size
    points = zip(prompt.points.tolist(), prompt.labels.tolist(), strict=True)
    all_clicks = tuple(_correction(x, y, image_size, positive=bool(label)) for (x, y), label in points)
    if start.taken_back is not None:
        x, y, was_positive = start.taken_back
        click = _correction(x, y, image_size, positive=not was_positive)
        return Refinement(start.region, (click,), all_clicks, keeps=True, look=look, is_back=True)
    earlier, clicks = all_clicks[: -start.clicks], all_clicks[-start.clicks :]
    keeps = start.is_settled or all(is_detail(start.region, click) for click in clicks)
    return Refinement(start.region, clicks, earlier, keeps, look)


def _correction(x: float, y: float, image_size: Size, *, positive: bool) -> Correction:
    """Returns the click on a pixel of the image: float32 may round up to its border."""
    return Correction(min(int(x), image_size[1] - 1), min(int(y), image_size[0] - 1), positive)


def prepared(request: Decode, refinement: Refinement | None) -> Decode:
    """Returns the request with what tells the model of the mask that is to be kept, when it has no logits of it."""
    if refinement is None or not refinement.keeps or refinement.is_back or request.prompt.logits is not None:
        return request
    seed = request.seed or Mask.from_region(refinement.start)
    return replace(request, seed=seed, prompt=refinement.prompt(request.prompt))


def _proposal(answer: Found, pixels: Region, closeup: Closeup | None) -> Proposal:
    """Returns the mask with the ratings of the answer if it is much like it, with its logits if it is the same."""
    candidate, given = answer
    if _is_same(pixels, given):
        return proposal_of(candidate, given, closeup)
    is_rated = region_iou(pixels, given) >= _SPEAKS_FOR
    score = candidate.predicted_iou if is_rated else None
    stability = candidate.stability_score if is_rated else None
    return Proposal(pixels, outlines(pixels), score, stability, None, closeup)


def _is_shown(pixels: Region, shown: Sequence[Region]) -> bool:
    """The second one may differ from the first by little: that is what a click was about."""
    if len(shown) < 2:
        return any(_is_same(pixels, other) for other in shown)
    return any(region_iou(pixels, other) >= _ALIKE for other in shown)


def _is_same(one: Region, other: Region) -> bool:
    return one.bbox == other.bbox and bool(np.array_equal(one.pixels, other.pixels))
