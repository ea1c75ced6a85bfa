"""The loss of prompts as a person would give them: a click or a box, then clicks where the last mask is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from app.learning.training.lessons import TrainingBatch
from app.learning.training.losses import ious, levels_loss, mask_losses
from app.learning.training.prompts import (
    LEVELS,
    box_of,
    click_cell,
    correction_cell,
    draw_region,
    nested_regions,
    pixel_in,
)
from app.sam.network import Features, NetworkModule, PromptTensors

PROMPTS = 6
"""On every image."""
_BOX_SHARE = 0.35
_ROUND_SHARES = (0.3, 0.3, 0.2, 0.2)
"""How often 1, 2, 3, 4 rounds."""
_SINGLE_WEIGHT = 0.5
"""Of the single-mask token's loss for a click, which three others answer too."""
_REPEAT_SHARE = 0.3
"""How often a round after a box or a correction brings no new click, but the last logits only: the starter answers such
prompts in two passes."""
_LEVELS_SHARE = 0.15
"""Of the three tokens' loss: each its level. The rest goes to the one that comes closest to what was meant."""


class PromptedScores(NamedTuple):
    """The scores of one training step, to be watched: mean IoU of the mask with the best predicted IoU, of the best of
    three, of the box (nan where there was none), of the last round."""

    first: float
    oracle: float
    box: float
    last: float


@dataclass(frozen=True, eq=False)
class _Targets:
    """The targets of Q prompts on B images, one image's after another's. Arrays for the prompts, tensors for the
    losses."""

    covers: NDArray[np.float32]  # (Q, h, w)
    cells: list[tuple[int, int]]
    flat: Tensor  # (Q, h * w)
    nested: Tensor  # (Q, LEVELS, h * w)
    levels: Tensor  # (Q,)


@dataclass(frozen=True, eq=False)
class PromptRound:
    """One round of prompts and its answers. ambiguous: any of the four masks may be what was meant; else the first
    answers."""

    logits: Tensor  # (Q, 4, h, w)
    predicted: Tensor  # (Q, 4)
    reached: Tensor  # (Q, 4), the IoU with what was meant
    targets: _Targets
    number: int
    ambiguous: bool


def prompt_rounds(
    rng: Generator, network: NetworkModule, features: Features, lesson: TrainingBatch
) -> Iterator[PromptRound]:
    """Yields several rounds of random prompts as a person gives them: a click or a box, then clicks where the mask is
    wrong. features: of all images of the lesson."""
    positions = network.positions((lesson.images.shape[2], lesson.images.shape[3]))
    targets = _draw(rng, lesson, features[0].device)
    with_box = bool(rng.random() < _BOX_SHARE)
    prompt = _first_prompt(rng, targets, with_box=with_box).to(features[0].device)
    rounds = 1 + int(rng.choice(len(_ROUND_SHARES), p=_ROUND_SHARES))
    for number in range(rounds):
        logits, predicted = network.decode(features, positions, prompt)
        ambiguous = number == 0 and not with_box
        reached = ious(logits.detach().float().flatten(2), targets.flat)
        yield PromptRound(logits, predicted, reached, targets, number, ambiguous)
        if number < rounds - 1:
            if not ambiguous and rng.random() < _REPEAT_SHARE:
                prompt = replace(prompt, logits=logits[:, 0].detach().float())
            else:
                prompt = _corrected(rng, prompt, logits, predicted, targets, first=ambiguous)


def prompted_loss(
    rng: Generator, network: NetworkModule, features: Features, lesson: TrainingBatch
) -> tuple[Tensor, PromptedScores]:
    """Returns the loss of several rounds of random prompts, a scalar, and their scores. features: of all images of the
    lesson. The call belongs under autocast where bfloat16 is wanted."""
    losses, scores = [], PromptedScores(np.nan, np.nan, np.nan, np.nan)
    for answered in prompt_rounds(rng, network, features, lesson):
        losses.append(_round_loss(answered))
        scores = _watched(scores, answered)
    return torch.stack(losses).sum() / len(losses) ** 0.5, scores


def _draw(rng: Generator, lesson: TrainingBatch, device: torch.device) -> _Targets:
    covers, nested, levels, cells = [], [], [], []
    for regions in lesson.covers:
        for _ in range(PROMPTS):
            chosen = draw_region(rng, regions)
            x, y = click_cell(rng, regions[chosen])
            inside, count = nested_regions(regions, x, y, chosen)
            covers.append(regions[chosen])
            nested.append(inside.reshape(LEVELS, -1))
            levels.append(count)
            cells.append((x, y))
    tensors = (torch.from_numpy(np.stack(part)) for part in (covers, nested, levels))
    flat, inside, count = (tensor.to(device) for tensor in tensors)
    return _Targets(np.stack(covers), cells, flat.flatten(1), inside, count)


def _first_prompt(rng: Generator, targets: _Targets, *, with_box: bool) -> PromptTensors:
    count = len(targets.cells)
    if with_box:
        boxes = np.stack([box_of(rng, cover) for cover in targets.covers])
        return PromptTensors(torch.zeros(count, 0, 2), torch.zeros(count, 0, dtype=torch.long), torch.from_numpy(boxes))
    points = torch.tensor([[pixel_in(rng, x, y)] for x, y in targets.cells], dtype=torch.float32)
    return PromptTensors(points, torch.ones(count, 1, dtype=torch.long))


def _round_loss(answered: PromptRound) -> Tensor:
    logits, predicted, targets = answered.logits.float().flatten(2), answered.predicted.float(), answered.targets
    single = mask_losses(logits[:, :1], targets.flat[:, None]).mean()
    if not answered.ambiguous:
        return single + (predicted[:, 0] - answered.reached[:, 0]).square().mean()
    # each token its level, and the one that comes closest to what was meant (min over masks, as in the paper)
    closest = mask_losses(logits[:, 1:], targets.flat[:, None]).amin(1).mean()
    levels = levels_loss(logits[:, 1:], targets.nested, targets.levels)
    three = _LEVELS_SHARE * levels + (1 - _LEVELS_SHARE) * closest
    # of any mask that a person may have meant: the head learns the chance that this one is it
    ranking = (predicted - answered.reached).square().mean()
    return three + _SINGLE_WEIGHT * single + 2 * ranking


def _corrected(
    rng: Generator, prompt: PromptTensors, logits: Tensor, predicted: Tensor, targets: _Targets, *, first: bool
) -> PromptTensors:
    """The prompt with one more click each, and the logits of the mask that the person saw."""
    logits = logits.detach().float()
    seen = logits[:, 0]
    if first:
        seen = logits[torch.arange(len(logits), device=logits.device), predicted.detach().argmax(1)]
    clicks, labels = [], []
    for cover, mask in zip(targets.covers, (seen > 0).cpu().numpy(), strict=True):
        x, y, positive = correction_cell(rng, cover, mask)
        clicks.append([pixel_in(rng, x, y)])
        labels.append([int(positive)])
    added = PromptTensors(torch.tensor(clicks, dtype=torch.float32), torch.tensor(labels)).to(seen.device)
    points, ends = torch.cat([prompt.points, added.points], dim=1), torch.cat([prompt.labels, added.labels], dim=1)
    return PromptTensors(points, ends, prompt.box, seen)


def _watched(scores: PromptedScores, answered: PromptRound) -> PromptedScores:
    reached = answered.reached
    if answered.number > 0:
        return scores._replace(last=float(reached[:, 0].mean()))
    if not answered.ambiguous:
        return scores._replace(box=float(reached[:, 0].mean()))
    first = reached.gather(1, answered.predicted.detach().argmax(1, keepdim=True))
    return scores._replace(first=float(first.mean()), oracle=float(reached[:, 1:].max(1).values.mean()))
