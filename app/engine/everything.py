"""Everything mode, a few clicks at a time, so that a click of the person never waits for more than those."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.engine.progress import Throttle
from app.engine.requests import AutoMask, Propose, Proposed
from app.masks.outlines import outlines
from app.sam.automatic import FoundMask, GridPredictor, automatic, distinct, preset_for
from app.sam.types import Embedding, OnProgress

_TELL_S = 0.2
"""Each time the whole picture is drawn anew."""


class EverythingJob:
    """Of one thread, one image and one model."""

    def __init__(
        self,
        request: Propose,
        predictor: GridPredictor,
        image: NDArray[np.uint8],
        embedding: Embedding,
        on_progress: OnProgress,
    ) -> None:
        """on_progress: of further encodes, of parts of the image; what it raises ends all."""
        self.request = request
        self._model_key = embedding.model_key
        self._preset = preset_for(self._model_key)
        self._steps = automatic(predictor, image, self._preset, on_progress, whole=embedding)
        self._found: list[FoundMask] = []
        self._findings: dict[FoundMask, AutoMask] = {}
        self._throttle = Throttle(_TELL_S)

    def step(self) -> Proposed | None:
        """What to tell now, if anything; its fraction is 1 when this was the last step."""
        try:
            step = next(self._steps)
        except StopIteration as end:
            return self._proposed(end.value, 1.0)
        self._found = distinct([*self._found, *step.found], self._preset) if step.found else self._found
        return self._proposed(self._found, step.done / (step.all + 1)) if self._throttle.is_due() else None

    def _proposed(self, found: list[FoundMask], fraction: float) -> Proposed:
        findings = tuple(self._finding(one) for one in found)
        return Proposed(self.request.image, self._model_key, findings, fraction)

    def _finding(self, found: FoundMask) -> AutoMask:
        if found not in self._findings:
            traced = outlines(found.mask.region())
            self._findings[found] = AutoMask(
                found.mask, traced, found.predicted_iou, found.stability_score, found.point
            )
        return self._findings[found]
