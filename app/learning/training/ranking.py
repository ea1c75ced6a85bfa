"""Teaches the head that judges masks (MaskQuality), when the masks stand still.

What it sees of a mask is a few hundred numbers: they are kept of many prompts, once, and the head is fitted to them in
a minute. Steps that run the whole network for each look at them would take hours to look as often.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from app.atomic import replacing
from app.learning.processes import use_one_thread
from app.learning.scenes.scene import ScenePool
from app.learning.training.export import write_weights
from app.learning.training.lessons import SIZES, TrainingBatch, lesson
from app.learning.training.prompted import prompt_rounds
from app.sam.checkpoint import load_checkpoint
from app.sam.encoders.mask_quality import MaskQuality
from app.sam.encoders.starter import Starter

_BATCH = 512
_RATE, _WEIGHT_DECAY = 1e-3, 0.05
_WARM_SHARE = 0.1
_LESSONS_PER_FILE = 50
_ALL_ROUNDS_EVERY = 4
"""Of so many lessons one has corrections too: of the others the first click or box is enough, which is ranked."""
_CERTAIN = 1e-4
"""Predicted IoUs are kept away from 0 and 1 by so much, for logits that are finite."""


@dataclass(frozen=True)
class RankingRecipe:
    """How much is looked at. lessons: of all workers together; rounds: through all of them."""

    lessons: int = 600
    rounds: int = 8
    seed: int = 11
    sizes: tuple[tuple[int, int, float], ...] = SIZES


def teach_ranking(weights: Path, scenes: Path, recipe: RankingRecipe, folder: Path, workers: int, target: Path) -> None:
    """Writes the weights of a starter again with a head that judges its masks. weights: of masks
    that stand still. folder: keeps what was judged, and is of these weights alone."""
    known = look(weights, scenes, recipe, folder, workers)
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        network = _with_new_head(weights)
    fit(head_of(network), known, recipe)
    write_weights(network.state_dict(), target)


@dataclass(frozen=True, eq=False)
class Judged:
    """Masks and how good they are. evidence (N, 4, E) float16; expected (N, 4), the logits of the IoU that one token
    predicts; reached (N, 4), the IoU, NaN where the mask is not what answers."""

    evidence: Tensor
    expected: Tensor
    reached: Tensor


_PARTS = tuple(field.name for field in fields(Judged))


def judged(network: Starter, taught: TrainingBatch, rng: np.random.Generator, rounds: int | None = None) -> Judged:
    """Looks at the masks of one lesson. network: still, with a head that corrects nothing yet. rounds: at most so many
    rounds of prompts."""
    seen: list[Tensor] = []
    listening = head_of(network).register_forward_pre_hook(lambda _head, given: seen.append(given[0]))
    expected, reached = [], []
    with torch.no_grad():
        features = network.encode(torch.from_numpy(taught.images).contiguous(memory_format=torch.channels_last))
        for answered in islice(prompt_rounds(rng, network, features, taught), rounds):
            expected.append(torch.logit(answered.predicted.float(), _CERTAIN))
            counts = torch.tensor([True] + [answered.ambiguous] * 3)
            reached.append(answered.reached.masked_fill(~counts, torch.nan))
    listening.remove()
    return Judged(torch.cat(seen).half(), torch.cat(expected), torch.cat(reached))


def head_of(network: Starter) -> MaskQuality:
    """Returns the head that judges masks. ValueError for an earlier starter, which has none."""
    if network.decoder.quality is None:
        raise ValueError("this starter has no head that judges masks")
    return network.decoder.quality


def fit(head: MaskQuality, known: Sequence[Judged], recipe: RankingRecipe) -> float:
    """Fits the head to what was judged, and returns its last mean squared error. What it is given is brought to one
    scale for that, which its first layer takes over in the end."""
    evidence, expected, reached = (torch.cat([getattr(each, part) for each in known]) for part in _PARTS)
    mean, spread = _scale_of(evidence)
    rng = torch.Generator().manual_seed(recipe.seed)
    steps = max(1, recipe.rounds * len(evidence) // _BATCH)
    head.requires_grad_(True)
    optimizer = torch.optim.AdamW(head.parameters(), _RATE, weight_decay=_WEIGHT_DECAY)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, steps + 1, pct_start=_WARM_SHARE)
    error = torch.zeros(())
    for _ in range(steps):
        drawn = torch.randint(len(evidence), (_BATCH,), generator=rng)
        predicted = torch.sigmoid(expected[drawn] + head((evidence[drawn].float() - mean) / spread))
        error = (predicted - reached[drawn])[~reached[drawn].isnan()].square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        rates.step()
    _absorb(head, mean, spread)
    return float(error.detach())


def _scale_of(evidence: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and spread of each number; what never changes gets a spread of 1."""
    flat = evidence.flatten(0, 1).float()
    spread = flat.std(0)
    return flat.mean(0), torch.where(spread > 1e-3, spread, torch.ones_like(spread))


def _absorb(head: MaskQuality, mean: Tensor, spread: Tensor) -> None:
    first = head.layers.layers[0]
    assert isinstance(first, nn.Linear)
    with torch.no_grad():
        first.weight.div_(spread)
        first.bias.sub_(first.weight @ mean)


def look(weights: Path, scenes: Path, recipe: RankingRecipe, folder: Path, workers: int) -> list[Judged]:
    """Judges masks of many lessons in several processes. weights: of a starter. folder: keeps what was judged, and what
    is there is not judged again."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [
        (scenes, recipe, folder / f"{first:05d}.pt", range(first, min(first + _LESSONS_PER_FILE, recipe.lessons)))
        for first in range(0, recipe.lessons, _LESSONS_PER_FILE)
    ]
    with multiprocessing.get_context("spawn").Pool(workers, _Judge.prepare, (weights,)) as pool:
        pool.starmap(_Judge.judge, jobs, chunksize=1)
    parts = [torch.load(file, map_location="cpu", weights_only=True) for _, _, file, _ in jobs]
    return [Judged(*part) for part in parts]


class _Judge:
    """What judges masks, in each process of a pool: it is loaded there once, not with every job."""

    network: Starter

    @classmethod
    def prepare(cls, weights: Path) -> None:
        use_one_thread()
        cls.network = still(_with_new_head(weights))

    @classmethod
    def judge(cls, scenes: Path, recipe: RankingRecipe, file: Path, lessons: range) -> None:
        if file.exists():
            return
        pool = ScenePool(scenes)
        found = []
        for number in lessons:
            rng = np.random.default_rng((recipe.seed, number))
            rounds = None if number % _ALL_ROUNDS_EVERY == 0 else 1
            found.append(judged(cls.network, lesson(rng, pool, recipe.sizes), rng, rounds))
        parts = tuple(torch.cat([getattr(each, part) for each in found]) for part in _PARTS)
        with replacing(file) as target:
            torch.save(parts, target)


def _with_new_head(weights: Path) -> Starter:
    _, network = load_checkpoint(weights)
    assert isinstance(network, Starter)
    network.decoder.see_masks()
    return network.to(torch.float32)


def still(network: Starter) -> Starter:
    """Returns the network so that it answers as in training, where a box is one pass, and its norms learn nothing."""
    network.train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    return network
