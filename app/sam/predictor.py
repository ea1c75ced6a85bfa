"""One image in, an embedding out; an embedding and a prompt in, candidate masks out. It remembers no image."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.sam.postprocess import stability_score
from app.sam.preprocess import Prompts, clicks_of, prompts_of
from app.sam.presets import Presets
from app.sam.runtime import EXACT, Runtime
from app.sam.runtime.execution import Execution
from app.sam.tidy import tidied
from app.sam.types import Candidate, Embedding, OnProgress, Prompt, no_progress
from app.work import Work

Preparation: TypeAlias = Callable[[], Work[str]]
"""Its steps (done, all), in a thread of their own if one likes; it returns what runs the model then."""


class Predictor:
    """The same for every family. Everything a call needs is in the call."""

    def __init__(
        self,
        execution: Execution,
        name: str,
        model_key: str,
        runtime: Runtime = EXACT,
        presets: Presets = Presets(),  # noqa: B008 frozen
    ) -> None:
        """Makes a predictor of what runs a network. presets: of everything mode, as its family has them."""
        self.name = name
        self.model_key = model_key
        self.runtime = runtime
        self.presets = presets
        self._execution = execution
        self._faster: Callable[[Predictor], Work[str]] | None = None

    @property
    def device(self) -> str:
        """What runs it, for the person."""
        return self._execution.title

    @property
    def preparation(self) -> Preparation | None:
        """Makes it faster once and for all; torch serves until its last step. None when there is nothing to do."""
        # bound here: a predictor that kept it would refer to itself, and what the window froze is never collected
        return None if self._faster is None else partial(self._faster, self)

    def prepare_by(self, faster: Callable[[Predictor], Work[str]]) -> None:
        """Takes the steps that would make a predictor faster."""
        self._faster = faster

    def run_by(self, execution: Execution) -> None:
        """Has another execution run the network from now on, on whatever thread. What is being encoded is encoded to
        its end, and embeddings stay good."""
        self._execution, self._faster = execution, None

    def encode(self, image: NDArray[np.uint8], on_progress: OnProgress = no_progress) -> Embedding:
        """Encodes an image, RGB (H, W, 3) uint8. on_progress is told fractions up to 1; what it raises aborts the
        encode."""
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
            raise ValueError(f"an RGB image of bytes is needed, not {image.shape} {image.dtype}")
        execution = self._execution
        frame = execution.frame((image.shape[0], image.shape[1]))
        features = execution.encode(np.ascontiguousarray(image), frame, on_progress)
        on_progress(1.0)
        return Embedding(features, frame, self.model_key)

    def decode(self, embedding: Embedding, prompt: Prompt, *, multimask: bool | None = None) -> list[Candidate]:
        """Best predicted IoU first. multimask: three candidates, or the one of the single-mask token;
        None chooses three for an ambiguous prompt."""
        if prompt.is_empty:
            raise ValueError("an empty prompt")
        [(logits, scores)] = self._answers(embedding, prompts_of(prompt, embedding.frame))
        wanted = slice(1, None) if _wants_three(prompt, multimask) else slice(0, 1)
        return self._ranked(embedding, prompt, logits[wanted], scores[wanted])

    def decode_clicks(
        self, embedding: Embedding, points: NDArray[np.floating], above: float = -np.inf
    ) -> list[list[Candidate]]:
        """Candidates of each click (N, 2) xy alone: those of its three whose predicted IoU is above that, best
        first."""
        answers = self._answers(embedding, clicks_of(points, embedding.frame))
        ranked = []
        for (x, y), (logits, scores) in zip(points.tolist(), answers, strict=True):
            wanted = [index for index in (1, 2, 3) if scores[index] > above]
            prompt = Prompt().with_point(x, y)
            ranked.append(self._ranked(embedding, prompt, logits[wanted], [scores[index] for index in wanted]))
        return ranked

    def _answers(self, embedding: Embedding, prompts: Prompts) -> list[tuple[NDArray[np.float32], list[float]]]:
        """Returns the answers to each prompt: (4, h, w) logits and 4 predicted IoUs."""
        if embedding.model_key != self.model_key:
            raise ValueError(f"an embedding of {embedding.model_key} given to {self.model_key}")
        logits, iou = self._execution.decode(embedding, prompts)
        return list(zip(logits, iou.tolist(), strict=True))

    def _ranked(
        self, embedding: Embedding, prompt: Prompt, masks: Iterable[NDArray[np.float32]], scores: list[float]
    ) -> list[Candidate]:
        frame = embedding.frame
        if self._execution.needs_tidying:
            masks = [tidied(mask, prompt, frame) for mask in masks]
        candidates = [
            Candidate(mask, score, stability_score(mask, frame), frame)
            for mask, score in zip(masks, scores, strict=True)
        ]
        return sorted(candidates, key=lambda c: c.predicted_iou, reverse=True)


def _wants_three(prompt: Prompt, multimask: bool | None) -> bool:
    return prompt.is_ambiguous if multimask is None else multimask
