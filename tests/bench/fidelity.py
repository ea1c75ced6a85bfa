"""The fast path beside the exact one: the starter on annotated photos, one click on each object."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import numpy as np

from app.images.reading import read_image
from app.learning.truths import draw
from app.masks.metrics import interior_point, iou
from app.masks.rle import Mask
from app.paths import resource
from app.sam.load import load_predictor
from app.sam.postprocess import region
from app.sam.predictor import Predictor
from app.sam.runtime import EXACT
from app.sam.types import Embedding, Prompt
from tests.bench.rows import Row

SAMPLES = resource("samples"), Path(__file__).parents[1] / "data" / "samples.json"
LIMIT = 200


def fidelity(images: Path, annotations: Path) -> Row:
    """On at most 200 annotations of a COCO file."""
    fast, exact = load_predictor("starter"), load_predictor("starter", runtime=EXACT)
    between: list[float] = []
    scores: list[tuple[float, float]] = []
    for path, masks in draw(images, annotations, limit=LIMIT, seed=0).items():
        pixels = read_image(path).pixels
        sides = [(predictor, predictor.encode(pixels)) for predictor in (fast, exact)]
        for mask in masks:
            truth = mask.to_array()
            click = Prompt().with_point(*interior_point(truth))
            one, other = (_best(predictor, embedding, click) for predictor, embedding in sides)
            between.append(iou(one, other))
            scores.append((iou(one, truth), iou(other, truth)))
    off = float(abs(np.subtract(*np.transpose(scores)).mean()))
    name = f"fast path ({fast.device}) against exact, starter, {len(between)} clicks: |delta mIoU| {off:.5f}, mean IoU"
    value = fmean(between)
    return Row(name, value, "", None, None, ">= 0.985, |delta| <= 0.005", value >= 0.985 and off <= 0.005)


def _best(predictor: Predictor, embedding: Embedding, click: Prompt) -> np.ndarray:
    """(H, W) bool"""
    return Mask.from_region(region(predictor.decode(embedding, click)[0])).to_array()
