"""What a click on a mask that is there is answered with."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.engine.decoding import answers
from app.engine.preview import Preview
from app.engine.refining import refinement_of
from app.engine.requests import Decode, DecodeHover
from app.engine.values import ImageRef, Start
from app.masks.rle import Region
from app.sam.types import Prompt
from tests.engine.stepwise import StepwisePredictor

SIZE = (48, 64)
IMAGE = ImageRef(1, Path("photo.png"))
SQUARE = Region(10, 10, np.ones((20, 20), bool), SIZE)


def asked(x: float, y: float, *, positive: bool = True, start: Start | None = None) -> Decode:
    return Decode(IMAGE, 1, Prompt().with_point(x, y, positive=positive), start=start)


def test_a_detail_is_corrected_and_farther_off_something_else_is_meant():
    live = Start(SQUARE, 1, is_settled=False)
    near, far = refinement_of(asked(32, 20, start=live)), refinement_of(asked(60, 40, start=live))
    assert near is not None
    assert near.keeps
    assert far is not None
    assert not far.keeps
    settled = refinement_of(asked(60, 40, start=Start(SQUARE, 1, is_settled=True)))
    assert settled is not None
    assert settled.keeps
    assert refinement_of(asked(60, 40)) is None


def test_the_model_is_shown_the_mask_and_a_box_around_it_and_the_click():
    predictor = StepwisePredictor()
    embedding = predictor.encode(np.zeros((*SIZE, 3), np.uint8), lambda _fraction: None)
    found, _ = answers(predictor, asked(32, 20, start=Start(SQUARE, 1, is_settled=True)), embedding)
    first, *_, last = found
    [prompt] = predictor.prompts
    assert prompt.logits is not None
    assert prompt.box is not None
    x0, y0, x1, y1 = prompt.box.tolist()
    assert (x0, y0, y1) == (10, 10, 30)
    assert 32 < x1 < 40
    assert first.candidate is None, "it is no answer of the model as it stands"
    assert last.candidate is not None


def test_a_correction_that_is_what_the_model_says_is_there_once_and_keeps_its_logits():
    predictor = StepwisePredictor()
    embedding = predictor.encode(np.zeros((*SIZE, 3), np.uint8), lambda _fraction: None)
    first, *_ = answers(predictor, asked(32, 20), embedding)[0]
    again = list(answers(predictor, asked(32, 20, start=Start(first.region, 1, is_settled=False)), embedding)[0])
    shapes = {(p.region.bbox, p.region.pixels.tobytes()) for p in again}
    assert len(shapes) == len(again)


def test_a_click_on_a_mask_is_not_answered_by_what_lies_under_the_mouse():
    predictor = StepwisePredictor()
    embedding = predictor.encode(np.zeros((*SIZE, 3), np.uint8), lambda _fraction: None)
    preview = Preview(DecodeHover(IMAGE, 1, 32, 20), embedding, [])
    assert preview.answers(asked(32, 20), embedding)
    taken_back = Start(SQUARE, 0, is_settled=True, taken_back=(12, 12, True))
    assert not preview.answers(asked(32, 20, start=taken_back), embedding)
