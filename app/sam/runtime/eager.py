"""A network run by torch as it is, rearranged for speed."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from app.sam.layers import ConvNorm, FrozenNormConv
from app.sam.network import Features, NetworkModule, PromptTensors
from app.sam.preprocess import Prompts
from app.sam.runtime.choice import EXACT, Runtime
from app.sam.runtime.execution import Maps
from app.sam.types import Embedding, Frame, OnProgress, Size

_Network = TypeVar("_Network", bound=nn.Module)


class Eager:
    """An Execution by torch."""

    def __init__(self, network: NetworkModule, runtime: Runtime = EXACT) -> None:
        """Prepares to run a network by torch. network: is rearranged for the runtime."""
        self.title = _title(runtime)
        self.needs_tidying = network.needs_tidying
        self._runtime = runtime
        self._device = torch.device(runtime.device)
        self.network = rearranged(network.eval().requires_grad_(False), runtime)
        self._positions: dict[Size, Tensor] = {}  # constants of the network, one per input size

    def frame(self, image_size: Size) -> Frame:
        """Returns how an image of that (height, width) lies in the input."""
        return self.network.frame(image_size)

    @torch.inference_mode()
    def encode(self, image: NDArray[np.uint8], frame: Frame, on_progress: OnProgress) -> Maps:
        """Turns an image, RGB (H, W, 3), into features, float32 on the CPU. What on_progress raises ends it."""
        pixels = self.network.preprocess(image, frame)
        batch = pixels.to(self._device)[None].contiguous(memory_format=torch.channels_last)
        with torch.autocast(self._runtime.device, torch.bfloat16, enabled=self._runtime.half):
            features = self.network.encode(batch, on_progress)
        return tuple(f.float().cpu().contiguous().numpy() for f in features)

    @torch.inference_mode()
    def decode(self, embedding: Embedding, prompts: Prompts) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Returns logits (B, 4, h, w) and predicted IoU (B, 4) of B prompts on one image."""
        features = tuple(f.to(self._device) for f in _features_of(embedding))
        positions = self._positions_of(embedding.frame.padded_size)
        logits, iou = self.network.decode(features, positions, PromptTensors.of(prompts).to(self._device))
        return logits.float().cpu().numpy(), iou.float().cpu().numpy()

    def _positions_of(self, padded_size: Size) -> Tensor:
        if padded_size not in self._positions:
            self._positions[padded_size] = self.network.positions(padded_size)
        return self._positions[padded_size]


def _features_of(embedding: Embedding) -> Features:
    """The feature maps of an embedding as tensors, on the CPU."""
    # torch warns of read-only arrays, and one mapped from the disk cache is read-only
    return tuple(torch.from_numpy(f if f.flags.writeable else f.copy()) for f in embedding.features)


def rearranged(network: _Network, runtime: Runtime) -> _Network:
    """Rearranges a network for inference, in place: batch norms become part of their convolutions, and channels lie
    last, as convolutions like it. The results stay the same up to rounding."""
    for module in network.modules():
        if isinstance(module, ConvNorm | FrozenNormConv):
            module.absorb_norm()
    return network.to(runtime.device, memory_format=torch.channels_last)  # type: ignore[call-overload]


def _title(runtime: Runtime) -> str:
    device = {"cpu": "CPU", "cuda": "CUDA", "mps": "MPS"}[runtime.device]
    return f"{device} bf16" if runtime.half else device
