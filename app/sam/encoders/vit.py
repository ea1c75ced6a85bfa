"""SAM's own image encoders: a plain vision transformer, windowed but for four global blocks. Source: ViTDet, SAM."""

from __future__ import annotations

from collections.abc import Collection

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.sam.layers import MLPBlock
from app.sam.sam import neck
from app.sam.types import OnProgress, no_progress
from app.sam.windows import join_windows, split_windows

_PATCH_PX = 16
_WINDOW = 14
_COST_OF_GLOBAL = 3
"""Of a global block against a windowed one, in time. Only for an honest progress."""
_BIAS_ELEMENTS = 1 << 26
"""Of the position bias made at once: 256 MB. A whole global block of ViT-B would take 0.8 GB, and three copies."""


class ImageEncoderViT(nn.Module):
    """The image encoder of SAM, a ViT: (B, 3, 16 * grid, 16 * grid) -> (B, 256, grid, grid)."""

    def __init__(self, dim: int, depth: int, heads: int, global_blocks: Collection[int], grid: int = 64) -> None:
        """Builds the encoder without weights. grid: side of the embedding in cells."""
        super().__init__()
        self.patch_embed = ViTPatchEmbed(dim)
        self.pos_embed = nn.Parameter(torch.zeros(1, grid, grid, dim))
        self.blocks = nn.ModuleList(
            ViTBlock(dim, heads, grid, window=0 if i in global_blocks else _WINDOW) for i in range(depth)
        )
        self.neck = neck(dim)

    def forward(self, pixels: Tensor, on_progress: OnProgress = no_progress) -> Tensor:
        x = self.patch_embed(pixels) + self.pos_embed
        blocks = [block for block in self.blocks if isinstance(block, ViTBlock)]
        costs = [1 if block.window else _COST_OF_GLOBAL for block in blocks]
        for i, block in enumerate(blocks):
            on_progress(sum(costs[:i]) / sum(costs))
            x = block(x)
        return self.neck(x.permute(0, 3, 1, 2))


class ViTPatchEmbed(nn.Module):
    """The convolution that makes tokens of patches: (B, 3, H, W) -> (B, H / 16, W / 16, dim)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, dim, _PATCH_PX, _PATCH_PX)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.proj(pixels).permute(0, 2, 3, 1)


class ViTBlock(nn.Module):
    """A transformer block, with attention in windows or over the whole grid. window: side in tokens, 0 for global
    attention."""

    def __init__(self, dim: int, heads: int, grid: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = ViTAttention(dim, heads, window or grid)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = MLPBlock(dim, 4 * dim, nn.GELU)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ViTAttention(nn.Module):
    """Multi-head attention in square windows with decomposed relative positions. Source: MViTv2."""

    def __init__(self, dim: int, heads: int, side: int) -> None:
        """Builds the attention without weights. side: of a window, in tokens; that of the grid for global attention."""
        super().__init__()
        self.heads = heads
        self.side = side
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * side - 1, dim // heads))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * side - 1, dim // heads))

    def forward(self, x: Tensor) -> Tensor:
        """(B, H, W, C) -> (B, H, W, C). Windows that hang over the edge are filled up with tokens of zeros, which take
        part as keys: SAM was trained so. They are added behind the projection, where a fifth less is to be computed:
        the bias of keys shifts all scores of a query alike, and that of values goes through the softmax unchanged."""
        of_queries, _, of_values = self.qkv.bias.chunk(3)
        bias = torch.cat([of_queries, of_queries.new_zeros(2 * len(of_queries))])
        windows = split_windows(F.linear(x, self.qkv.weight, bias), self.side)
        q, k, v = windows.unflatten(3, (3, self.heads, -1)).permute(3, 0, 4, 1, 2, 5)
        attended = join_windows(self._attend(q, k, v).flatten(3), *x.shape[1:3])
        return F.linear(attended, self.proj.weight, self.proj.bias + self.proj.weight @ of_values)

    def _attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Attends with relative positions, some rows at a time: (B, heads, H, W, c) each -> (B, H, W, heads, c)."""
        height, width = q.shape[2:4]
        k, v = k.flatten(2, 3), v.flatten(2, 3)
        offsets_h, offsets_w = _relative(self.rel_pos_h, height), _relative(self.rel_pos_w, width)
        rows = max(1, _BIAS_ELEMENTS // (len(q) * self.heads * width * height * width))
        parts = [
            _attend_rows(q[:, :, i : i + rows], k, v, offsets_h[i : i + rows], offsets_w)
            for i in range(0, height, rows)
        ]
        return torch.cat(parts, dim=2).permute(0, 2, 3, 1, 4)


def _attend_rows(q: Tensor, k: Tensor, v: Tensor, offsets_h: Tensor, offsets_w: Tensor) -> Tensor:
    """Some rows of queries (B, heads, rows, W, c) against all keys (B, heads, H * W, c): each row's softmax is whole,
    so this is exact, and the bias (rows * W, H * W) stays small."""
    bias_h = _products(q.movedim(2, 0), offsets_h).movedim(0, 2)  # of the unscaled query, as in training
    bias_w = _products(q.movedim(3, 0), offsets_w).movedim(0, 3)
    bias = (bias_h[..., :, None] + bias_w[..., None, :]).flatten(4).flatten(2, 3)
    return F.scaled_dot_product_attention(q.flatten(2, 3), k, v, attn_mask=bias).unflatten(2, q.shape[2:4])


def _products(q: Tensor, offsets: Tensor) -> Tensor:
    """Multiplies each query with the offsets of its own row (or column): (side, B, heads, n, c), (side, keys, c) ->
    (side, B, heads, n, keys). One bmm: where a product broadcasts, OpenVINO keeps the offsets once a window."""
    return torch.bmm(q.flatten(1, 3), offsets.transpose(1, 2)).unflatten(1, q.shape[1:4])


def _relative(table: Tensor, side: int) -> Tensor:
    """(2 * side - 1, c) by distance -> (side, side, c) by query and key."""
    at = torch.arange(side, device=table.device)
    return table[at[:, None] - at[None, :] + side - 1]
