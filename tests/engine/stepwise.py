"""A small predictor with the interface of the real one whose every step a test can hold, and an inbox for replies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from app.engine.replies import Reply
from app.sam.presets import Presets
from app.sam.types import Candidate, Embedding, Frame, Prompt

STEPS = 4
PATIENCE_S = 20.0
T = TypeVar("T")


class StepwisePredictor:
    """An embedding is the upper left pixel of its image; a decode fills the box and a square around each point."""

    device = "CPU"
    preparation = None
    presets = Presets()

    def __init__(self, model_key: str = "stepwise", feature_bytes: int = 64) -> None:
        self.model_key = model_key
        self.log: list[tuple[str, object]] = []
        self.threads: set[int] = set()
        self.prompts: list[Prompt] = []
        self._feature_count = feature_bytes // 4
        self._free = threading.Event()
        self._free.set()
        self._held = threading.Event()

    def hold(self) -> None:
        """The next encode stops in the middle of a step."""
        self._held.clear()
        self._free.clear()

    def wait_until_held(self) -> None:
        assert self._held.wait(PATIENCE_S), "no encode was begun"

    def release(self) -> None:
        self._free.set()

    def encode(self, image: np.ndarray, on_progress: Callable[[float], None]) -> Embedding:
        self.threads.add(threading.get_ident())
        mark = int(image[0, 0, 0])
        self.log.append(("begin", mark))
        for step in range(STEPS):
            if not self._free.is_set():
                self._held.set()
                assert self._free.wait(PATIENCE_S), "nobody released the encode"
            on_progress((step + 1) / STEPS)
        self.log.append(("end", mark))
        height, width = image.shape[:2]
        side = max(height, width)
        frame = Frame((height, width), (height, width), (side, side), (64, 64))
        return Embedding((np.full(self._feature_count, mark, np.float32),), frame, self.model_key)

    def decode(self, embedding: Embedding, prompt: Prompt, *, multimask: bool | None = None) -> list[Candidate]:
        self.threads.add(threading.get_ident())
        self.log.append(("decode", int(embedding.features[0][0])))
        self.prompts.append(prompt)
        return [self._candidate(embedding.frame, prompt, radius) for radius in (4, 8, 16)]

    def decode_clicks(self, embedding: Embedding, points: np.ndarray, above: float = -np.inf) -> list[list[Candidate]]:
        """A square of 8 cells around each click; decode's largest would fill the image."""
        clicks = [Prompt().with_point(x, y) for x, y in points.tolist()]
        return [[self._candidate(embedding.frame, click, 4)] if above < 0.96 else [] for click in clicks]

    def _candidate(self, frame: Frame, prompt: Prompt, radius: int) -> Candidate:
        logits = np.full(frame.mask_size, -5, np.float32)
        scale = frame.mask_size[0] / frame.padded_size[0] * frame.input_size[0] / frame.image_size[0]
        if prompt.box is not None:
            x0, y0, x1, y1 = (round(float(edge) * scale) for edge in prompt.box)
            logits[y0:y1, x0:x1] = 5
        for (x, y), label in zip(prompt.points, prompt.labels, strict=True):
            column, row = round(float(x) * scale), round(float(y) * scale)
            square = np.s_[max(0, row - radius) : row + radius, max(0, column - radius) : column + radius]
            logits[square] = 5 if label else -5
        return Candidate(logits, 1 - radius / 100, 0.9, frame)


class Inbox:
    """Collects replies from any thread; a test waits for one."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self._condition = threading.Condition()

    def deliver(self, reply: Reply) -> None:
        with self._condition:
            self.replies.append(reply)
            self._condition.notify_all()

    def of(self, kind: type[T]) -> list[T]:
        with self._condition:
            return [r for r in self.replies if isinstance(r, kind)]

    def wait(self, kind: type[T], count: int = 1) -> list[T]:
        """All replies of that kind, as soon as there are so many."""
        with self._condition:
            arrived = self._condition.wait_for(
                lambda: sum(isinstance(r, kind) for r in self.replies) >= count, PATIENCE_S
            )
            assert arrived, f"{count} {kind.__name__} expected, got {[type(r).__name__ for r in self.replies]}"
        return self.of(kind)
