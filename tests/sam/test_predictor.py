"""What every family does through the one Predictor, shown with the starter."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.paths import resource
from app.sam.postprocess import logits_of_mask, region
from app.sam.types import Embedding, Prompt


def _full(candidate) -> np.ndarray:
    part = region(candidate)
    pixels = np.zeros(part.image_size, bool)
    height, width = part.pixels.shape
    pixels[part.y : part.y + height, part.x : part.x + width] = part.pixels
    return pixels


def _iou(a, b) -> float:
    return np.count_nonzero(a & b) / max(1, np.count_nonzero(a | b))


@pytest.fixture(scope="module")
def embedding(starter, discs):
    return starter.encode(discs)


def test_one_click_gives_three_candidates_best_first(starter, embedding):
    candidates = starter.decode(embedding, Prompt().with_point(100, 120))
    scores = [c.predicted_iou for c in candidates]
    assert len(candidates) == 3
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= c.stability_score <= 1 and c.logits.shape == embedding.frame.mask_size for c in candidates)


def test_a_click_on_a_disc_finds_the_disc(starter, embedding, discs):
    y, x = np.mgrid[:240, :320]
    disc = (x - 100) ** 2 + (y - 120) ** 2 <= 60**2
    candidates = starter.decode(embedding, Prompt().with_point(100, 120))
    assert max(_iou(_full(c), disc) for c in candidates) > 0.8


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt().with_point(100, 120).with_point(240, 130, positive=False),
        Prompt().with_box(40, 60, 160, 180),
        Prompt().with_box(40, 60, 160, 180).with_point(100, 120),
        Prompt().with_box(40, 60, 40, 60),
    ],
    ids=["two points", "box", "box and point", "box of no area"],
)
def test_an_unambiguous_prompt_gives_the_single_mask_alone(starter, embedding, prompt):
    (single,) = starter.decode(embedding, prompt)
    assert np.isfinite(single.logits).all()
    assert len(starter.decode(embedding, prompt, multimask=True)) == 3


def test_the_previous_logits_refine_the_answer(starter, embedding):
    first = starter.decode(embedding, Prompt().with_point(100, 120), multimask=False)[0]
    refined = Prompt().with_point(100, 120).with_logits(first.logits)
    (second,) = starter.decode(embedding, refined)
    assert not np.array_equal(first.logits, second.logits)
    assert _iou(_full(first), _full(second)) > 0.5


def test_a_mask_drawn_elsewhere_is_a_prompt_alone_or_with_a_click(starter, embedding):
    y, x = np.mgrid[:240, :320]
    disc = (x - 100) ** 2 + (y - 120) ** 2 <= 60**2
    drawn = Prompt().with_logits(logits_of_mask(disc, embedding.frame))
    (alone,) = starter.decode(embedding, drawn)
    (clicked,) = starter.decode(embedding, drawn.with_point(100, 120))
    assert _iou(_full(alone), disc) > 0.3  # no model of this kind was trained on masks alone
    assert _iou(_full(clicked), disc) > 0.8


def test_answers_do_not_depend_on_what_was_asked_before(starter, embedding, discs):
    prompt = Prompt().with_point(240, 130)
    first = starter.decode(embedding, prompt)
    starter.encode(discs[:100, :50].copy())
    starter.decode(embedding, Prompt().with_box(0, 0, 30, 30).with_point(5, 5, positive=False))
    again = starter.decode(starter.encode(discs), prompt)
    for a, b in zip(first, again, strict=True):
        assert np.array_equal(a.logits, b.logits)
        assert a.predicted_iou == b.predicted_iou


def test_a_view_of_an_image_is_as_good_as_a_copy(starter, discs):
    mirrored = discs[::-1, ::-1]
    a, b = starter.encode(mirrored), starter.encode(mirrored.copy())
    assert all(np.array_equal(x, y) for x, y in zip(a.features, b.features, strict=True))


def test_a_decode_during_an_encode_changes_neither(starter, embedding, discs):
    prompt = Prompt().with_point(100, 120)
    within = []
    encoded = starter.encode(discs, lambda _: within.append(starter.decode(embedding, prompt)[0].logits))
    alone = starter.decode(embedding, prompt)[0].logits
    assert len(within) >= 3
    assert all(np.array_equal(logits, alone) for logits in within)
    assert all(np.array_equal(a, b) for a, b in zip(encoded.features, embedding.features, strict=True))


def test_progress_grows_to_one(starter, discs):
    fractions: list[float] = []
    starter.encode(discs, fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_what_progress_raises_aborts_the_encode(starter, discs):
    class CancelledError(Exception):
        pass

    def cancel(_fraction):
        raise CancelledError

    with pytest.raises(CancelledError):
        starter.encode(discs, cancel)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (200, 30000), (3000, 7), (321, 319)], ids=str)
def test_any_image_size_works(starter, size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    embedding = starter.encode(image)
    assert embedding.frame.image_size == size
    for candidate in starter.decode(embedding, Prompt().with_point(size[1] / 2, size[0] / 2)):
        assert np.isfinite(candidate.logits).all()
        part = region(candidate)
        assert part.x + part.pixels.shape[1] <= size[1]
        assert part.y + part.pixels.shape[0] <= size[0]


@pytest.mark.parametrize("outside", [(-40, 900), (1e30, -1e30)])
def test_a_click_outside_counts_at_the_edge(starter, embedding, outside):
    edge = (0 if outside[0] < 0 else 320, 240 if outside[1] > 0 else 0)
    a = starter.decode(embedding, Prompt().with_point(*outside))
    b = starter.decode(embedding, Prompt().with_point(*edge))
    assert np.isfinite(a[0].logits).all()
    assert np.array_equal(a[0].logits, b[0].logits)


def test_an_embedding_of_another_model_is_refused(starter, embedding):
    other = Embedding(embedding.features, embedding.frame, "vit_b-123")
    with pytest.raises(ValueError, match="vit_b-123"):
        starter.decode(other, Prompt().with_point(1, 1))


def test_an_embedding_mapped_read_only_from_disk_is_decoded(starter, embedding, tmp_path):
    mapped = []
    for i, array in enumerate(embedding.features):
        np.save(tmp_path / f"{i}.npy", array)
        mapped.append(np.load(tmp_path / f"{i}.npy", mmap_mode="r"))
    prompt = Prompt().with_point(100, 120)
    a = starter.decode(Embedding(tuple(mapped), embedding.frame, embedding.model_key), prompt)
    assert np.array_equal(a[0].logits, starter.decode(embedding, prompt)[0].logits)


def test_what_cannot_be_a_prompt_or_an_image_is_an_error_of_the_caller(starter, embedding):
    with pytest.raises(ValueError, match="empty"):
        starter.decode(embedding, Prompt())
    with pytest.raises(ValueError, match="logits"):
        starter.decode(embedding, Prompt().with_logits(np.zeros((256, 256), np.float32)))
    for image in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(ValueError, match="RGB"):
            starter.encode(image)


SAMPLES = sorted(p for p in resource("samples").iterdir() if p.suffix in {".png", ".jpg"})


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_the_starter_gives_three_different_masks_on_the_sample_photos(starter, path):
    image = np.asarray(Image.open(path).convert("RGB"))
    embedding = starter.encode(image)
    height, width = image.shape[:2]
    masks = [_full(c) for c in starter.decode(embedding, Prompt().with_point(width / 2, height / 2))]
    assert all(mask.any() and not mask.all() for mask in masks)
    assert max(_iou(masks[i], masks[j]) for i, j in ((0, 1), (0, 2), (1, 2))) < 0.95


def test_many_clicks_at_once_are_answered_as_each_alone(starter, embedding):
    points = np.array([[100, 120], [240.5, 130], [20, 20], [310, 230]])
    answers = starter.decode_clicks(embedding, points)
    for (x, y), candidates in zip(points.tolist(), answers, strict=True):
        alone = starter.decode(embedding, Prompt().with_point(x, y))
        assert [c.predicted_iou for c in candidates] == pytest.approx([c.predicted_iou for c in alone], abs=1e-5)
        for one, other in zip(candidates, alone, strict=True):
            assert np.abs(one.logits - other.logits).max() < 1e-3


def test_candidates_below_a_bound_are_left_out(starter, embedding):
    points = np.array([[100, 120], [20, 20]])
    every = starter.decode_clicks(embedding, points)
    bound = float(np.median([c.predicted_iou for candidates in every for c in candidates]))
    some = starter.decode_clicks(embedding, points, bound)
    scores = [[c.predicted_iou for c in candidates] for candidates in some]
    assert scores == [[c.predicted_iou for c in cs if c.predicted_iou > bound] for cs in every]
    assert 0 < sum(map(len, scores)) < 6


def test_a_box_alone_is_answered_in_two_passes(starter, embedding):
    """The second sees the mask of the first: as if the person had asked once more."""
    box = Prompt().with_box(40, 60, 160, 180)
    network = starter._execution.network
    network.train()  # one pass, as a training takes it; nothing in the decoder depends on it otherwise
    try:
        (first,) = starter.decode(embedding, box)
    finally:
        network.eval()
    (answer,) = starter.decode(embedding, box)
    assert not np.array_equal(first.logits, answer.logits)
    assert np.isfinite(answer.logits).all()
