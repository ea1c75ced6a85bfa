"""Islands, slivers, IoU on runs, and areas that stand out."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from app.masks import rle
from app.masks.cleaning import without_holes, without_islands
from app.masks.metrics import iou
from app.masks.overlaps import mask_iou, overlaps, pairs_between, sharing
from app.masks.rle import Mask, Region
from app.masks.validity import area_scores, shape_faults
from app.problem import Problem
from app.work import run


def square(y: int, x: int, side: int, size: tuple[int, int] = (40, 50)) -> np.ndarray:
    pixels = np.zeros(size, np.bool_)
    pixels[y : y + side, x : x + side] = True
    return pixels


def kinds(pixels: np.ndarray) -> list[str]:
    return [kind for kind, _ in shape_faults(pixels)]


def test_small_islands_beside_a_large_one_are_found():
    pixels = square(2, 2, 20)
    assert kinds(pixels) == []
    pixels[30, 30] = pixels[35, 40:44] = True
    assert list(shape_faults(pixels)) == [("island", "The mask has 2 islands of less than 20 pixels.")]
    assert kinds(square(30, 30, 10) | square(2, 2, 20)) == []  # a large part
    assert kinds(square(3, 3, 3)) == []  # a small object is no leftover


def test_dropping_islands_and_filling_holes_takes_few_bytes_a_pixel():
    pixels = square(1, 1, 900, (1000, 1000))
    pixels[990:993, 990:993] = True
    pixels[500:503, 500:503] = False
    region = Region(0, 0, pixels, pixels.shape)
    for change, area in ((without_islands, 810_000 - 9), (without_holes, 810_000 + 9)):
        tracemalloc.start()
        changed = change(region, 20)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert changed is not None
        assert np.count_nonzero(changed.pixels) == area
        assert peak < 9 * pixels.size


@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_long_mask_nowhere_thicker_than_two_pixels_is_a_sliver(thickness):
    pixels = np.zeros((thickness, 30), np.bool_)
    pixels[:] = True
    assert kinds(pixels) == (["sliver"] if thickness < 3 else [])
    assert kinds(pixels.T.copy()) == (["sliver"] if thickness < 3 else [])
    assert kinds(np.eye(30, dtype=np.bool_)) == ["sliver"]
    assert kinds(pixels[:, :7]) == []


def test_iou_on_runs_is_the_iou_of_the_pixels():
    dice = np.random.default_rng(1)
    for _ in range(200):
        size = tuple(dice.integers(1, 12, 2))
        ones, others = (dice.random(size) < dice.choice([0, 0.2, 0.8, 1]) for _ in range(2))
        assert mask_iou(Mask.from_array(ones), Mask.from_array(others)) == iou(ones, others)
    assert mask_iou(Mask.from_array(ones), Mask.from_array(np.ones((20, 20), np.bool_))) == 0


def test_overlaps_are_those_of_every_pair():
    dice = np.random.default_rng(2)
    pixels = [square(*dice.integers(0, 25, 2), int(dice.integers(1, 20))) for _ in range(40)]
    masks = [Mask.from_array(p) for p in [*pixels, np.zeros_like(pixels[0])]]
    every = {(i, j): iou(pixels[i], pixels[j]) for i in range(40) for j in range(i + 1, 40)}
    for least in (0.01, 0.3, 0.9):
        assert {(i, j): v for i, j, v in overlaps(masks, least)} == {k: v for k, v in every.items() if v >= least}
        across = {(i, j): v for i, j, v in pairs_between(masks[:20], masks[20:], least)}
        assert across == {(i, j - 20): v for (i, j), v in every.items() if i < 20 <= j and v >= least}
    assert list(overlaps([], 0.5)) == list(pairs_between([], masks, 0.5)) == []


@pytest.mark.parametrize("room", [0, 2_000_000])
def test_a_large_mask_is_read_once_however_many_it_meets(monkeypatch, room):
    monkeypatch.setattr("app.masks.overlaps._MOST_KEPT_RUNS", room)
    read, parsed = [], rle._parsed
    monkeypatch.setattr(rle, "_parsed", lambda counts: (read.append(len(counts)), parsed(counts))[1])
    dice = np.random.default_rng(4)
    large = dice.random((200, 200)) < 0.5
    large[0, 0] = True
    pixels = [square(*dice.integers(0, 190, 2), 5, large.shape) for _ in range(50)]
    masks = [Mask.from_array(each) for each in [*pixels, large]]
    found = run(sharing(masks, 0.5, [1] * 50 + [2], 0.4))
    shares = [np.count_nonzero(each & large) / 25 for each in pixels]
    assert [(each.i, each.of_smaller) for each in found if each.j == 50] == [
        (i, share) for i, share in enumerate(shares) if share >= 0.4
    ]
    assert len(found) > 30
    assert read.count(len(masks[-1].counts)) == 1


def test_damaged_mask_is_told():
    good = Mask.from_array(square(1, 1, 5))
    with pytest.raises(Problem):
        mask_iou(good, Mask(good.size, "nonsense", good.bbox, good.area))


def test_areas_far_from_those_of_their_class_stand_out():
    areas = np.array([*np.random.default_rng(3).normal(1000, 100, 50), 20_000, 3])
    assert np.flatnonzero(np.abs(area_scores(areas)) > 3.5).tolist() == [50, 51]
    assert not area_scores(np.array([1.0, 1000.0, 5.0])).any()  # too few to tell
    assert np.abs(area_scores(np.array([100.0] * 20 + [105.0]))).max() < 1  # all alike
