"""One image in, an embedding out; an embedding and a prompt in, candidate masks out. It remembers no image."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray

from app.sam.network import NetworkModule, OnProgress, PromptTensors, no_progress
from app.sam.postprocess import stability_score
from app.sam.preprocess import click_tensors, prompt_tensors
from app.sam.runtime import EXACT, Runtime, rearranged
from app.sam.tidy import tidied
from app.sam.types import Candidate, Embedding, Prompt, Size


class Predictor:
    """The same for every family. Everything a call needs is in the call."""

    def __init__(self, network: NetworkModule, name: str, model_key: str, runtime: Runtime = EXACT) -> None:
        """network: is rearranged for the runtime."""
        self.name = name
        self.model_key = model_key
        self.runtime = runtime
        self.device = torch.device(runtime.device)
        self._network = rearranged(network.eval().requires_grad_(False), runtime)
        self._positions: dict[Size, torch.Tensor] = {}  # constants of the network, one per input size

    @torch.inference_mode()
    def encode(self, image: NDArray[np.uint8], on_progress: OnProgress = no_progress) -> Embedding:
        """image: RGB (H, W, 3). on_progress is told fractions up to 1; what it raises aborts the encode."""
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
            raise ValueError(f"an RGB image of bytes is needed, not {image.shape} {image.dtype}")
        frame = self._network.frame((image.shape[0], image.shape[1]))
        pixels = self._network.preprocess(np.ascontiguousarray(image), frame).to(self.device)
        with self.runtime.encoding:
            batch = pixels[None].contiguous(memory_format=torch.channels_last)
            features = self._network.encode(batch, on_progress)
        on_progress(1.0)
        return Embedding(tuple(f.float().cpu().contiguous().numpy() for f in features), frame, self.model_key)

    @torch.inference_mode()
    def decode(self, embedding: Embedding, prompt: Prompt, *, multimask: bool | None = None) -> list[Candidate]:
        """Best predicted IoU first. multimask: three candidates, or the one of the single-mask token;
        None chooses three for an ambiguous prompt."""
        if prompt.is_empty:
            raise ValueError("an empty prompt")
        [(logits, scores)] = self._answers(embedding, prompt_tensors(prompt, embedding.frame, self.device))
        wanted = slice(1, None) if _wants_three(prompt, multimask) else slice(0, 1)
        return self._ranked(embedding, prompt, logits[wanted], scores[wanted])

    @torch.inference_mode()
    def decode_clicks(
        self, embedding: Embedding, points: NDArray[np.floating], above: float = -np.inf
    ) -> list[list[Candidate]]:
        """Of each click (N, 2) xy alone those of its three candidates whose predicted IoU is above that, best first."""
        answers = self._answers(embedding, click_tensors(points, embedding.frame, self.device))
        ranked = []
        for (x, y), (logits, scores) in zip(points.tolist(), answers, strict=True):
            wanted = [index for index in (1, 2, 3) if scores[index] > above]
            prompt = Prompt().with_point(x, y)
            ranked.append(self._ranked(embedding, prompt, logits[wanted], [scores[index] for index in wanted]))
        return ranked

    def _answers(self, embedding: Embedding, tensors: PromptTensors) -> list[tuple[NDArray[np.float32], list[float]]]:
        """Of each prompt (4, h, w) logits and 4 predicted IoUs."""
        if embedding.model_key != self.model_key:
            raise ValueError(f"an embedding of {embedding.model_key} given to {self.model_key}")
        features = tuple(_tensor(f).to(self.device) for f in embedding.features)
        logits, iou = self._network.decode(features, self._positions_of(embedding.frame.padded_size), tensors)
        return list(zip(logits.float().cpu().numpy(), iou.float().tolist(), strict=True))

    def _ranked(
        self, embedding: Embedding, prompt: Prompt, masks: Iterable[NDArray[np.float32]], scores: list[float]
    ) -> list[Candidate]:
        frame = embedding.frame
        if self._network.needs_tidying:
            masks = [tidied(mask, prompt, frame) for mask in masks]
        candidates = [
            Candidate(mask, score, stability_score(mask, frame), frame)
            for mask, score in zip(masks, scores, strict=True)
        ]
        return sorted(candidates, key=lambda c: c.predicted_iou, reverse=True)

    def _positions_of(self, padded_size: Size) -> torch.Tensor:
        if padded_size not in self._positions:
            self._positions[padded_size] = self._network.positions(padded_size)
        return self._positions[padded_size]


def _wants_three(prompt: Prompt, multimask: bool | None) -> bool:
    return prompt.is_ambiguous if multimask is None else multimask


def _tensor(array: NDArray[np.float32]) -> torch.Tensor:
    # torch warns of read-only arrays, and one mapped from the disk cache is read-only
    return torch.from_numpy(array if array.flags.writeable else array.copy())
