"""MobileSAM's image encoder: TinyViT-5M, distilled from ViT-H. Source: TinyViT, MobileSAM."""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.sam.layers import ConvNorm
from app.sam.sam import neck
from app.sam.types import OnProgress, no_progress
from app.sam.windows import join_windows, split_windows

_COST_OF_MBCONV = 7
"""Against any other step, in time: it works at stride 4. Only for an honest progress."""


class TinyViT(nn.Module):
    """The image encoder of MobileSAM, TinyViT-5M: (B, 3, 1024, 1024) -> (B, 256, 64, 64)."""

    def __init__(self) -> None:
        super().__init__()
        self.patch_embed = TinyPatchEmbed(64)
        self.layers = nn.ModuleList(
            [
                TinyLayer([MBConv(64) for _ in range(2)], PatchMerging(64, 128, stride=2)),
                TinyLayer([TinyBlock(128, heads=4, window=7) for _ in range(2)], PatchMerging(128, 160, stride=2)),
                TinyLayer([TinyBlock(160, heads=5, window=14) for _ in range(6)], PatchMerging(160, 320, stride=1)),
                TinyLayer([TinyBlock(320, heads=10, window=7) for _ in range(2)]),
            ]
        )
        self.norm_head = nn.LayerNorm(320)  # of the classifier it once was: in the checkpoint, never used
        self.head = nn.Linear(320, 1000)
        self.neck = neck(320)

    def forward(self, pixels: Tensor, on_progress: OnProgress = no_progress) -> Tensor:
        x = self.patch_embed(pixels)
        steps = [m for m in self.layers.modules() if isinstance(m, MBConv | TinyBlock | PatchMerging)]
        costs = [_COST_OF_MBCONV if isinstance(step, MBConv) else 1 for step in steps]
        is_image = True
        for i, step in enumerate(steps):
            on_progress(sum(costs[:i]) / sum(costs))
            wants_image = not isinstance(step, TinyBlock)
            if wants_image != is_image:
                x = _as_image(x) if wants_image else _as_tokens(x)
            x, is_image = step(x), wants_image
        return self.neck(_as_image(x))


class TinyPatchEmbed(nn.Module):
    """Two strided convolutions that make patches of an image: (B, 3, H, W) -> (B, dim, H / 4, W / 4)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.seq = nn.Sequential(ConvNorm(3, dim // 2, 3, stride=2), nn.GELU(), ConvNorm(dim // 2, dim, 3, stride=2))

    def forward(self, pixels: Tensor) -> Tensor:
        return self.seq(pixels)


class MBConv(nn.Module):
    """Widen, depthwise 3x3, narrow; residual."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(dim, 4 * dim)
        self.conv2 = ConvNorm(4 * dim, 4 * dim, 3, groups=4 * dim)
        self.conv3 = ConvNorm(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        wide = F.gelu(self.conv2(F.gelu(self.conv1(x))))
        return F.gelu(x + self.conv3(wide))


class PatchMerging(nn.Module):
    """The way to the next stage: other channels, perhaps half the resolution."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(inputs, outputs)
        self.conv2 = ConvNorm(outputs, outputs, 3, stride=stride, groups=outputs)
        self.conv3 = ConvNorm(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv3(F.gelu(self.conv2(F.gelu(self.conv1(x)))))


class TinyLayer(nn.Module):
    """Blocks of one resolution, then the way to the next."""

    def __init__(self, blocks: list[nn.Module], downsample: nn.Module | None = None) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.downsample = downsample


class TinyBlock(nn.Module):
    """(B, H, W, C) -> the same: attention in windows, a depthwise convolution, an MLP."""

    def __init__(self, dim: int, heads: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.attn = TinyAttention(dim, heads, window)
        self.mlp = Mlp(dim)
        self.local_conv = ConvNorm(dim, dim, 3, groups=dim)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(x)
        x = _as_tokens(self.local_conv(_as_image(x)))
        return x + self.mlp(x)


def _as_image(x: Tensor) -> Tensor:
    """Moves the channels to the front: (B, H, W, C) -> (B, C, H, W)."""
    return x.permute(0, 3, 1, 2)


def _as_tokens(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, H, W, C). OpenVINO lays channels last anyway; written as one permutation it does not see that
    nothing needs to be moved."""
    return x.flatten(2).transpose(1, 2).unflatten(1, x.shape[2:])


class TinyAttention(nn.Module):
    """Inside one window, with a learned bias for every distance (|dy|, |dx|)."""

    def __init__(self, dim: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads = heads
        self.window = window
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.attention_biases = nn.Parameter(torch.zeros(heads, window * window))

    def forward(self, x: Tensor) -> Tensor:
        """(B, H, W, C) -> the same. Windows that hang over the edge are filled up with tokens of zeros before the norm,
        which take part as keys. They are added behind the projection, where a fifth less is to be computed: what the
        norm's bias brings is the same for all tokens, and all that those have. In keys it shifts the scores of a query
        alike, in values it goes through the softmax unchanged."""
        shared = F.linear(self.norm.bias, self.qkv.weight, self.qkv.bias)
        # heads come first, then q, k, v: not the order of SAM's own ViT
        of_queries = (shared.unflatten(0, (self.heads, 3, -1)) * shared.new_tensor([[1], [0], [0]])).flatten()
        of_values = shared.unflatten(0, (self.heads, 3, -1))[:, 2].flatten()
        normed = F.layer_norm(x, self.norm.normalized_shape, self.norm.weight, None, self.norm.eps)
        windows = split_windows(F.linear(normed, self.qkv.weight, of_queries), self.window)
        q, k, v = windows.flatten(1, 2).unflatten(2, (self.heads, 3, -1)).permute(3, 0, 2, 1, 4)
        bias = self.attention_biases[:, _distances(self.window).to(x.device)]
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        sides = (self.window, self.window)
        joined = join_windows(attended.transpose(1, 2).flatten(2).unflatten(1, sides), *x.shape[1:3])
        return F.linear(joined, self.proj.weight, self.proj.bias + self.proj.weight @ of_values)


class Mlp(nn.Module):
    """The feed-forward part of a block, with its norm."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.fc2 = nn.Linear(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(self.norm(x))))


@lru_cache
def _distances(window: int) -> Tensor:
    """Column of attention_biases for every pair of tokens: (N, N). Columns are in row-major order of (|dy|, |dx|)."""
    at = torch.arange(window)
    y, x = torch.meshgrid(at, at, indexing="ij")
    y, x = y.flatten(), x.flatten()
    return (y[:, None] - y).abs() * window + (x[:, None] - x).abs()
