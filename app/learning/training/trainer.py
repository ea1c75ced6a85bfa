"""The training loop of one worker: steps, moving average of the weights, checkpoints that go on after a kill."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from app.atomic import replacing
from app.learning.training.dense import DenseHeads, dense_loss
from app.learning.training.lessons import SIZES, Scenes, TrainingBatch, lesson
from app.learning.training.prompted import PromptedScores, prompted_loss
from app.sam.network import NetworkModule
from app.sam.runtime import computes_in_bfloat16

_EMA_DECAY = 0.998
"""Of the moving average."""
_WEIGHT_DECAY = 0.05
_MAX_GRADIENT = 1.0
_NO_SCORES = PromptedScores(np.nan, np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Recipe:
    """How a starter is trained. steps: of each worker. The first dense_steps teach the encoder alone; the last
    cool_share of the steps lower the learning rate to nothing."""

    steps: int
    dense_steps: int = 0
    rate: float = 1e-3
    warm_up: int = 150
    cool_share: float = 0.3
    dense_weight: float = 0.5
    """Of the dense loss beside the prompts."""
    trunk_share: float = 0.15
    """Of the rate, for the weights of a pretrained trunk."""
    sizes: tuple[tuple[int, int, float], ...] = SIZES
    seed: int = 0

    def rate_at(self, step: int) -> float:
        """Returns the learning rate of a step: a linear warm-up, and a cosine decay at the end."""
        warm = min(1.0, (step + 1) / self.warm_up)
        left = (self.steps - step) / max(1, round(self.steps * self.cool_share))
        return self.rate * warm * (0.5 - 0.5 * math.cos(math.pi * min(1.0, max(0.0, left))))


class TrainingProgress(NamedTuple):
    """What one step of the training came to."""

    step: int
    loss: float
    scores: PromptedScores


class TrainingModel(nn.Module):
    """What is trained: the network, and heads that only the training needs."""

    def __init__(self, network: NetworkModule, widths: tuple[int, int, int]) -> None:
        super().__init__()
        self.network = network
        self.heads = DenseHeads(widths)


class Trainer:
    """One worker. Several may share one student's memory: each has its own lessons and optimizer (Hogwild, Recht et al.
    2011), since two processes of one thread outrun one of two on a shared machine. The first keeps the average."""

    def __init__(self, student: TrainingModel, scenes: Scenes, recipe: Recipe, worker: int = 0) -> None:
        self.step = 0
        self.student = student.train()
        self.average = copy.deepcopy(student).eval().requires_grad_(False) if worker == 0 else None
        self._scenes = scenes
        self._recipe = recipe
        self._worker = worker
        self._optimizer = torch.optim.AdamW(
            _parameter_groups(student, recipe.trunk_share), lr=recipe.rate, betas=(0.9, 0.98), fused=True
        )
        self._device = next(student.parameters()).device
        self._bf16 = self._device.type != "cpu" or computes_in_bfloat16()

    def lesson(self, step: int) -> TrainingBatch:
        """The same for the same seed, worker and step: a resumed training sees what it would have seen."""
        return lesson(self._rng(step, 0), self._scenes, self._recipe.sizes)

    def train_step(self, taught: TrainingBatch) -> TrainingProgress:
        """Takes one step of the optimizer on this batch. A gradient that is not finite changes no weights."""
        recipe = self._recipe
        for group in self._optimizer.param_groups:
            group["lr"] = recipe.rate_at(self.step) * group["share"]
        loss, scores = self._loss(taught)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.student.parameters(), _MAX_GRADIENT)
        if torch.isfinite(norm):
            self._optimizer.step()
        self.step += 1
        if self.average is not None:
            self._average()
        return TrainingProgress(self.step, float(loss.detach()), scores)

    def state(self) -> dict[str, Any]:
        """Returns what `restore` needs to go on from here; the weights only where their average is kept."""
        state: dict[str, Any] = {"step": self.step, "optimizer": self._optimizer.state_dict()}
        if self.average is not None:
            state |= {"student": self.student.state_dict(), "average": self.average.state_dict()}
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Where the weights lie in shared memory, they are written there."""
        self.step = state["step"]
        self._optimizer.load_state_dict(state["optimizer"])
        if self.average is not None:
            self.student.load_state_dict(state["student"])
            self.average.load_state_dict(state["average"])

    def _loss(self, taught: TrainingBatch) -> tuple[Tensor, PromptedScores]:
        rng = self._rng(self.step, 1)
        network = self.student.network
        pixels = torch.from_numpy(taught.images).to(self._device, memory_format=torch.channels_last)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16):
            features = network.encode(pixels)
            dense = dense_loss(rng, self.student.heads, features, taught)
            if self.step < self._recipe.dense_steps:
                return dense, _NO_SCORES
            prompted, scores = prompted_loss(rng, network, features, taught)
        return prompted + self._recipe.dense_weight * dense, scores

    def _average(self) -> None:
        assert self.average is not None
        decay = min(_EMA_DECAY, (self.step + 1) / (self.step + 20))
        with torch.no_grad():
            for mean, value in zip(self.average.state_dict().values(), self.student.state_dict().values(), strict=True):
                if mean.is_floating_point():
                    mean.lerp_(value, 1 - decay)
                else:
                    mean.copy_(value)

    def _rng(self, step: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng((self._recipe.seed, self._worker, step, purpose))


def save(path: Path, state: dict[str, Any]) -> None:
    """The file appears whole or not at all."""
    with replacing(path) as file:
        torch.save(state, file)


def _parameter_groups(student: nn.Module, trunk_share: float) -> list[dict[str, Any]]:
    """Matrices decay; biases, norms and embeddings do not. share: of the rate."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in student.named_parameters():
        is_matrix = parameter.ndim > 1 and "embed" not in name and "tokens" not in name
        groups.setdefault((is_matrix, ".trunk." in name), []).append(parameter)
    return [
        {"params": own, "weight_decay": _WEIGHT_DECAY * is_matrix, "share": trunk_share if is_trunk else 1.0}
        for (is_matrix, is_trunk), own in groups.items()
    ]
