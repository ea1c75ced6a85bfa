"""Points, boxes and masks as embeddings for SAM's decoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from app.sam.layers import LayerNorm2d, RandomFourierEncoding, grid_centres
from app.sam.network import PromptTensors


class PromptEncoder(nn.Module):
    """Source: SAM, appendix A. Points and boxes become sparse embeddings, a mask becomes a dense one."""

    def __init__(self, dim: int, grid: int, input_side: int) -> None:
        super().__init__()
        self.grid = grid
        self.input_side = input_side
        self.pe_layer = RandomFourierEncoding(dim)
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, dim) for _ in range(4))  # outside, inside, box corners
        self.not_a_point_embed = nn.Embedding(1, dim)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, 4, 2, 2),
            LayerNorm2d(4),
            nn.GELU(),
            nn.Conv2d(4, 16, 2, 2),
            LayerNorm2d(16),
            nn.GELU(),
            nn.Conv2d(16, dim, 1),
        )
        self.no_mask_embed = nn.Embedding(1, dim)

    def positions(self) -> Tensor:
        """The positional encoding of the embedding's grid: (1, dim, grid, grid)."""
        xy = grid_centres(self.grid, self.grid, self.no_mask_embed.weight.device) / self.grid
        return self.pe_layer(2 * xy - 1).permute(2, 0, 1)[None]

    def sparse(self, prompt: PromptTensors) -> Tensor:
        """Points and box: (B, N, dim)."""
        table = self._table()
        parts = [self._encode(prompt.points) + table[prompt.labels]]
        if prompt.box is not None:
            parts.append(self._encode(prompt.box.view(-1, 2, 2)) + table[2:])
        elif prompt.points.shape[1]:  # SAM was trained with one more token where a box could have been
            parts.append(self.not_a_point_embed.weight.expand(len(prompt.points), 1, -1))
        return torch.cat(parts, dim=1)

    def tokens(self, points: Tensor, labels: Tensor) -> Tensor:
        """The same of points (B, N, 2) with labels (B, N), in one program for all kinds: 0 outside, 1 inside, 2 and 3
        the corners of a box, -1 the token where a box could have been."""
        known = self._encode(points) + self._table()[labels.clamp(min=0)]
        return torch.where((labels < 0)[..., None], self.not_a_point_embed.weight, known)

    def _table(self) -> Tensor:
        return torch.cat([embedding.get_parameter("weight") for embedding in self.point_embeddings])

    def _encode(self, xy: Tensor) -> Tensor:
        return self.pe_layer(2 * ((xy + 0.5) / self.input_side) - 1)

    def dense(self, prompt: PromptTensors) -> Tensor:
        """The mask, (B, dim, grid, grid); (1, dim, 1, 1) without one."""
        return self.without_mask() if prompt.logits is None else self.of_mask(prompt.logits)

    def of_mask(self, logits: Tensor) -> Tensor:
        """Logits (B, 4 grid, 4 grid) as an embedding: (B, dim, grid, grid)."""
        return self.mask_downscaling(logits[:, None])

    def without_mask(self) -> Tensor:
        """What stands for no logits: (1, dim, 1, 1)."""
        return self.no_mask_embed.weight.view(1, -1, 1, 1)
