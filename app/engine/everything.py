"""Everything mode, a few clicks at a time, so that a click of the person never waits for more than those."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.engine.context import AbandonedError, EngineContext, WorkerPredictor
from app.engine.progress import Throttle
from app.engine.replies import Proposed
from app.engine.requests import Propose
from app.engine.values import AutoMask
from app.masks.outlines import outlines
from app.sam.automatic import FoundMask, automatic, distinct
from app.sam.types import Embedding, OnProgress

_TELL_S = 0.2
"""Each time the whole picture is drawn anew."""


class EverythingJob:
    """Everything mode on one image with one model. Not thread-safe."""

    def __init__(
        self,
        request: Propose,
        predictor: WorkerPredictor,
        image: NDArray[np.uint8],
        embedding: Embedding,
        on_progress: OnProgress,
    ) -> None:
        """Prepares everything mode on an image, RGB (H, W, 3). on_progress: told of the encodes of crops; what it
        raises ends all."""
        self.request = request
        self._model_key = embedding.model_key
        self._preset = predictor.presets.quick
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
                found.mask, traced, found.predicted_iou, found.stability_score, found.point, self._model_key
            )
        return self._findings[found]


def propose(context: EngineContext, request: Propose, embedding: Embedding) -> Iterator[None]:
    """Steps of everything mode on an encoded image; what is found is told now and then, and at the end."""
    assert context.predictor is not None
    pixels = context.images.read(request.image.checked_path()).pixels
    search = EverythingJob(request, context.predictor, pixels, embedding, partial(_progressed, context, request))
    while True:
        said = search.step()
        if said is not None:
            context.deliver(said)
            if said.fraction == 1:
                return
        yield


def _progressed(context: EngineContext, request: Propose, _fraction: float) -> None:
    """While a part of the image is encoded for it."""
    context.answer_clicks()
    with context.lock:
        if context.stopping or context.scheduler.model or context.scheduler.stepped is not request:
            raise AbandonedError
