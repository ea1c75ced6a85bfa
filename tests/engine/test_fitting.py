"""What the engine makes of a stroke: in the whole image, in a close-up, and in a huge one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.engine.decoding import answers
from app.engine.images import ImageCache
from app.engine.requests import Decode
from app.engine.values import ImageRef, Start
from app.masks.regions import added, empty
from app.masks.rle import Region
from app.masks.strokes import Stroke, rasterized
from app.sam.closeup import Closeup
from app.sam.postprocess import belief, region
from app.sam.types import Candidate, Frame, Prompt
from tests.engine.stepwise import StepwisePredictor


def asked(stroke: Stroke, size: tuple[int, int], closeup: Closeup | None = None, prompt: Prompt | None = None):
    """The answers to a stroke on nothing, and the predictor that was asked."""
    predictor = StepwisePredictor()
    seen = closeup.size if closeup else size
    embedding = predictor.encode(np.zeros((*seen, 3), np.uint8), lambda _fraction: None)
    start = Start(added(empty(size), rasterized(stroke, size)), 0, is_settled=True, stroke=stroke)
    request = Decode(ImageRef(1, Path("photo.png"), closeup), 1, prompt or Prompt(), start=start)
    found, more = answers(predictor, request, embedding)
    assert not more
    return list(found), start.region, predictor


def angle(x: float, y: float) -> Stroke:
    return Stroke(((x, y), (x + 12, y), (x + 12, y + 12)), 3)


def pixels(found: Region, like: Region) -> np.ndarray:
    assert found.image_size == like.image_size
    return added(found, like).pixels


def test_earlier_clicks_are_asked_with_the_points_of_the_stroke():
    found, drawn, predictor = asked(angle(20, 15), (48, 64), prompt=Prompt().with_point(5, 40, positive=False))
    [prompt] = predictor.prompts
    assert prompt.labels.tolist() == [0, 1, 1, 1]
    assert prompt.logits is not None
    [proposal] = found
    assert proposal.candidate is None
    assert proposal.predicted_iou is None
    assert np.count_nonzero(proposal.region.pixels) > np.count_nonzero(drawn.pixels)


def test_in_a_closeup_of_a_huge_image_only_what_is_near_is_made():
    size = (60_000, 80_000)
    closeup = Closeup(40_000, 30_000, 40_064, 30_048, size)
    found, drawn, predictor = asked(angle(40_020, 30_015), size, closeup)
    [prompt] = predictor.prompts
    assert (prompt.points < 64).all()
    [proposal] = found
    assert proposal.region.pixels.size < 2 * drawn.pixels.size
    assert not proposal.is_cut


def test_a_stroke_that_leaves_the_closeup_is_fitted_there_too():
    size = (480, 640)
    closeup = Closeup(100, 100, 164, 148, size)
    found, drawn, _ = asked(angle(155, 90), size, closeup)
    [proposal] = found
    assert np.count_nonzero(proposal.region.pixels) > np.count_nonzero(drawn.pixels)


def test_a_dab_that_is_all_there_is_has_no_other_version():
    found, *_ = asked(Stroke(((30.5, 20.5),), 0.5), (48, 64))
    assert found == []


@pytest.mark.parametrize("size", [(48, 64), (300, 200), (33, 47)])
def test_belief_says_what_the_mask_says(size):
    scale = 64 / max(size)
    frame = Frame(size, (round(size[0] * scale), round(size[1] * scale)), (64, 64), (16, 16))
    logits = np.random.default_rng(1).normal(0, 3, (16, 16)).astype(np.float32)
    candidate = Candidate(logits, 0.9, 0.9, frame)
    whole = belief(candidate, (0, 0, size[1], size[0])) > 0.5
    found = region(candidate)
    x, y, width, height = found.bbox
    mask = np.zeros(size, bool)
    mask[y : y + height, x : x + width] = found.pixels
    assert np.mean(whole == mask) > 0.97, "one step of interpolation instead of two"
    assert (belief(candidate, (5, 7, 25, 30)) > 0.5).tolist() == whole[7:30, 5:25].tolist()


def test_the_picture_is_looked_at_where_the_stroke_lies_and_one_that_is_gone_is_no_loss(tmp_path):
    photo = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    images, ref = ImageCache(1 << 20), ImageRef(1, tmp_path / "photo.png")
    found = images.at_hand(ref, (5, 7, 25, 30))
    assert found is not None
    assert (found == photo[7:30, 5:25]).all()
    assert images.at_hand(ImageRef(1, tmp_path / "gone.png"), (5, 7, 25, 30)) is None
    predictor, stroke = StepwisePredictor(), angle(20, 15)
    embedding = predictor.encode(photo, lambda _fraction: None)
    start = Start(added(empty((48, 64)), rasterized(stroke, (48, 64))), 0, is_settled=True, stroke=stroke)
    boxes: list[tuple[int, int, int, int]] = []
    list(answers(predictor, Decode(ref, 1, Prompt(), start=start), embedding, boxes.append)[0])
    [(x0, y0, x1, y1)] = boxes
    assert x0 < 17
    assert y0 < 12
    assert x1 > 35
    assert y1 > 30
