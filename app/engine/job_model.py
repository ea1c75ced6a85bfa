"""The model for a batch job: whatever the job asks of it, clicks and the image now shown go first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.engine.context import AbandonedError, EngineContext
from app.engine.errors import JobEndedError
from app.engine.images import whole
from app.engine.requests import Job
from app.engine.values import ImageRef
from app.images.reading import read_image
from app.problem import Problem
from app.sam.automatic import FoundMask, automatic
from app.sam.types import Candidate, Embedding, OnProgress, Prompt
from app.text import say
from app.work import Work

_LOOK_S = 0.005
"""Between two looks whether a file has been read: so long may a click wait meanwhile."""
_T = TypeVar("_T")


class ModelChangedError(Problem):
    """Another model was chosen while a job used the one before."""


class JobModel:
    """The model that was there when the job began. Every method first does all that is more urgent, and an encode is
    broken off and begun again for it. Only on the engine's thread, inside the steps of the job.

    ModelChangedError, a Problem, from every method once the model was changed."""

    def __init__(self, context: EngineContext, job: Job, next_urgent: Callable[[], Callable[[], None] | None]) -> None:
        """Lends the loaded model to a job. next_urgent: takes what is more urgent than any job; called with the lock
        held."""
        assert context.predictor is not None
        self._context = context
        self._job = job
        self._next_urgent = next_urgent
        self._predictor = context.predictor

    @property
    def model_key(self) -> str:
        """Names the weights."""
        return self._predictor.model_key

    def encode(self, image: ImageRef) -> Embedding:
        """The embedding of an image (no close-up), from the caches or made now. Problem when it is unreadable.

        A new one is kept on the disk, not in RAM: what the person looks at stays there."""
        self._give_way()
        found = self._find(image)
        if found is not None:
            return found
        seen = self._read(lambda: whole(image.checked_path()))
        embedding = self._encoded(seen.pixels).of_size(seen.size)
        self._context.embeddings.keep((seen.content_hash, self.model_key), embedding, image)
        return embedding

    def decode(self, embedding: Embedding, prompt: Prompt) -> list[Candidate]:
        """Candidates for a prompt in pixels of the image, best predicted IoU first."""
        self._give_way()
        return self._predictor.decode(embedding, prompt)

    def everything(self, image: ImageRef) -> Work[list[FoundMask]]:
        """Everything mode on an image: yields clicks (done, all), a few at a time, and returns the masks, best first.
        Problem when the image is unreadable."""
        embedding = self.encode(image)
        pixels = self._read(lambda: read_image(image.checked_path()).pixels)
        preset = self._predictor.presets.quick
        steps = automatic(_GivingWay(self._encoded, self._clicked), pixels, preset, whole=embedding)
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return end.value
            yield step.done, step.all

    def _find(self, image: ImageRef) -> Embedding | None:
        content_hash = self._read(lambda: self._context.images.content_hash(image.checked_path()))
        return self._context.embeddings.find((content_hash, self.model_key), image)

    def _clicked(self, embedding: Embedding, points: NDArray[np.floating], above: float) -> list[list[Candidate]]:
        self._give_way()
        return self._predictor.decode_clicks(embedding, points, above)

    def _encoded(self, pixels: NDArray[np.uint8]) -> Embedding:
        while True:
            self._give_way()
            try:
                return self._predictor.encode(pixels, self._progressed)
            except AbandonedError:
                continue

    def _progressed(self, _fraction: float) -> None:
        """Clicks that can be answered are answered inside an encode; for anything else it is broken off."""
        context = self._context
        context.answer_clicks()
        with context.lock:
            self._require_wanted()
            hover = context.scheduler.take_hover(context.is_ready)
            is_idle = context.scheduler.is_idle(context.is_ready)
        if hover is not None:
            context.answer(hover)
        if not is_idle:
            raise AbandonedError

    def _read(self, read: Callable[[], _T]) -> _T:
        """Reads on a thread of its own, while everything more urgent is done on this one."""
        context = self._context
        with ThreadPoolExecutor(1, "job") as pool:
            future = pool.submit(read)
            while not future.done():
                self._give_way()
                with context.lock:
                    context.lock.wait(_LOOK_S)
            return future.result()

    def _give_way(self) -> None:
        """Does all that is more urgent than a job."""
        while True:
            with self._context.lock:
                self._require_wanted()
                act = self._next_urgent()
            if act is None:
                break
            act()
        if self._context.predictor is not self._predictor:
            raise ModelChangedError(say("Another model was chosen meanwhile, so this ended: start it again."))

    def _require_wanted(self) -> None:
        if self._context.stopping or any(job is self._job for job in self._context.cancelled):
            raise JobEndedError


class _GivingWay:
    """A GridPredictor by two functions."""

    def __init__(
        self,
        encode: Callable[[NDArray[np.uint8]], Embedding],
        decode_clicks: Callable[[Embedding, NDArray[np.floating], float], list[list[Candidate]]],
    ) -> None:
        self._encode = encode
        self._decode_clicks = decode_clicks

    def encode(self, image: NDArray[np.uint8], on_progress: OnProgress) -> Embedding:
        """Encodes a crop; how far it is, nobody needs to know."""
        return self._encode(image)

    def decode_clicks(self, embedding: Embedding, points: NDArray[np.floating], above: float) -> list[list[Candidate]]:
        """Answers some clicks of the grid."""
        return self._decode_clicks(embedding, points, above)
