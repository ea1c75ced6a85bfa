"""What every model family fulfils, so that one Predictor drives them all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

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
    """How a network whose input has one size is taken apart for a compiler, in two parts: the encoder makes the
    features of an image, the decoder answers one prompt from what `seen` and `asked` give."""

    def __init__(self, network: NetworkModule) -> None:
        """Makes the graph of a network. network: decodes the prompts that are not compiled."""
        self.network = network

    @abstractmethod
    def encoder(self) -> Part:
        """Pixels (1, 3, side, side) -> the features."""

    @abstractmethod
    def decoder(self) -> Part:
        """All that `seen` gives, then all that `asked` gives, of one prompt -> logits (1, 4, h, w), IoU (1, 4)."""

    @abstractmethod
    def seen(self, features: Features, prompt: PromptTensors) -> tuple[Tensor, ...]:
        """The image as the prompts let it be seen, each with a batch of B or 1. It must not depend on prompts that have
        no logits: what it gives for those is remembered for the image."""

    @abstractmethod
    def asked(self, prompt: PromptTensors) -> tuple[Tensor, ...] | None:
        """The prompts themselves, each with a batch of B; None when they have a shape that is not compiled."""

    @abstractmethod
    def common(self) -> Sequence[tuple[Tensor, ...]]:
        """Inputs of the decoder of the shapes that come most often: what is done before the first one is asked for."""

    @abstractmethod
    def without_encoder(self) -> Graph:
        """The same graph of a network that cannot encode any more, to free its memory; it shares the other weights."""
