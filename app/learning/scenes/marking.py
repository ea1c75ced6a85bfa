"""Marks the regions of a photo that nobody marked, as a larger model sees them by a few clicks of everything mode."""

from __future__ import annotations

from pathlib import Path

from app.learning.scenes.scene import Image
from app.masks.rle import Mask
from app.sam.automatic import automatic
from app.sam.load import load_predictor
from app.sam.predictor import Predictor
from app.sam.presets import Preset
from app.work import run

MARKING = Preset(
    (10,), min_predicted_iou=0.6, min_stability=0.75, min_region_px=40, max_area_share=0.8, skip_found=True
)
"""Less sure than for a person: of what is learned from, much is better than little. Measured (docs/decisions/004)."""


def taught_by(weights: Path) -> Predictor:
    """Returns a model to learn from, made fast on this computer."""
    predictor = load_predictor(str(weights))
    if predictor.preparation is not None:
        run(predictor.preparation())
    return predictor


def marked(image: Image, teacher: Predictor) -> list[Mask]:
    """Returns the regions that a model sees on a photo, the surest first."""
    return [each.mask for each in run(automatic(teacher, image, MARKING))]
