"""What every model family fulfils, so that one Predictor drives them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from app.sam.types import Frame, OnProgress, Size, no_progress

Features: TypeAlias = tuple[Tensor, ...]


@dataclass(frozen=True, eq=False)
class PromptTensors:
    """A batch of B prompts in pixels of the model's input: points (B, N, 2) xy, labels (B, N) 1 inside / 0 outside,
    box (B, 4) x0 y0 x1 y1 or None, logits (B, mask height, mask width) or None."""

    points: Tensor
    labels: Tensor
    box: Tensor | None = None
    logits: Tensor | None = None

    def to(self, device: torch.device) -> PromptTensors:
        box, logits = (None if part is None else part.to(device) for part in (self.box, self.logits))
        return PromptTensors(self.points.to(device), self.labels.to(device), box, logits)


class Network(Protocol):
    """A promptable segmentation network: an image encoder, and a decoder light enough to run at every click."""

    def frame(self, image_size: Size) -> Frame:
        """How an image of that (height, width) lies in the input."""
        ...

    def preprocess(self, image: NDArray[np.uint8], frame: Frame) -> Tensor:
        """RGB (H, W, 3) -> (3, padded height, padded width) float32, as the encoder was trained with."""
        ...

    def positions(self, padded_size: Size) -> Tensor:
        """Positional encoding (1, C, h, w) of the embedding's grid: decode's only input that no image changes."""
        ...

    def encode(self, pixels: Tensor, on_progress: OnProgress = no_progress) -> Features:
        """(B, 3, H, W) -> the features decode asks for, each (B, C, h, w)."""
        ...

    def decode(self, features: Features, positions: Tensor, prompt: PromptTensors) -> tuple[Tensor, Tensor]:
        """Features of one image, B prompts -> logits (B, 4, h, w) and predicted IoU (B, 4).
        Mask 0 is the single answer for an unambiguous prompt, 1 to 3 are those for an ambiguous one."""
        ...


class NetworkModule(nn.Module, Network):
    """A Network whose weights live in a torch module."""

    needs_tidying = False
    """Its masks have islands and pinholes that nobody asked for: see sam.tidy."""


@dataclass(frozen=True)
class Family:
    """One architecture at one size."""

    name: str
    """As in the catalogue: starter, mobile_sam, vit_b, ..."""
    title: str
    build: Callable[[], NetworkModule]
    signature: Mapping[str, tuple[int, ...]]
    """Keys and shapes of a checkpoint that no other family has."""
