"""What every pixel can teach the encoder, before and beside the prompts: where regions end, and which cells belong to
the same part, whole and surroundings as a clicked one. The heads are thrown away after the training."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from app.learning.training.lessons import TrainingBatch
from app.learning.training.losses import levels_loss
from app.learning.training.prompts import LEVELS, nested_regions
from app.sam.layers import RandomFourierEncoding, grid_centres
from app.sam.network import Features

CLICKS = 24
"""On every image; each costs one product of two vectors per cell."""
_WIDTH = 48
_BORDER_WEIGHT = 3.0
_UNIT_PX = 256.0


class DenseHeads(nn.Module):
    """On features of strides 16, 8, 4 with the given numbers of channels."""

    def __init__(self, widths: tuple[int, int, int]) -> None:
        super().__init__()
        width16, width8, width4 = widths
        self.border = nn.Sequential(nn.Conv2d(width4, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 1, 1))
        self.keys = nn.Conv2d(width8 + _WIDTH, LEVELS * _WIDTH, 1)
        self.queries = nn.Sequential(
            nn.Linear(width8 + width16 + _WIDTH, 192), nn.ReLU(), nn.Linear(192, LEVELS * (_WIDTH + 1))
        )
        self.positions = RandomFourierEncoding(_WIDTH)

    def forward(self, features: Features, cells: Tensor) -> tuple[Tensor, Tensor]:
        """Predicts borders and the masks under some cells. cells (B, K) of the stride-8 grid in row order -> borders
        (B, h4, w4), masks (B, K, LEVELS, h8 * w8)."""
        f16, f8, f4 = features
        height, width = f8.shape[2:]
        positions = self.positions(grid_centres(height, width, f8.device) * (8 / _UNIT_PX))
        positions = positions.permute(2, 0, 1).expand(len(f8), -1, -1, -1).to(f8.dtype)
        f8 = torch.cat([f8, positions], dim=1)
        at8 = f8.flatten(2).transpose(1, 2)
        at16 = f16.flatten(2).transpose(1, 2)
        cells16 = cells // width // 2 * (width // 2) + cells % width // 2
        clicked = torch.cat([_gathered(at8, cells), _gathered(at16, cells16)], dim=-1)
        queries = self.queries(clicked).unflatten(-1, (LEVELS, _WIDTH + 1))
        keys = self.keys(f8).flatten(2).unflatten(1, (LEVELS, _WIDTH))
        vectors = queries[..., :_WIDTH].permute(0, 2, 1, 3)
        masks = (vectors @ keys * _WIDTH**-0.5).transpose(1, 2) + queries[..., _WIDTH:]
        return self.border(f4)[:, 0], masks


def dense_loss(rng: Generator, heads: DenseHeads, features: Features, lesson: TrainingBatch) -> Tensor:
    """Returns the loss of the heads: borders everywhere, and the masks of clicks drawn at random; a scalar."""
    device = features[0].device
    cells, nested, levels = (torch.from_numpy(part).to(device) for part in _clicks(rng, lesson))
    borders, masks = heads(features, cells)
    truth = torch.from_numpy(lesson.borders).to(device)
    weights = 1 + truth * (_BORDER_WEIGHT - 1)
    border_loss = F.binary_cross_entropy_with_logits(borders.float(), truth, weights)
    return border_loss + levels_loss(masks.flatten(0, 1), nested, levels)


def _clicks(rng: Generator, lesson: TrainingBatch) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Cells (B, CLICKS) that some region holds, its nested regions (B * CLICKS, LEVELS, cells), how many count."""
    cells, nested, levels = [], [], []
    for covers in lesson.covers:
        height, width = covers.shape[1] // 2, covers.shape[2] // 2
        halved = covers.reshape(-1, height, 2, width, 2).mean((2, 4))
        held = np.flatnonzero((halved > 0.5).any(0))
        if not len(held):
            held = np.array([int(halved.max(0).argmax())])
        chosen = rng.choice(held, CLICKS)
        cells.append(chosen)
        for cell in chosen.tolist():
            own = None if len(held) > 1 else int(halved[:, cell // width, cell % width].argmax())
            regions, count = nested_regions(halved, cell % width, cell // width, own)
            nested.append(regions.reshape(LEVELS, -1))
            levels.append(count)
    return np.stack(cells), np.stack(nested), np.array(levels)


def _gathered(values: Tensor, cells: Tensor) -> Tensor:
    """Gathers the vectors at cells: (B, N, C) at (B, K) -> (B, K, C)."""
    return values.gather(1, cells[..., None].expand(-1, -1, values.shape[-1]))
