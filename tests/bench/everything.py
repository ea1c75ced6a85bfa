"""Everything mode with the released grid of 32 x 32 clicks, against SamAutomaticMaskGenerator in eager torch.

The same MobileSAM weights and the same smooth embedding on both sides (see masks.py); the encode is not timed. Random
weights do not know how good a mask is, and their masks reach over the whole image: the thresholds are made to let some
pass, and none goes because its box is alike. All else is the released preset. A pair takes minutes on two cores, so
the masks that are compared are those of the last one that was timed, and no pair runs before: of a thousand clicks the
first one's warming up is nothing.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean
from typing import Any

import numpy as np
import torch
from pycocotools import mask as coco_mask

from app.masks.metrics import iou
from app.sam.automatic import FoundMask, automatic
from app.sam.predictor import Predictor
from app.sam.preprocess import Square
from app.sam.presets import PRESETS, Preset
from app.sam.types import Embedding
from tests.bench.masks import blob_model, smooth_features
from tests.bench.models import as_the_program_runs
from tests.bench.rows import Row, paired
from tests.oracle.test_automatic import drained, generator

_SIZE = (768, 1024)
_PASSING = 0.05
_COMPARED = 20
"""Of the candidates, by predicted IoU. With trained weights and the released threshold it is about as many."""


def everything(pairs: int = 1) -> Row:
    model: Any = blob_model().eval()
    predictor = as_the_program_runs(model)
    embedding = Embedding((smooth_features(1, side=14),), Square(1024).frame(_SIZE), predictor.model_key)
    preset = replace(
        PRESETS["released"],
        min_predicted_iou=_threshold(predictor, embedding),
        min_stability=0.8,
        stability_offset=0.02,
        max_box_overlap=1.0,
    )
    image = np.zeros((*_SIZE, 3), np.uint8)
    reference = _reference(model, embedding, preset)

    found: list[FoundMask] = []
    expected: list[dict[str, Any]] = []

    def ours() -> None:
        found[:] = drained(automatic(predictor, image, preset, whole=embedding))

    def theirs() -> None:
        with torch.inference_mode():
            expected[:] = reference.generate(image)

    value, other, ratio = paired(ours, theirs, pairs=pairs, warm=True)
    alike = _alike(found, expected)
    name = f"everything mode, 1,024 clicks, {len(found)} masks, mean IoU with theirs {alike:.3f}"
    return Row(name, value, "ms", other, ratio, ">= 4x SamAutomaticMaskGenerator", ratio >= 4 and alike >= 0.98)


def _threshold(predictor: Predictor, embedding: Embedding) -> float:
    points = np.random.default_rng(0).uniform(0, _SIZE[::-1], (40, 2))
    answers = predictor.decode_clicks(embedding, points)
    return float(np.quantile([c.predicted_iou for candidates in answers for c in candidates], 1 - _PASSING))


def _reference(model: Any, embedding: Embedding, preset: Preset) -> Any:
    made = generator(
        model,
        pred_iou_thresh=preset.min_predicted_iou,
        stability_score_thresh=preset.min_stability,
        stability_score_offset=preset.stability_offset,
        box_nms_thresh=preset.max_box_overlap,
    )  # 32 points a side, 64 a batch: as released
    predictor = made.predictor

    def set_image(image: np.ndarray) -> None:
        predictor.features, predictor.is_image_set = torch.from_numpy(embedding.features[0]), True
        predictor.original_size, predictor.input_size = _SIZE, embedding.frame.input_size

    predictor.set_image = set_image
    return made


def _alike(ours: list[FoundMask], theirs: list[dict[str, Any]]) -> float:
    """Mean IoU of some of ours with the nearest of theirs."""
    masks = [coco_mask.decode(t["segmentation"]).astype(bool) for t in theirs]
    assert len(ours) >= 5, "nothing would be compared"
    best = [
        max(iou(found.mask.to_array(), mask) for mask in masks) for found in ours[:: max(1, len(ours) // _COMPARED)]
    ]
    return fmean(best)
