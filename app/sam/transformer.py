"""The two-way transformer of the mask decoder: tokens look at the image, and the image looks back."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.sam.layers import MLPBlock


class Attention(nn.Module):
    """Multi-head attention whose inner width may be smaller than the embedding.

    A click is a handful of tokens, the image 4096 cells. Projecting every cell costs more than the attention itself,
    so where one side is few, its tokens are taken through the projection of the other: (xQ)(yK)' = x(QK'y').
    """

    def __init__(self, dim: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(dim, inner)
        self.k_proj = nn.Linear(dim, inner)
        self.v_proj = nn.Linear(dim, inner)
        self.out_proj = nn.Linear(inner, dim)

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """(B, N, dim) queries, (B, M, dim) keys and values -> (B, N, dim). Either may have a batch of 1 for all."""
        few = self.q_proj.out_features // self.heads
        if q.shape[1] <= few < k.shape[1]:
            return self._few_queries(q, k, v)
        if k.shape[1] <= few < q.shape[1]:
            return self._few_keys(q, k, v)
        batch = max(len(q), len(k))
        q, k, v = (
            self._split(projected).expand(batch, -1, -1, -1)
            for projected in (self.q_proj(q), self.k_proj(k), self.v_proj(v))
        )
        return self.out_proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))

    def _few_queries(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        q = torch.einsum("bhnc,hcd->bhnd", self._scaled(self.q_proj(q)), self._by_head(self.k_proj))
        # the bias of k_proj adds the same to every key, and softmax does not see it
        shares = _turned(_product(k, _turned(q.flatten(1, 2)))).softmax(-1)
        seen = _product(shares, v).unflatten(1, (self.heads, -1))
        seen = torch.einsum("bhnd,hcd->bnhc", seen, self._by_head(self.v_proj)).flatten(2)
        return self.out_proj(seen + self.v_proj.bias)

    def _few_keys(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        k = self._scaled(self.k_proj(k))
        bias = torch.einsum("bhnc,hc->bhn", k, self.q_proj.bias.view(self.heads, -1))
        k = torch.einsum("bhnc,hcd->bhnd", k, self._by_head(self.q_proj)).flatten(1, 2)
        # cells last: softmax over a handful of neighbours in memory is ten times as slow
        scores = _turned(_product(q, _turned(k))).unflatten(1, (self.heads, -1)) + bias[..., None]
        shares = scores.softmax(2).flatten(1, 2)
        by_head = self.out_proj.weight.unflatten(1, (self.heads, -1))
        v = torch.einsum("bhnc,dhc->bhnd", self._split(self.v_proj(v)), by_head).flatten(1, 2)
        return _product(_turned(shares), v) + self.out_proj.bias

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def _scaled(self, x: Tensor) -> Tensor:
        x = self._split(x)
        return x * x.shape[-1] ** -0.5

    def _by_head(self, projection: nn.Linear) -> Tensor:
        return projection.weight.unflatten(0, (self.heads, -1))


class TwoWayAttentionBlock(nn.Module):
    """Tokens attend to each other, then to the image; an MLP; the image attends to the tokens."""

    def __init__(
        self, dim: int, heads: int, mlp_dim: int, activation: Callable[[], nn.Module], *, is_first: bool
    ) -> None:
        super().__init__()
        self.self_attn = Attention(dim, dim, heads)
        self.norm1 = nn.LayerNorm(dim)
        self.cross_attn_token_to_image = Attention(dim, dim // 2, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = MLPBlock(dim, mlp_dim, activation)
        self.norm3 = nn.LayerNorm(dim)
        self.norm4 = nn.LayerNorm(dim)
        self.cross_attn_image_to_token = Attention(dim, dim // 2, heads)
        self.is_first = is_first

    def forward(self, tokens: Tensor, image: Tensor, token_pe: Tensor, image_pe: Tensor) -> tuple[Tensor, Tensor]:
        if self.is_first:  # the tokens are still their own encoding: no second one, and no residual
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            q = tokens + token_pe
            tokens = tokens + self.self_attn(q, q, tokens)
        tokens = self.norm1(tokens)
        keys = image + image_pe
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(tokens + token_pe, keys, image))
        tokens = self.norm3(tokens + self.mlp(tokens))
        image = self.norm4(image + self.cross_attn_image_to_token(keys, tokens + token_pe, tokens))
        return tokens, image


class TwoWayTransformer(nn.Module):
    """Source: SAM, appendix A, figure 14."""

    def __init__(
        self, dim: int, heads: int, mlp_dim: int, activation: Callable[[], nn.Module] = nn.ReLU, depth: int = 2
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            TwoWayAttentionBlock(dim, heads, mlp_dim, activation, is_first=i == 0) for i in range(depth)
        )
        self.final_attn_token_to_image = Attention(dim, dim // 2, heads)
        self.norm_final_attn = nn.LayerNorm(dim)

    def forward(self, cells: Tensor, positions: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Lets tokens and cells attend to each other: cells (B or 1, M, C), positions (1, M, C), tokens (B, N, C) ->
        tokens (B, N, C), cells (B, M, C). An image that all prompts see alike is worked once, until the first layer's
        answer makes it theirs."""
        token_pe = tokens
        for layer in self.layers:
            tokens, cells = layer(tokens, cells, token_pe, positions)
        attended = self.final_attn_token_to_image(tokens + token_pe, cells + positions, cells)
        return self.norm_final_attn(tokens + attended), cells


def _turned(x: Tensor) -> Tensor:
    """Transposes the few vectors, never the cells: OpenVINO does what is written, and turning 4096 cells takes a
    millisecond."""
    return x.transpose(1, 2)


def _product(a: Tensor, b: Tensor) -> Tensor:
    """Multiplies a @ b. Where that could broadcast, OpenVINO copies both before it multiplies."""
    return torch.bmm(a, b) if len(a) == len(b) else a @ b


def cells_of(image: Tensor) -> Tensor:
    """(B, C, h, w) -> (B, h * w, C), contiguous: all that follows is matrix products of the cells."""
    return image.flatten(2).transpose(1, 2).contiguous()
