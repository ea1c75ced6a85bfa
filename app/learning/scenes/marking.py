"""Marks the regions of a photo that nobody marked, as a larger model sees them by a few clicks of everything mode."""

from __future__ import annotations

from pathlib import Path

from app.learning.scenes.scene import Image, Scene, scene_of
from app.sam.automatic import automatic
from app.sam.load import load_predictor
from app.sam.predictor import Predictor
from app.sam.presets import Preset
from app.work import run

_PRESET = Preset(
    (10,), min_predicted_iou=0.75, min_stability=0.88, min_region_px=40, max_area_share=0.8, skip_found=True
)
"""Less sure than for a person: of what is learned from, much is better than little."""


def taught_by(weights: Path) -> Predictor:
    """Returns a model to learn from, made fast on this computer."""
    predictor = load_predictor(str(weights))
    if predictor.preparation is not None:
        run(predictor.preparation())
    return predictor


def marked(image: Image, teacher: Predictor) -> Scene | None:
    """Returns a photo with its regions, the surest first; None where there are hardly any."""
    found = run(automatic(teacher, image, _PRESET))
    return scene_of(image, [each.mask.to_array() for each in found], min_area=60)
