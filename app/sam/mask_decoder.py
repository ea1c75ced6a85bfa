"""SAM's mask decoder: prompt tokens and image embedding in, four masks and their predicted IoU out."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.sam.layers import MLP, LayerNorm2d
from app.sam.transformer import TwoWayTransformer, cells_of

_MASKS = 4


class MaskDecoder(nn.Module):
    """Source: SAM, appendix A, figure 14."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.transformer = TwoWayTransformer(dim, heads=8, mlp_dim=2048)
        self.iou_token = nn.Embedding(1, dim)
        self.mask_tokens = nn.Embedding(_MASKS, dim)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(dim, dim // 4, 2, 2),
            LayerNorm2d(dim // 4),
            nn.GELU(),
            nn.ConvTranspose2d(dim // 4, dim // 8, 2, 2),
            nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList(MLP([dim, dim, dim, dim // 8]) for _ in range(_MASKS))
        self.iou_prediction_head = MLP([dim, dim, dim, _MASKS])

    def forward(self, cells: Tensor, positions: Tensor, prompt: Tensor) -> tuple[Tensor, Tensor]:
        """Decodes prompts to masks: cells (B or 1, h * w, C), positions (1, C, h, w), prompt (B, N, C) -> logits (B, 4,
        4h, 4w), IoU (B, 4)."""
        outputs = torch.cat([self.iou_token.weight, self.mask_tokens.weight]).expand(len(prompt), -1, -1)
        tokens, cells = self.transformer(cells, cells_of(positions), torch.cat([outputs, prompt], dim=1))
        masks = zip(self.output_hypernetworks_mlps, tokens[:, 1 : 1 + _MASKS].unbind(1), strict=True)
        weights = torch.stack([network(token) for network, token in masks], dim=1)
        upscaled = self._upscale(cells)
        logits = weights @ upscaled.flatten(1, 3).transpose(1, 2)
        return _tile(logits, positions.shape[-2:]), self.iou_prediction_head(tokens[:, 0])

    def _upscale(self, cells: Tensor) -> Tensor:
        """Runs output_upscaling with the channels last: (B, h * w, C) -> (B, h * w, 4, 4, C / 8), of every cell its 2 x
        2 and of every one of those its 2 x 2. Stride and kernel being equal, a transposed convolution is one matrix
        product, four times as fast as torch's convolution on a CPU."""
        widen, norm, _, refine, _ = self.output_upscaling
        assert isinstance(norm, LayerNorm2d)
        cells = F.linear(cells, *_as_linear(widen)).unflatten(2, (4, -1))
        cells = F.gelu(norm.channels_last(cells))
        return F.gelu(F.linear(cells, *_as_linear(refine)).unflatten(3, (4, -1)))


def _as_linear(conv: nn.Module) -> tuple[Tensor, Tensor]:
    """Weight and bias of a 2x2 transposed convolution of stride 2: outputs ordered by row, column, channel."""
    weight = conv.get_parameter("weight").permute(2, 3, 1, 0).flatten(0, 2)
    return weight, conv.get_parameter("bias").repeat(4)


def _tile(logits: Tensor, size: torch.Size) -> Tensor:
    """Lays the logits of all cells side by side: (B, masks, h * w * 2 * 2 * 2 * 2) -> (B, masks, 4h, 4w)."""
    blocks = logits.unflatten(2, (*size, 2, 2, 2, 2))
    return blocks.permute(0, 1, 2, 4, 6, 3, 5, 7).flatten(5, 7).flatten(2, 4)
