"""Corrective clicks on masks that are there already, with the model in the box."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.labeling.draft import Draft
from app.labeling.saving import edited, resumed
from app.learning.clicks import Click, next_click
from app.learning.truths import draw
from app.masks.metrics import iou
from app.masks.rle import Mask
from app.project.records import Annotation
from app.sam.load import load_predictor
from app.sam.types import Prompt
from tests.labeling.refinement import SAMPLES, Annotator, collected, figures, imported, measured, shown
from tests.labeling.wrong_masks import KINDS


@pytest.fixture(scope="module")
def predictor():
    return load_predictor("starter")


@pytest.fixture(scope="module")
def desk(predictor) -> tuple[Annotator, np.ndarray]:
    """A photo and a thing on it."""
    [(path, [*masks])] = [(p, m) for p, m in draw(*SAMPLES, limit=None, seed=0).items() if Path(p).name == "coffee.png"]
    truth = max((m for m in masks if m.area < 50_000), key=lambda m: m.area).to_array()
    return Annotator(predictor, path), truth


def picked_up(wrong: np.ndarray) -> Draft:
    return resumed(Annotation(1, 1, None, Mask.from_array(wrong)))


def test_one_click_on_an_imported_mask_costs_little_and_three_mend_half_of_what_is_wrong(predictor):
    found: dict[str, list[list[float]]] = {}
    for path, [mask, *_] in draw(*SAMPLES, limit=8, seed=1).items():
        annotator = Annotator(predictor, path)
        for kind, ious in imported(annotator, mask.to_array(), [1]):
            found.setdefault(kind, []).append(ious)
    row = next(figures(found))
    assert row["n"] >= 12
    assert row["drops at the first click"] <= 0.05
    assert row["gained of what was missing"] >= 0.5


@pytest.mark.slow
def test_clicks_on_saved_and_live_masks_seldom_cost_anything(predictor):
    rows = [measured(predictor, path, masks) for path, masks in draw(*SAMPLES, limit=24, seed=2).items()]
    by_kind = {row["kind"]: row for row in figures(collected(rows))}
    assert by_kind["saved as it came"]["drops at any"] <= 0.05
    assert by_kind["saved"]["drops at the first click"] <= 0.05
    assert by_kind["saved"]["gained of what was missing"] >= 0.5
    assert by_kind["live"]["drops at any"] <= 0.08
    assert by_kind["live, chosen"]["drops at any"] <= 0.08


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_changes_away_from_the_click_nor_against_its_sign(desk, kind):
    annotator, truth = desk
    wrong = KINDS[kind](truth, np.random.default_rng(3))
    click = next_click(truth, wrong, [])
    draft = annotator.clicked(picked_up(wrong), click)
    after = shown(draft, truth.shape)
    assert after[click.y, click.x] == click.positive
    assert not ((wrong ^ after) & (wrong if click.positive else ~wrong)).any()
    assert iou(truth, after) >= iou(truth, wrong) - 0.02


def test_what_the_model_says_is_among_the_candidates(desk):
    annotator, truth = desk
    wrong = KINDS["missing"](truth, np.random.default_rng(3))
    ring = annotator.clicked(picked_up(wrong), next_click(truth, wrong, [])).ring
    assert ring.proposals[0].candidate is None
    assert ring.proposals[-1].candidate is not None
    assert len({Mask.from_region(p.region).counts for p in ring.proposals}) == len(ring)


def test_clicks_go_on_being_obeyed(desk):
    annotator, truth = desk
    draft, made = picked_up(KINDS["cut"](truth, np.random.default_rng(3))), []
    for x, y, positive in ((300, 200, True), (310, 205, False), (290, 210, True), (305, 215, False)):
        made.append(Click(x, y, positive))
        draft = annotator.clicked(draft, made[-1])
        pixels = shown(draft, truth.shape)
        assert [bool(pixels[c.y, c.x]) for c in made] == [c.positive for c in made]


def test_a_mask_drawn_by_hand_is_kept_too(desk):
    annotator, truth = desk
    wrong = KINDS["leaking"](truth, np.random.default_rng(3))
    draft = Draft().extended(edited(Mask.from_array(wrong).region(), Prompt(), "brush"))
    after = shown(annotator.clicked(draft, next_click(truth, wrong, [])), truth.shape)
    assert not (after & ~wrong).any()
    assert iou(truth, after) > iou(truth, wrong)


def test_a_far_click_on_the_first_answer_means_something_else_and_on_a_chosen_one_it_does_not(desk):
    annotator, _ = desk
    first = annotator.clicked(Draft(), Click(300, 200, positive=True))
    far = Click(20, 20, positive=True)
    jumped = annotator.clicked(first, far)
    assert jumped.proposal.candidate is not None, "it is the model's answer as it stands"
    chosen = first.with_ring(first.ring.turned(1))
    before = shown(chosen, (400, 600))
    after = shown(annotator.clicked(chosen, far), (400, 600))
    assert (after | before == after).all()
