"""How a mask came about, as JSON in its row: enough to pick the object up again."""

from __future__ import annotations

import numpy as np

from app.engine.requests import Proposal
from app.labeling.draft import Attempt
from app.project.records import Json
from app.sam.types import Prompt


def provenance(proposal: Proposal, attempt: Attempt) -> Json:
    """The logits are not kept: they are made from the mask when the object is picked up again."""
    prompt = attempt.prompt
    return {
        "prompt": {
            "points": prompt.points.tolist(),
            "labels": prompt.labels.tolist(),
            "box": None if prompt.box is None else prompt.box.tolist(),
        },
        "model": attempt.model_key,
        "predicted_iou": proposal.predicted_iou,
        "stability_score": proposal.stability_score,
    }


def prompt_of(saved: Json) -> Prompt:
    """The prompt of a saved row; empty for an imported mask, and for what another program wrote there."""
    try:
        prompt = saved["prompt"]
        points = np.array(prompt["points"], np.float32).reshape(-1, 2)
        labels = np.array(prompt["labels"], np.int8).reshape(len(points))
        box = None if prompt["box"] is None else np.array(prompt["box"], np.float32).reshape(4)
    except (KeyError, TypeError, ValueError):
        return Prompt()
    return Prompt(points, labels, box)
