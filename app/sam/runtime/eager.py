"""A network run by torch as it is, rearranged for speed."""

from __future__ import annotations

from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

from app.sam.layers import ConvNorm
from app.sam.network import Features, NetworkModule, PromptTensors
from app.sam.runtime.choice import Runtime
from app.sam.types import Embedding, OnProgress, Size

_Network = TypeVar("_Network", bound=nn.Module)


class Execution(Protocol):
    """The two parts of a network, run somehow. Tensors come from and go to the CPU."""

    title: str
    """For the person: what runs it."""

    def encode(self, pixels: Tensor, on_progress: OnProgress) -> Features:
        """(3, H, W) -> the features that decode asks for, float32. What on_progress raises ends it."""
        ...

    def decode(self, embedding: Embedding, prompt: PromptTensors) -> tuple[Tensor, Tensor]:
        """Decodes a prompt as Network.decode does: logits and predicted IoUs."""
        ...


class Eager:
    """An Execution by torch."""

    def __init__(self, network: NetworkModule, runtime: Runtime) -> None:
        """Prepares to run a network by torch. network: is rearranged."""
        self.title = _title(runtime)
        self._runtime = runtime
        self._device = torch.device(runtime.device)
        self._network = rearranged(network, runtime)
        self._positions: dict[Size, Tensor] = {}  # constants of the network, one per input size

    def encode(self, pixels: Tensor, on_progress: OnProgress) -> Features:
        """Turns pixels (3, H, W) into features, float32 on the CPU. What on_progress raises ends it."""
        batch = pixels.to(self._device)[None].contiguous(memory_format=torch.channels_last)
        with self._runtime.encoding:
            features = self._network.encode(batch, on_progress)
        return tuple(f.float().cpu() for f in features)

    def decode(self, embedding: Embedding, prompt: PromptTensors) -> tuple[Tensor, Tensor]:
        """Returns logits (B, 4, h, w) and predicted IoU (B, 4) of B prompts on one image, float32 on the CPU."""
        features = tuple(f.to(self._device) for f in features_of(embedding))
        positions = self._positions_of(embedding.frame.padded_size)
        logits, iou = self._network.decode(features, positions, prompt.to(self._device))
        return logits.float().cpu(), iou.float().cpu()

    def _positions_of(self, padded_size: Size) -> Tensor:
        if padded_size not in self._positions:
            self._positions[padded_size] = self._network.positions(padded_size)
        return self._positions[padded_size]


def features_of(embedding: Embedding) -> Features:
    """The feature maps of an embedding as tensors, on the CPU."""
    # torch warns of read-only arrays, and one mapped from the disk cache is read-only
    return tuple(torch.from_numpy(f if f.flags.writeable else f.copy()) for f in embedding.features)


def rearranged(network: _Network, runtime: Runtime) -> _Network:
    """Rearranges a network for inference, in place: batch norms become part of their convolutions, and channels lie
    last, as convolutions like it. The results stay the same up to rounding."""
    for module in network.modules():
        if isinstance(module, ConvNorm):
            module.absorb_norm()
    return network.to(runtime.device, memory_format=torch.channels_last)  # type: ignore[call-overload]


def _title(runtime: Runtime) -> str:
    device = {"cpu": "CPU", "cuda": "CUDA", "mps": "MPS"}[runtime.device]
    return f"{device} bf16" if runtime.half else device
