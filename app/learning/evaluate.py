"""How good a model is on annotated images.

Which mask is taken: of one click, or one box, the predictor's own choice of tokens, best predicted IoU first: three
candidates of one click, the one of the single-mask token of a box. In the clicks that follow the first it is the
single-mask token's, given all clicks so far and the previous logits; the first ones are those of the best-scored
candidate. A mask is where the logits are above 0, at the size of the image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.images.reading import read_image
from app.learning.clicks import MAX_CLICKS, Click, iou_after, next_click, number_of_clicks
from app.learning.truths import draw
from app.masks.metrics import interior_point, iou
from app.masks.rle import Mask, Region
from app.problem import Problem
from app.sam.postprocess import region
from app.sam.types import Candidate, Embedding, Prompt
from app.text import say
from app.work import Work

ImagePixels: TypeAlias = NDArray[np.bool_]
"""(H, W), the whole image."""
IOU_AT = (1, 3, 5, 10)
NOC_TARGETS = (0.80, 0.85, 0.90)


class Segmenter(Protocol):
    """What is evaluated: sam.predictor.Predictor, or whatever answers like it."""

    def encode(self, image: NDArray[np.uint8], /) -> Embedding:
        """Returns the embedding of an image: RGB (H, W, 3) uint8."""
        ...

    def decode(self, embedding: Embedding, prompt: Prompt, /) -> list[Candidate]:
        """Best predicted IoU first."""
        ...


@dataclass(frozen=True)
class Scores:
    """IoUs of one annotation."""

    point: float
    """Of the best-scored candidate of one click on the largest interior point."""
    point_oracle: float
    """Of the best candidate of that click."""
    box: float
    """Of the tight box."""
    clicks: list[float]
    """After each click."""


def evaluate(
    predictor: Segmenter, images_dir: Path, annotations: Path, *, limit: int | None, seed: int
) -> Work[dict[str, Any]]:
    """Draws annotations and measures a predictor on them; yields (done, all). annotations: a COCO file. limit: so many
    of its annotations, drawn at random by seed; crowds, empty masks and what cannot be read are passed over. Each image
    is read and encoded once.

    miou_point, miou_point_oracle and miou_box are means of Scores; iou_at is the mean IoU after so many clicks;
    noc80, noc85 and noc90 the mean number of clicks to that IoU, MAX_CLICKS where it is not reached; n the number of
    annotations. Problem when there is none that could be evaluated."""
    drawn = draw(images_dir, annotations, limit=limit, seed=seed)
    return (yield from measure(predictor, drawn, images_dir, annotations))


def measure(
    predictor: Segmenter, drawn: Mapping[Path, list[Mask]], images_dir: Path, annotations: Path
) -> Work[dict[str, Any]]:
    """Measures a predictor on masks by image, as evaluate(). images_dir, annotations: where they were drawn from, for
    the Problem when no image can be read."""
    started = perf_counter()
    total = sum(len(masks) for masks in drawn.values())
    yield 0, total
    scores: list[Scores] = []
    for path, masks in drawn.items():
        try:
            pixels = read_image(path).pixels
        except Problem:  # a whole head and a damaged body
            total -= len(masks)
            continue
        embedding = predictor.encode(pixels)
        for mask in masks:
            scores.append(score(predictor, embedding, mask.to_array()))
            yield len(scores), total
    if not scores:
        raise Problem(
            say(
                "None of the images of {file} in {images_dir} can be read.",
                file=annotations.name,
                images_dir=images_dir,
            )
        )
    return {**_means(scores), "n": len(scores), "seconds": round(perf_counter() - started, 3)}


def score(predictor: Segmenter, embedding: Embedding, truth: ImagePixels) -> Scores:
    """Scores a predictor on one object by a click, by its box and by further clicks. truth: not empty."""
    of_point = [
        iou(truth, _pixels(candidate))
        for candidate in predictor.decode(embedding, Prompt().with_point(*interior_point(truth)))
    ]
    x, y, width, height = Mask.from_array(truth).bbox
    of_box = predictor.decode(embedding, Prompt().with_box(x, y, x + width, y + height))[0]
    return Scores(of_point[0], max(of_point), iou(truth, _pixels(of_box)), click_ious(predictor, embedding, truth))


def click_ious(predictor: Segmenter, embedding: Embedding, truth: ImagePixels) -> list[float]:
    """IoU after each click, from an empty mask on; at most MAX_CLICKS, and no more than change a figure."""
    mask = np.zeros_like(truth)
    prompt = Prompt()
    clicks: list[Click] = []
    ious: list[float] = []
    while len(clicks) < MAX_CLICKS and not _is_enough(ious):
        click = next_click(truth, mask, clicks)
        if click is None:
            break
        clicks.append(click)
        prompt = prompt.with_point(click.x + 0.5, click.y + 0.5, positive=click.positive)
        best = predictor.decode(embedding, prompt)[0]
        prompt = prompt.with_logits(best.logits)
        mask = _pixels(best)
        ious.append(iou(truth, mask))
    return ious


def _is_enough(ious: list[float]) -> bool:
    """Further clicks would change no figure."""
    return len(ious) >= max(IOU_AT) and max(ious) >= max(NOC_TARGETS)


def _means(scores: list[Scores]) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "miou_point": fmean(s.point for s in scores),
        "miou_point_oracle": fmean(s.point_oracle for s in scores),
        "miou_box": fmean(s.box for s in scores),
        "iou_at": {clicks: fmean(iou_after(s.clicks, clicks) for s in scores) for clicks in IOU_AT},
    }
    for target in NOC_TARGETS:
        figures[f"noc{round(100 * target)}"] = fmean(number_of_clicks(s.clicks, target) for s in scores)
    return figures


def _pixels(candidate: Candidate) -> ImagePixels:
    return _whole(region(candidate))


def _whole(part: Region) -> ImagePixels:
    whole = np.zeros(part.image_size, np.bool_)
    height, width = part.pixels.shape
    whole[part.y : part.y + height, part.x : part.x + width] = part.pixels
    return whole
