"""Square windows of a token grid, for attention that stays inside them."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def split_windows(x: Tensor, side: int) -> Tensor:
    """(B, H, W, C) -> (B * windows, side, side, C); windows at the lower and right edge are filled up with zeros."""
    height, width = x.shape[1:3]
    if height % side or width % side:
        x = F.pad(x, (0, 0, 0, -width % side, 0, -height % side))
    return x.unflatten(2, (-1, side)).unflatten(1, (-1, side)).transpose(2, 3).flatten(0, 2)


def join_windows(windows: Tensor, height: int, width: int) -> Tensor:
    """Undoes split_windows: (B * windows, side, side, C) -> (B, height, width, C)."""
    side = windows.shape[1]
    rows, columns = -(-height // side), -(-width // side)
    x = windows.unflatten(0, (-1, rows, columns)).transpose(2, 3).flatten(3, 4).flatten(1, 2)
    return x[:, :height, :width]
