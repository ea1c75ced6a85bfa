"""How good a mask is, judged by the mask itself: what lies inside it, what lies around it, and its shape.

SAM predicts the IoU from one token, which has not seen the masks. Looking at them ranks better (Mask Scoring R-CNN,
Huang et al. 2019, judges masks by a head that sees them), and costs little: all is sums over the mask.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.sam.layers import MLP

MASKS = 4
_RING_STEPS = (1, 2, 4, 1)
"""Cells of stride 4: a window of 9, whose largest share makes the surroundings of a mask, is as far as these reach."""
_SURE = 1.0
"""Logits between which and its negative a mask is unsure."""
_FIGURES = 20
_LEAST = 1e-3


class MaskQuality(nn.Module):
    """Corrects the logits of the predicted IoU of masks. It corrects nothing until it is taught."""

    def __init__(self, token: int, fine: int, width: int = 128) -> None:
        """Makes the head. token, fine: channels of the tokens and of the finest features."""
        super().__init__()
        self.layers = MLP([2 * token + 2 * fine + _FIGURES + MASKS, width, width, 1], F.gelu)
        nn.init.zeros_(self.layers.layers[-1].get_parameter("weight"))
        nn.init.zeros_(self.layers.layers[-1].get_parameter("bias"))

    def forward(self, evidence: Tensor) -> Tensor:
        """Returns what is to be added to the logits of the predicted IoU: (B, MASKS, E) -> (B, MASKS)."""
        return self.layers(evidence)[..., 0]


class Evidence(NamedTuple):
    """What speaks for and against masks."""

    numbers: Tensor  # (B, MASKS, E)
    likeness: Tensor  # (B, MASKS, MASKS), the IoU of each mask with each


def evidence_of(logits: Tensor, fine: Tensor, tokens: Tensor) -> Evidence:
    """Gathers what speaks for and against masks: logits (B, MASKS, h, w), the features (B, C, h, w) that they were made
    of, and the token of the IoU with those of the masks (B, 1 + MASKS, D)."""
    shares = logits.sigmoid()
    around = _around(shares)
    of_all = tokens[:, :1].expand(-1, MASKS, -1)
    which = torch.eye(MASKS, device=logits.device, dtype=logits.dtype).expand(len(logits), -1, -1)
    seen = (_mean_under(shares, fine), _mean_under(around, fine))
    likeness, within = _relations(shares)
    numbers = [of_all, tokens[:, 1:], *seen, _shape(logits, shares), likeness, within, which]
    return Evidence(torch.cat(numbers, dim=-1), likeness)


def with_single_answer(logits: Tensor, iou: Tensor, likeness: Tensor) -> tuple[Tensor, Tensor]:
    """Lets the single answer of a prompt stand for the one of three that it is most like, where it is thought to be the
    better of both. logits (B, MASKS, h, w), the single one first; iou (B, MASKS), as predicted; likeness as Evidence's.

    It says the mean of what may have been meant, which is often the best first guess, and as a fourth candidate it
    would mostly be a double."""
    nearest = F.one_hot(likeness[:, 0, 1:].argmax(1), MASKS - 1).to(torch.bool)
    stands = nearest & (iou[:, :1] >= iou[:, 1:])
    masks = torch.where(stands[..., None, None], logits[:, :1], logits[:, 1:])
    scores = torch.where(stands, iou[:, :1], iou[:, 1:])
    return torch.cat([logits[:, :1], masks], dim=1), torch.cat([iou[:, :1], scores], dim=1)


def _around(shares: Tensor) -> Tensor:
    """Returns by how much the largest share in the window of each cell is larger than its own, in the shape of the
    shares. By maxima of maxima, which is ten times as fast as pooling."""
    reach = sum(_RING_STEPS) // 2
    widest = F.pad(shares, (reach, reach, reach, reach))
    for step in _RING_STEPS:
        widest = torch.maximum(widest[..., :-step], widest[..., step:])
    for step in _RING_STEPS:
        widest = torch.maximum(widest[..., :-step, :], widest[..., step:, :])
    return widest - shares


def _mean_under(shares: Tensor, fine: Tensor) -> Tensor:
    """Returns the means of features (B, C, h, w) weighted by shares (B, MASKS, h, w): (B, MASKS, C)."""
    total = shares.sum((2, 3)) + _LEAST
    # the masks are few, the features many: it is they that would be copied to be turned
    return (fine.flatten(2) @ shares.flatten(2).mT).mT / total[..., None]


def _shape(logits: Tensor, shares: Tensor) -> Tensor:
    """Returns (B, MASKS, 12): size, certainty, stability, length of the outline, how much of its box it fills, the
    sides of the box, and how much of each border of the image it touches."""
    area = shares.sum((2, 3)) + _LEAST
    certain = shares.square().sum((2, 3)) / area
    stable = ((logits > _SURE).to(shares.dtype).sum((2, 3)) + 1) / ((logits > -_SURE).to(shares.dtype).sum((2, 3)) + 1)
    outline = (shares[:, :, 1:] - shares[:, :, :-1]).abs().sum((2, 3))
    outline = outline + (shares[..., 1:] - shares[..., :-1]).abs().sum((2, 3))
    rows, columns = shares.amax(3), shares.amax(2)
    filled = area / (rows.sum(2) * columns.sum(2) + _LEAST)
    borders = [shares[:, :, 0], shares[:, :, -1], shares[..., 0], shares[..., -1]]
    return torch.stack(
        [
            (shares.mean((2, 3)) + 1e-6).log(),
            area.log(),
            certain,
            stable,
            outline / area.sqrt(),
            filled,
            rows.mean(2),
            columns.mean(2),
            *(border.mean(2) for border in borders),
        ],
        dim=-1,
    )


def _relations(shares: Tensor) -> tuple[Tensor, Tensor]:
    """Returns (B, MASKS, MASKS) twice: of every mask its IoU with each, and how much of it lies in each."""
    flat = shares.flatten(2)
    both, area = flat @ flat.transpose(1, 2), flat.sum(2)
    either = area[:, :, None] + area[:, None] - both
    return both / (either + _LEAST), both / (area[:, :, None] + _LEAST)
