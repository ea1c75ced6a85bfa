"""What a click on a mask that is there is answered with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from app.engine.decoding import answers
from app.engine.images import ImageCache
from app.engine.preview import Preview
from app.engine.refining import refinement_of
from app.engine.replies import Decoded, ModelLoaded
from app.engine.requests import Decode, DecodeHover, LoadModel
from app.engine.values import ImageRef, Start
from app.masks.metrics import region_iou
from app.masks.rle import Region
from app.sam.types import Candidate, Frame, Prompt
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


class SilentPredictor(StepwisePredictor):
    """Finds nothing anywhere."""

    def _candidate(self, frame: Frame, prompt: Prompt, radius: int) -> Candidate:
        return Candidate(np.full(frame.mask_size, -5, np.float32), 0.5, 0.9, frame)


def test_where_the_model_says_nothing_a_click_adds_what_the_edges_of_the_file_enclose(make_engine, inbox, tmp_path):
    engine = make_engine(lambda name, on_progress: SilentPredictor())
    engine.submit(LoadModel("silent"))
    inbox.wait(ModelLoaded)
    pixels = np.full((*SIZE, 3), 60, np.uint8)
    pixels[10:30, 10:54] = 200
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    image, start = ImageRef(1, tmp_path / "photo.png"), Start(SQUARE, 1, is_settled=True)
    engine.submit(Decode(image, 1, Prompt().with_point(42, 20), start=start))
    [answer] = inbox.wait(Decoded)
    thing = Region(10, 10, np.ones((20, 44), bool), SIZE)
    assert region_iou(answer.proposals[0].region, thing) > 0.98


def test_what_is_to_be_seen_of_an_image_is_small_enough_and_nothing_of_one_that_is_gone(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(np.zeros((1300, 900, 3), np.uint8)).save(path)
    images, image = ImageCache(1 << 30), ImageRef(1, path)
    seen = images.glimpse(image, (1, 2, 900, 1300))
    assert seen is not None
    assert seen.shape == (325, 225, 3)
    sharp = images.glimpse(image, (100, 200, 300, 500))
    assert sharp is not None
    assert sharp.shape == (300, 200, 3)
    Image.fromarray(np.zeros((400, 250, 3), np.uint8)).save(path)
    assert images.glimpse(image, (100, 200, 300, 500)) is None, "it was replaced by a smaller one"
    path.unlink()
    assert images.glimpse(image, (100, 200, 300, 500)) is None
