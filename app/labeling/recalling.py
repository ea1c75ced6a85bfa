"""What the model is asked again so that a saved mask has its logits as before it was accepted.

Logits would take 5 kB of the Starter's and 27 kB of SAM's in each object, and again in each step that concerns it; the
prompts and masks that led to them are kept anyway, and asking again takes some milliseconds once.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from app.engine.values import GivenMask
from app.labeling.draft import Draft, Prompted, Saved
from app.labeling.provenance import GIVEN, prompt_of
from app.labeling.trail import earlier
from app.masks.rle import Mask
from app.project.records import Json
from app.sam.closeup import Closeup
from app.sam.types import Size

CLOSEUP = "closeup"
"""The key of provenance under which a mask has the part of the image that the model was shown: x0, y0, x1, y1."""


def answers_to(mask: Mask, told: Json, model_key: str) -> tuple[GivenMask, ...]:
    """Returns the answers of this model that led to a saved mask, the oldest first; none where it is not as the model
    gave it, or something else led to it. told: its provenance."""
    answers: list[GivenMask] = []
    state, seen = (mask, told), told.get(CLOSEUP)
    while state is not None:
        mask, told = state
        if told.get(GIVEN) is not True or told.get("model") != model_key or told.get(CLOSEUP) != seen:
            return ()
        prompt = prompt_of(told)
        if prompt.is_empty:
            return ()
        answers.insert(0, GivenMask(prompt, mask))
        state = earlier(mask, told)
    return tuple(answers)


def with_answers(source: Prompted, draft: Draft, model_key: str) -> Prompted:
    """Returns what a draft asks next with the answers that led to its seed, where that is a saved mask: going on with
    it is as it was before it was accepted."""
    shown = draft.proposal
    if source.seed is None or shown is None:
        return source
    top = draft.top
    if draft.is_waiting:
        return replace(source, answers=top.asked.answers) if source.seed is top.asked.seed else source
    if not isinstance(top.source, Saved) or shown.closeup != source.closeup:
        return source
    return replace(source, answers=answers_to(shown.mask, top.source.provenance, model_key))


def closeup_told(told: Json, image_size: Size) -> Closeup | None:
    """Returns the close-up that a saved mask is of; None for the whole image, and where none of ours was written."""
    try:
        x0, y0, x1, y1 = msgspec.convert(told.get(CLOSEUP), tuple[int, int, int, int])
    except msgspec.ValidationError:
        return None
    height, width = image_size
    return Closeup(x0, y0, x1, y1, image_size) if 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height else None
