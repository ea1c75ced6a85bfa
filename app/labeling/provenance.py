"""How a saved object came about, as its row tells: what was pointed at, which model answered, and what it was made or
changed with by hand."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec.structs import replace

from app.masks.rle import Mask
from app.project.records import Annotation, Json
from app.sam.types import Prompt
from app.text import say, translation

EVERYTHING_MODE = "everything mode"
"""Provenance of what nobody clicked at."""
GIVEN = "given"
"""The key of provenance that tells of a mask, with true, that it is a candidate as the model gave it."""
CUT = "subtract"
"""What a mask was cut with, in the provenance of its object."""
WORDS = (
    say("brush"), say("eraser"), say("polygon"), say("vertices"), say("rectangle"), say("ellipse"), say("line"),
    say("wand"), say("fill"), say("union"), say("subtract"), say("intersect"), say("exclusive or"), say("fill under"),
    say("grow"), say("shrink"), say("smooth"), say("snap"), say("fill holes"), say("drop islands"), say("keep part"),
    say("split"), say("hull"), say("paste"), say("carry"), say("everything mode"),
)  # fmt: skip
"""What a mask may have been made or changed with, for people, who read it in their language: rows keep it in
English."""


def repaired(saved: Annotation, mask: Mask, by: str) -> Annotation:
    """Returns a saved object with a mask that was made of its own without the model. by: what made it, in a word.

    Points that the mask contradicts are left out of its provenance, and so is what the model thought of the mask.
    """
    told = agreeing(saved.provenance, mask)
    return replace(saved, mask=mask, provenance={**told, "by": _joined(words_of(told.get("by")), by)})


def agreeing(provenance: Json, mask: Mask) -> Json:
    """Returns the provenance of a mask that was made of another without the model: without the points that the mask
    contradicts, and without what the model thought of the one before."""
    if "prompt" not in provenance:
        return provenance
    prompt = prompt_of(provenance)
    clicks = zip(prompt.points.tolist(), prompt.labels.tolist(), strict=True)
    agrees = [bool(label) == mask.covers(int(x), int(y)) for (x, y), label in clicks]
    kept = Prompt(prompt.points[agrees], prompt.labels[agrees])
    others = {key: value for key, value in provenance.items() if key != GIVEN}
    return {**others, **of_prompt(kept, provenance.get("model") or "", None, None)}


def cut_down(provenance: Json, mask: Mask, by: str = CUT) -> Json:
    """Returns the provenance of a mask that was changed together with others, as by what an overlap policy cuts."""
    return made_by(agreeing(provenance, mask), by)


def made_by(provenance: Json, by: str = CUT) -> Json:
    """Returns a provenance that also tells what the mask was changed with, in a word."""
    return {**provenance, "by": _joined(_words(provenance.get("by")), by)}


def words_of(by: object) -> list[str]:
    """Returns what a mask was edited with by hand; everything mode is no hand."""
    return [word for word in _words(by) if word != EVERYTHING_MODE]


def made_with(by: object) -> str:
    """Returns for people what a provenance says that a mask was made or changed with."""
    return ", ".join(map(translation, _words(by)))


def _words(by: object) -> list[str]:
    return by.split(", ") if isinstance(by, str) and by else []


def _joined(words: Iterable[str], by: str) -> str:
    return ", ".join(dict.fromkeys([*words, by]))


def of_prompt(prompt: Prompt, model_key: str, predicted_iou: float | None, stability: float | None) -> Json:
    """Returns what is kept of a mask that a model made of a prompt."""
    return {
        "prompt": {
            "points": prompt.points.tolist(),
            "labels": prompt.labels.tolist(),
            "box": None if prompt.box is None else prompt.box.tolist(),
        },
        "model": model_key,
        "predicted_iou": predicted_iou,
        "stability_score": stability,
    }


def prompt_of(saved: Json) -> Prompt:
    """Returns the prompt of a saved row; an empty one where none, or none of ours, was written."""
    try:
        prompt = saved["prompt"]
        points = np.array(prompt["points"], np.float32).reshape(-1, 2)
        labels = np.array(prompt["labels"], np.int8).reshape(len(points))
        box = None if prompt["box"] is None else np.array(prompt["box"], np.float32).reshape(4)
    except (KeyError, TypeError, ValueError):
        return Prompt()
    return Prompt(points, labels, box)
