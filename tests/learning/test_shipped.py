"""Every number that ships comes from the file that ships: the starter on four photos, with masks of our own tool."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.output import drained
from app.learning.evaluate import evaluate
from app.paths import resource
from app.sam.load import load_predictor

_DATA = Path(__file__).parents[1] / "data"
_SETS = {
    "samples": (resource("samples"), _DATA / "samples.json", 60),
    "things": (_DATA / "things" / "photos", _DATA / "things" / "things.json", 161),
}
_FLOORS = {
    "samples": {"miou_point": 0.58, "miou_point_oracle": 0.69, "miou_box": 0.88, "after 5": 0.84},
    "things": {"miou_point": 0.63, "miou_point_oracle": 0.73, "miou_box": 0.76, "after 5": 0.83},
}
"""Measured: 0.61, 0.72, 0.92, 0.88 and 3.5 clicks to 80 %; of things 0.65, 0.75, 0.79, 0.86 and 4.7. Another CPU rounds
differently."""
_MOST_CLICKS = {"samples": 4.5, "things": 5.1}


@pytest.mark.slow
@pytest.mark.parametrize("name", _SETS)
def test_the_shipped_starter_is_as_good_as_its_card_says(name):
    images, annotations, count = _SETS[name]
    figures = drained(evaluate(load_predictor("starter"), images, annotations, limit=count, seed=0), "Evaluating")
    assert figures["n"] == count
    figures["after 5"] = figures["iou_at"][5]
    for figure, floor in _FLOORS[name].items():
        assert figures[figure] >= floor, figure
    assert figures["noc80"] <= _MOST_CLICKS[name]
