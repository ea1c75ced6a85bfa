from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.engine.disk_cache import DiskCache
from app.engine.replies import Decoded, Encoded, Failed, ModelLoaded
from app.engine.requests import Decode, Encode, LoadModel
from app.engine.values import ImageRef
from app.masks.rle import Mask
from app.sam.closeup import Closeup
from app.sam.types import Prompt

SIZE = (300, 400)
CLOSEUP = Closeup(100, 50, 200, 150, SIZE)


@pytest.fixture
def image(tmp_path: Path) -> ImageRef:
    """Each pixel's red is its column, its green its row, halved."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    pixels = np.stack([columns // 2, rows // 2, rows * 0], axis=-1).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    return ImageRef(77, tmp_path / "wide.png")


def in_closeup(image: ImageRef, revision: int, **options) -> Decode:
    return Decode(replace(image, closeup=CLOSEUP), revision, Prompt().with_box(120, 80, 160, 120), **options)


def box_of(reply: Decoded) -> tuple[int, int, int, int]:
    region = reply.proposals[0].region
    return region.x, region.y, region.pixels.shape[1], region.pixels.shape[0]


def test_answer_of_a_closeup_lies_in_the_whole_image(engine, predictor, inbox, image):
    engine.submit(Encode(image))
    engine.submit(in_closeup(image, 1))
    [reply] = inbox.wait(Decoded)
    assert reply.image.closeup == CLOSEUP
    assert box_of(reply) == pytest.approx((120, 80, 40, 40), abs=2)
    assert reply.proposals[0].region.image_size == SIZE
    assert np.min(reply.proposals[0].outlines[0], axis=0) == pytest.approx((120, 80), abs=2)
    assert [mark for what, mark in predictor.log if what == "begin"] == [0, 50]  # red of column 100
    assert [r.image for r in inbox.of(Encoded)] == [image]  # of a close-up nobody is told


def test_seed_is_cut_to_the_closeup(engine, predictor, inbox, image):
    pixels = np.zeros(SIZE, np.bool_)
    pixels[50:100, 100:150] = True
    engine.submit(in_closeup(image, 1, seed=Mask.from_array(pixels)))
    inbox.wait(Decoded)
    logits = predictor.prompts[-1].logits
    assert (logits > 0).sum() == pytest.approx(32 * 32, rel=0.1)  # a quarter of the close-up
    assert (logits > 0)[:31, :31].all()


def test_newer_click_on_the_whole_image_ends_the_closeup(engine, predictor, inbox, image):
    engine.submit(Encode(image))
    inbox.wait(Encoded)
    predictor.hold()
    engine.submit(in_closeup(image, 1))
    predictor.wait_until_held()
    engine.submit(Decode(image, 2, Prompt().with_point(30, 20)))
    predictor.release()
    [reply] = inbox.wait(Decoded)
    assert reply.revision == 2
    assert ("end", 50) not in predictor.log


def test_click_on_the_whole_image_does_not_wait_for_the_closeup(engine, predictor, inbox, image):
    """Accepted already, the close-up goes on."""
    engine.submit(Encode(image))
    inbox.wait(Encoded)
    predictor.hold()
    engine.submit(in_closeup(image, 1, keep=True))
    predictor.wait_until_held()
    engine.submit(Decode(image, 2, Prompt().with_point(30, 20)))
    predictor.release()
    replies = inbox.wait(Decoded, 2)
    assert [r.revision for r in replies] == [2, 1]
    assert [mark for what, mark in predictor.log if what == "begin"] == [0, 50]


def test_closeup_of_an_image_that_was_left_is_not_encoded(engine, predictor, inbox, image, images):
    predictor.hold()
    engine.submit(Encode(image))
    predictor.wait_until_held()
    engine.submit(in_closeup(image, 1))
    engine.submit(Encode(images[1]))
    predictor.release()
    assert inbox.wait(Encoded)[-1].image == images[1]
    assert not inbox.of(Decoded)


def test_second_question_to_a_closeup_encodes_nothing(engine, predictor, inbox, image):
    for revision in (1, 2):
        engine.submit(in_closeup(image, revision))
        inbox.wait(Decoded, revision)
    assert sum(what == "begin" for what, _ in predictor.log) <= 2  # the image and its close-up


def test_closeups_are_not_kept_on_the_disk(make_engine, predictor, inbox, image, tmp_path):
    disk = DiskCache(tmp_path / "cache")
    engine = make_engine(lambda name, on_progress: predictor, disk=disk)
    engine.submit(LoadModel("stepwise"))
    inbox.wait(ModelLoaded)
    engine.submit(Encode(image))
    engine.submit(in_closeup(image, 1))
    inbox.wait(Decoded)
    engine.stop()
    assert disk.count == 1


def test_closeup_of_a_picture_that_was_replaced_by_a_smaller_one_is_one_sentence(engine, inbox, image):
    Image.new("RGB", (50, 40)).save(image.path)
    engine.submit(in_closeup(image, 5))
    [failure] = inbox.wait(Failed)
    assert isinstance(failure.request, Decode)
    assert failure.sentence == "The picture has another size than before."
    assert not failure.details
