"""The starter: our own small promptable network, shipped with the program. Any input size.

A pyramid with attention at stride 16, over convolutions of its own or over a pretrained trunk. Differences from SAM:
positions are metric (256 input pixels are one unit) so that no input size is fixed, and the decoder sees fine features
under each click (see starter_decoder).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from app.sam.encoders.efficientnet_lite import LITE_WIDTHS, LiteTrunk
from app.sam.encoders.starter_decoder import WIDTH4, WIDTH8, WIDTH16, StarterDecoder
from app.sam.encoders.starter_graph import StarterGraph
from app.sam.layers import ConvNorm
from app.sam.network import Features, Graph, NetworkModule, PromptTensors
from app.sam.preprocess import STARTER, LongSide
from app.sam.types import Frame, OnProgress, Size, no_progress

FEATURE_WIDTHS = (WIDTH16, WIDTH8, WIDTH4)


class Starter(NetworkModule):
    """Fulfils Network. Features: strides 16, 8, 4 with 128, 64, 16 channels."""

    needs_tidying = True

    def __init__(self, encoder: nn.Module | None = None, *, sees_masks: bool = False) -> None:
        """Makes a starter with weights of no meaning, by default as the first ones were. encoder: (B, 3, H, W) and who
        is told how far it is -> the features. sees_masks: a head looks at the masks to tell their IoU."""
        super().__init__()
        self.encoder = StarterEncoder() if encoder is None else encoder
        self.decoder = StarterDecoder(sees_masks=sees_masks)

    def frame(self, image_size: Size) -> Frame:
        """Returns how an image of that (height, width) lies in the input: see LongSide."""
        return STARTER.frame(image_size)

    def preprocess(self, image: NDArray[np.uint8], frame: Frame) -> Tensor:
        """Turns RGB (H, W, 3) uint8 into (3, height, width) float32, -1 to 1."""
        return torch.from_numpy(STARTER.pixels(image, frame))

    def positions(self, padded_size: Size) -> Tensor:
        """Returns the positional encoding (1, C, h, w) of the stride-16 grid."""
        return self.decoder.positions(padded_size[0] // 16, padded_size[1] // 16)

    def encode(self, pixels: Tensor, on_progress: OnProgress = no_progress) -> Features:
        """Turns pixels (B, 3, H, W) into the features of three strides."""
        return self.encoder(pixels, on_progress)

    def decode(self, features: Features, positions: Tensor, prompt: PromptTensors) -> tuple[Tensor, Tensor]:
        """Answers B prompts with logits (B, 4, h, w) and predicted IoU (B, 4). A box alone is answered in two passes,
        the second with the mask of the first; training sees them singly."""
        logits, iou = self.decoder(features, positions, prompt)
        if self.training or prompt.box is None or prompt.logits is not None:
            return logits, iou
        return self.decoder(features, positions, replace(prompt, logits=logits[:, 0]))

    def graph(self) -> Graph:
        """Returns the parts that can be compiled."""
        return StarterGraph(self, self.decoder)


def frame_at(image_size: Size, long_side: int) -> Frame:
    """An image whose long side becomes about so many pixels."""
    return LongSide(long_side).frame(image_size)


class _Tops(nn.Module):
    """What all encoders of the starter end with: attention at stride 16, and what it found brought to strides 8 and
    4. Who inherits makes the layers, in the order in which its checkpoints and seeds have them."""

    stage16: nn.ModuleList
    out16: nn.Conv2d
    merge8: PyramidMerge
    merge4: PyramidMerge

    def tops(self, x16: Tensor, x8: Tensor, x4: Tensor, on_progress: OnProgress) -> Features:
        """Returns the features at strides 16, 8 and 4."""
        for block in self.stage16:
            x16 = block(x16)
        on_progress(0.9)
        f16 = self.out16(x16)
        f8 = self.merge8(x8, f16)
        return f16, f8, self.merge4(x4, f8)


class StarterEncoder(_Tops):
    """The image encoder: (B, 3, H, W) -> features at strides 16, 8 and 4."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(ConvNorm(3, 32, 3, stride=2), nn.ReLU(), ConvNorm(32, 64, 3, stride=2), nn.ReLU())
        self.stage4 = nn.Sequential(*(ResidualConv(64) for _ in range(2)))
        self.down8 = nn.Sequential(ConvNorm(64, 128, 3, stride=2), nn.ReLU())
        self.stage8 = nn.Sequential(*(ResidualConv(128) for _ in range(3)))
        self.down16 = nn.Sequential(ConvNorm(128, 256, 3, stride=2), nn.ReLU())
        self.stage16 = nn.ModuleList(AttentionBlock(256, heads=4) for _ in range(4))
        self.out16 = nn.Conv2d(256, WIDTH16, 1)
        self.merge8 = PyramidMerge(128, WIDTH16, WIDTH8)
        self.merge4 = PyramidMerge(64, WIDTH8, WIDTH4)

    def forward(self, pixels: Tensor, on_progress: OnProgress = no_progress) -> Features:
        x4 = self.stage4(self.stem(pixels))
        on_progress(0.4)
        x8 = self.stage8(self.down8(x4))
        on_progress(0.6)
        return self.tops(self.down16(x8), x8, x4, on_progress)


class TrunkEncoder(_Tops):
    """The same over a pretrained trunk: attention sees what it found at strides 16 and 32, the fine levels go on as
    they are."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = LiteTrunk()
        self.norm4 = nn.BatchNorm2d(LITE_WIDTHS[4])  # the ends of the trunk's stages are of any size
        self.norm8 = nn.BatchNorm2d(LITE_WIDTHS[8])
        self.in16 = ConvNorm(LITE_WIDTHS[16], 256)
        self.in32 = ConvNorm(LITE_WIDTHS[32], 256)
        self.stage16 = nn.ModuleList(AttentionBlock(256, heads=4) for _ in range(4))
        self.out16 = nn.Conv2d(256, WIDTH16, 1)
        self.merge8 = PyramidMerge(LITE_WIDTHS[8], WIDTH16, WIDTH8)
        self.merge4 = PyramidMerge(LITE_WIDTHS[4], WIDTH8, WIDTH4)

    def forward(self, pixels: Tensor, on_progress: OnProgress = no_progress) -> Features:
        seen = self.trunk(pixels)
        on_progress(0.6)
        coarse = F.interpolate(self.in32(seen[32]), scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.tops(self.in16(seen[16]) + coarse, self.norm8(seen[8]), self.norm4(seen[4]), on_progress)


class ResidualConv(nn.Module):
    """3x3 then 1x1 convolution, with a residual (a fused MBConv that does not widen)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(channels, channels, 3)
        self.conv2 = ConvNorm(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(F.relu(self.conv1(x)))


class AttentionBlock(nn.Module):
    """A depthwise convolution tells tokens where they are; then global attention and an MLP."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.position = nn.Conv2d(dim, dim, 3, padding=1, groups=dim)
        self.norm1 = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.norm2 = nn.LayerNorm(dim)
        self.lin1 = nn.Linear(dim, 3 * dim)
        self.lin2 = nn.Linear(3 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.position(x)
        tokens = x.flatten(2).transpose(1, 2)
        q, k, v = self.qkv(self.norm1(tokens)).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        # by hand: torch's fused attention has a backward twice as slow on CPUs
        shares = (q * q.shape[-1] ** -0.5 @ k.transpose(-1, -2)).softmax(-1)
        attended = (shares @ v).transpose(1, 2).flatten(2)
        tokens = tokens + self.proj(attended)
        tokens = tokens + self.lin2(F.relu(self.lin1(self.norm2(tokens))))
        return tokens.transpose(1, 2).unflatten(2, x.shape[-2:])


class PyramidMerge(nn.Module):
    """Adds the coarser level, doubled in size, to a finer one."""

    def __init__(self, fine: int, coarse: int, outputs: int) -> None:
        super().__init__()
        self.lateral = nn.Conv2d(fine, outputs, 1)
        self.top = nn.Conv2d(coarse, outputs, 1)
        self.out = nn.Conv2d(outputs, outputs, 3, padding=1)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        top = F.interpolate(self.top(coarse), scale_factor=2.0, mode="nearest")
        return self.out(F.relu(self.lateral(fine) + top))
