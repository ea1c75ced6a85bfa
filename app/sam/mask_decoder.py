"""SAM's mask decoder: prompt tokens and image embedding in, four masks and their predicted IoU out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from app.sam.layers import MLP, LayerNorm2d
from app.sam.transformer import TwoWayTransformer

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

    def forward(self, embedding: Tensor, positions: Tensor, sparse: Tensor, dense: Tensor) -> tuple[Tensor, Tensor]:
        """embedding (1, C, h, w), positions (1, C, h, w), sparse (B, N, C), dense (B, C, h, w)
        -> logits (B, 4, 4h, 4w), IoU (B, 4)"""
        outputs = torch.cat([self.iou_token.weight, self.mask_tokens.weight]).expand(len(sparse), -1, -1)
        tokens, image = self.transformer(embedding + dense, positions, torch.cat([outputs, sparse], dim=1))
        upscaled = self.output_upscaling(image)
        masks = zip(self.output_hypernetworks_mlps, tokens[:, 1 : 1 + _MASKS].unbind(1), strict=True)
        weights = torch.stack([network(token) for network, token in masks], dim=1)
        logits = (weights @ upscaled.flatten(2)).unflatten(2, upscaled.shape[-2:])
        return logits, self.iou_prediction_head(tokens[:, 0])
