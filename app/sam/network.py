"""What every model family fulfils, so that one Predictor drives them all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from app.sam.manner import Manner
from app.sam.preprocess import Prompts
from app.sam.types import Frame, OnProgress, Size, no_progress

Features: TypeAlias = tuple[Tensor, ...]
"""Feature maps of one image, as many levels as the network has: each (B, C, h, w)."""


@dataclass(frozen=True, eq=False)
class PromptTensors:
    """A batch of B prompts in pixels of the model's input: points (B, N, 2) xy, labels (B, N) 1 inside / 0 outside,
    box (B, 4) x0 y0 x1 y1 or None, logits (B, mask height, mask width) or None."""

    points: Tensor
    labels: Tensor
    box: Tensor | None = None
    logits: Tensor | None = None

    @classmethod
    def of(cls, prompts: Prompts) -> PromptTensors:
        """The same prompts as tensors on the CPU."""
        box, logits = (None if part is None else torch.from_numpy(part) for part in (prompts.box, prompts.logits))
        return cls(torch.from_numpy(prompts.points), torch.from_numpy(prompts.labels), box, logits)

    def to(self, device: torch.device) -> PromptTensors:
        """The same prompts on that device."""
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

    def graph(self) -> Graph | None:
        """The parts of it that can be compiled; None when torch has to run it."""
        return None


@dataclass(frozen=True, eq=False)
class Part:
    """A module that is compiled by itself."""

    module: nn.Module
    """Its inputs and outputs are tensors."""
    inputs: tuple[Tensor, ...]
    """Examples."""
    dynamic_shapes: tuple[dict[int, Any], ...] | None = None
    """Of each input the dimensions that vary, as torch.export takes them; None when none does."""


class Graph(ABC):
    """How a network is taken apart for a compiler, so that it can be run without torch: an encoder, what the decoder
    sees of an image, and the decoder. Prompts are points with labels: 1 inside, 0 outside, 2 and 3 the corners of a
    box, -1 nothing (`Manner.pads_clicks`)."""

    manner = Manner()
    """How it wants to be asked."""

    @abstractmethod
    def encoder(self) -> Part:
        """Pixels (1, 3, h, w) -> the features."""

    @abstractmethod
    def seen(self) -> Part:
        """The features -> the image as prompts without logits let it be seen; remembered for the image."""

    @abstractmethod
    def seen_with_logits(self) -> Part:
        """The features, then logits (1, mask height, mask width) -> the same as `seen` gives."""

    @abstractmethod
    def decoder(self) -> Part:
        """All that `seen` gives, then points (1, N, 2) float32 in input pixels and labels (1, N) int64 -> logits
        (1, 4, h, w), IoU (1, 4). N may be 0."""
