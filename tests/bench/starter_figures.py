"""The figures of a starter: on regions and on things, in everything mode, and how long it takes."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean, median
from time import perf_counter

import cv2
import numpy as np

from app.cli.output import drained
from app.images.reading import read_image
from app.learning.evaluate import evaluate
from app.learning.truths import draw
from app.masks.metrics import interior_point, iou
from app.paths import resource
from app.sam.automatic import automatic
from app.sam.postprocess import region
from app.sam.predictor import Predictor
from app.sam.types import Candidate, Prompt

PROPOSALS = 50
FOUND = 0.5
"""IoU from which a proposal is the thing."""
_RANKED = 200
_ROUNDS = 15
_NAMES = {
    "one click": "miou_point",
    "best of three": "miou_point_oracle",
    "box": "miou_box",
    "clicks to 80 %": "noc80",
}


def of_set(predictor: Predictor, images: Path, annotations: Path, limit: int, seed: int) -> dict[str, float]:
    found = drained(evaluate(predictor, images, annotations, limit=limit, seed=seed), annotations.stem)
    figures = {name: found[key] for name, key in _NAMES.items()}
    ranked = rank_correlation(predictor, images, annotations, seed)
    return {**figures, "after 5 clicks": found["iou_at"][5], "Spearman": ranked, "n": found["n"]}


def rank_correlation(predictor: Predictor, images: Path, annotations: Path, seed: int) -> float:
    """Spearman's, of predicted and real IoU of the candidates of a click."""
    pairs = []
    for path, masks in draw(images, annotations, limit=_RANKED, seed=seed).items():
        embedding = predictor.encode(read_image(path).pixels)
        for mask in masks:
            truth = mask.to_array()
            candidates = predictor.decode(embedding, Prompt().with_point(*interior_point(truth)))
            pairs += [(each.predicted_iou, iou(truth, whole(each))) for each in candidates]
    ranks = np.argsort(np.argsort(np.array(pairs), axis=0), axis=0)
    return float(np.corrcoef(ranks.T)[0, 1])


def whole(candidate: Candidate) -> np.ndarray:
    """The mask of a candidate on all of the image: (H, W) bool."""
    part = region(candidate)
    pixels = np.zeros(part.image_size, np.bool_)
    height, width = part.pixels.shape
    pixels[part.y : part.y + height, part.x : part.x + width] = part.pixels
    return pixels


def of_everything(predictor: Predictor, images: Path, annotations: Path) -> dict[str, float]:
    """Of all objects of a set the share that is among the first proposals of everything mode, as the window runs it."""
    found, seconds, counts = [], [], []
    for path, masks in draw(images, annotations, limit=None, seed=0).items():
        pixels = read_image(path).pixels
        began = perf_counter()
        proposals = _proposals(predictor, pixels)
        seconds.append(perf_counter() - began)
        counts.append(len(proposals))
        first = [each.to_array() for each in proposals[:PROPOSALS]]
        for mask in masks:
            truth = mask.to_array()
            found.append(max((iou(truth, each) for each in first), default=0.0) >= FOUND)
    return {f"recall at {PROPOSALS}": fmean(found), "proposals": fmean(counts), "seconds an image": median(seconds)}


def _proposals(predictor: Predictor, pixels: np.ndarray) -> list:
    steps = automatic(predictor, pixels, predictor.presets.quick)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return [each.mask for each in end.value]


def speed(predictor: Predictor) -> dict[str, float]:
    """Milliseconds of an encode of 640 x 427, a click and a box; seconds of everything mode at 640 x 480."""
    photo = read_image(resource("samples/coffee.png")).pixels
    wide, tall = (cv2.resize(photo, (640, height), interpolation=cv2.INTER_AREA) for height in (427, 480))
    embedding = predictor.encode(wide)
    click, box = Prompt().with_point(300, 200), Prompt().with_box(150, 40, 430, 300)
    took = {
        "encode ms": lambda: predictor.encode(wide),
        "click ms": lambda: predictor.decode(embedding, click),
        "box ms": lambda: predictor.decode(embedding, box),
    }
    figures = {name: 1e3 * median(_timed(what) for _ in range(_ROUNDS)) for name, what in took.items()}
    return {**figures, "everything s": _timed(lambda: _proposals(predictor, np.ascontiguousarray(tall)))}


def _timed(what) -> float:
    began = perf_counter()
    what()
    return perf_counter() - began
