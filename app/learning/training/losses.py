"""How wrong masks are. Masks are (Q, K, N) logits against (Q, G, N) targets in 0 to 1: every mask with every target, by
matrix products, so that many of both cost little."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_BCE_WEIGHT = 1.5
_ASSIGNMENTS = {1: ((0,), (1,), (2,)), 2: ((0, 1), (0, 2), (1, 2)), 3: ((0, 1, 2),)}
"""Which token answers for which target, by the number of targets: a larger target never goes to an earlier token."""


def mask_losses(logits: Tensor, targets: Tensor) -> Tensor:
    """(Q, K, G): Dice loss, and cross-entropy of which half is shared out evenly between inside and outside.

    The focal loss of the paper collapses to empty masks when a network starts from nothing."""
    logits = logits.float()
    across, count = targets.transpose(1, 2), logits.shape[-1]
    outside = F.softplus(logits)
    positive, all_negative = (outside - logits) @ across, outside.sum(-1, keepdim=True)
    negative = all_negative - outside @ across
    area = targets.sum(-1)[:, None]
    even = positive / area.clamp(min=1) + negative / (count - area).clamp(min=1)
    cross_entropy = 0.5 * (positive + negative) / count + 0.25 * even
    shares = logits.sigmoid()
    dice = 1 - (2 * shares @ across + 1) / (shares.sum(-1, keepdim=True) + area + 1)
    return dice + _BCE_WEIGHT * cross_entropy


def levels_loss(logits: Tensor, nested: Tensor, levels: Tensor) -> Tensor:
    """Mean loss of (Q, 3, N) logits against the first `levels` (Q,) of the nested targets (Q, 3, N), smallest first,
    in the best assignment that keeps the order."""
    losses = mask_losses(logits, nested)
    total = losses.new_zeros(len(losses))
    for count, assignments in _ASSIGNMENTS.items():
        options = [sum(losses[:, token, target] for target, token in enumerate(chosen)) for chosen in assignments]
        best = torch.stack([option / count for option in options]).min(0).values  # type: ignore[operator]
        total = torch.where(levels == count, best, total)
    return total.mean()


def ious(logits: Tensor, target: Tensor) -> Tensor:
    """(Q, K): of the masks (Q, K, N) with one target each (Q, N)."""
    masks, truth = logits > 0, (target > 0.5)[:, None]
    return (masks & truth).sum(-1).float() / (masks | truth).sum(-1).clamp(min=1)
