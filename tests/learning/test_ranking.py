"""The head that judges masks is taught: it learns, goes on where it was, and leaves the masks as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from app.learning.scenes.scene import ScenePool, scene_of, write_scenes
from app.learning.training.export import write_weights
from app.learning.training.lessons import lesson
from app.learning.training.ranking import Judged, RankingRecipe, fit, head_of, judged, look, still, teach_ranking
from app.sam.checkpoint import load_checkpoint
from app.sam.encoders.mask_quality import MaskQuality
from app.sam.encoders.starter import Starter, TrunkEncoder
from tests.oracle import reference

SMALL = ((64, 2, 1.0),)
RECIPE = RankingRecipe(lessons=8, rounds=20, sizes=SMALL)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory) -> Path:
    """Discs on plain squares."""
    folder = tmp_path_factory.mktemp("scenes")
    y, x = np.mgrid[:96, :96]
    made = []
    for radius in (14, 20, 26, 32):
        disc = (x - 48) ** 2 + (y - 48) ** 2 < radius**2
        square = (abs(x - 48) < 40) & (abs(y - 48) < 40)
        image = np.where(disc[..., None], (200, 40, 90), np.where(square[..., None], 90, 160)).astype(np.uint8)
        made.append(scene_of(image, [disc, square]))
    write_scenes(folder / "few.scenes", [scene for scene in made if scene is not None])
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    """Of masks of no meaning."""
    torch.manual_seed(0)
    network = Starter(TrunkEncoder())
    reference.randomise(network)
    path = tmp_path_factory.mktemp("weights") / "masks.safetensors"
    write_weights(network.state_dict(), path)
    return path


def test_a_head_learns_what_the_evidence_tells_and_takes_over_its_scale():
    rng = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    head = MaskQuality(2, 2)
    evidence = torch.randn(600, 4, 2 * 2 + 2 * 2 + 20 + 4, generator=rng) * 3 + 40
    reached = torch.sigmoid(evidence[..., 5] - 40)
    reached[::2, 1:] = torch.nan  # one answers alone
    known = Judged(evidence.half(), torch.zeros(600, 4), reached)
    before = (torch.tensor(0.5) - reached)[~reached.isnan()].square().mean()
    error = fit(head, [known], RankingRecipe(rounds=100))
    assert error < 0.2 * before
    with torch.no_grad():
        predicted = torch.sigmoid(head(evidence.half().float()))  # as it comes, not scaled
    assert (predicted - reached)[~reached.isnan()].square().mean() < 0.2 * before


def test_corrections_are_judged_by_the_mask_that_answers(scenes, weights):
    network = load_checkpoint(weights)[1].float()
    assert isinstance(network, Starter)
    network.decoder.see_masks()
    still(network)
    pool = ScenePool(scenes)
    rounds = {None: set(), 1: set()}
    for most, found in rounds.items():
        for seed in range(8):
            rng = np.random.default_rng(seed)
            seen = judged(network, lesson(rng, pool, SMALL), rng, most)
            assert len(seen.evidence) == len(seen.expected) == len(seen.reached)
            assert not seen.reached[:, 0].isnan().any()
            answers_alone = seen.reached[:, 1:].isnan()
            assert torch.equal(answers_alone.any(1), answers_alone.all(1))
            found |= {(len(seen.reached) // 12, bool(answers_alone[0, 0]))}
    assert {count for count, _ in rounds[1]} == {1}
    assert max(count for count, _ in rounds[None]) > 1
    assert {alone for _, alone in rounds[1]} == {True, False}  # boxes and clicks


@pytest.mark.slow
def test_what_was_judged_is_kept_and_the_masks_stay_as_they_are(scenes, weights, tmp_path):
    first, again = tmp_path / "first.safetensors", tmp_path / "again.safetensors"
    teach_ranking(weights, scenes, RECIPE, tmp_path / "judged", 2, first)
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "judged").iterdir()}
    assert made
    teach_ranking(weights, scenes, RECIPE, tmp_path / "judged", 2, again)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "judged").iterdir()} == made
    before, after = (load_checkpoint(path)[1].state_dict() for path in (weights, first))
    assert set(before) < set(after)
    changed = {name for name, value in after.items() if name not in before or not torch.equal(value, before[name])}
    assert changed
    assert all(name.startswith("decoder.quality.") for name in changed)
    assert len(look(weights, scenes, RECIPE, tmp_path / "judged", 2)[0].evidence) > 0


def test_an_earlier_starter_has_no_such_head():
    with pytest.raises(ValueError, match="no head"):
        head_of(Starter(TrunkEncoder()))
