"""Looking at an image never waits behind an encode."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image

from app.engine import reader, requests
from app.engine.handlers import HANDLERS
from app.engine.images import ImageCache
from app.engine.replies import Encoded, Failed, Outlined, Thumbnailed, Viewed
from app.engine.requests import (
    Encode,
    ImageRequest,
    Job,
    RegionView,
    Request,
    StopProposing,
    Thumbnail,
    TraceOutlines,
)
from app.engine.values import ImageRef
from app.masks.rle import Mask
from app.problem import Problem


def test_every_request_that_is_not_for_the_queue_alone_has_a_handler():
    known = {each for each in vars(requests).values() if isinstance(each, type) and issubclass(each, Request)}
    queued = {Request, ImageRequest, Encode, StopProposing, Job}
    assert known - queued == set(HANDLERS), "a row in app/engine/handlers.py is missing"


def test_an_image_is_shown_while_another_one_is_encoded(engine, predictor, inbox, images):
    predictor.hold()
    engine.submit(Encode(images[0]))
    predictor.wait_until_held()
    engine.submit(RegionView(images[1]))
    [viewed] = inbox.wait(Viewed)
    assert viewed.image == images[1]
    assert (viewed.size, viewed.shrink) == ((48, 64), 1)
    assert viewed.levels[0][0, 0].tolist() == [0, 0, 10, 255]
    assert len(viewed.content_hash) == 64


def test_view_and_encode_read_the_file_once(engine, inbox, images, monkeypatch):
    from app.engine import images as module

    reads: list[str] = []
    real = module.read_image
    monkeypatch.setattr(module, "read_image", lambda path: (reads.append(path.name), real(path))[1])
    engine.submit(RegionView(images[1]))
    engine.submit(Encode(images[1]))
    inbox.wait(Viewed)
    inbox.wait(Encoded)
    assert reads == ["1.png"]


def test_of_rapid_views_the_newest_is_answered(engine, inbox, images):
    for _ in range(50):
        for image in images:
            engine.submit(RegionView(image))
    inbox.wait(Viewed)
    engine.submit(Thumbnail(images[0]))
    inbox.wait(Thumbnailed)
    viewed = inbox.of(Viewed)
    assert viewed[-1].image == images[-1]
    assert len(viewed) < 100


def test_a_broken_image_is_a_sentence_and_the_next_one_is_shown(engine, inbox, images):
    images[0].path.write_bytes(b"")
    engine.submit(RegionView(images[0]))
    [failure] = inbox.wait(Failed)
    assert failure.request == RegionView(images[0])
    assert "0.png" in failure.sentence
    assert not failure.details
    engine.submit(RegionView(images[1]))
    assert inbox.wait(Viewed)[0].image == images[1]


def test_thumbnails_fit_their_size(engine, inbox, tmp_path):
    path = tmp_path / "panorama.png"
    Image.fromarray(np.zeros((20, 3000, 3), np.uint8)).save(path)
    engine.submit(Thumbnail(ImageRef(1, path), size_px=96))
    [thumbnail] = inbox.wait(Thumbnailed)
    assert max(thumbnail.pixels.shape) == 96
    assert thumbnail.pixels.shape[2] == 3


def test_thumbnails_scrolled_away_are_dropped_and_the_newest_comes_first(images):
    waiting = reader.Reader(ImageCache(1 << 20), lambda reply: None)
    for image in images:
        waiting.submit(Thumbnail(image))
    waiting.submit(Thumbnail(images[2]))
    assert waiting._next() == Thumbnail(images[2])
    assert waiting._next() == Thumbnail(images[5])
    waiting.submit(RegionView(images[0]))
    waiting.forget_thumbnails()
    assert waiting._next() == RegionView(images[0])
    waiting.submit(Thumbnail(images[1]))
    assert waiting._next() == Thumbnail(images[1])


def test_saved_masks_are_traced(engine, inbox, images):
    pixels = np.zeros((48, 64), bool)
    pixels[10:20, 5:30] = True
    masks = ((7, Mask.from_array(pixels)), (8, Mask.from_array(~pixels)))
    engine.submit(RegionView(images[0]))
    engine.submit(TraceOutlines(images[0], masks))
    [traced] = inbox.wait(Outlined)
    assert traced.masks == masks
    [rectangle] = traced.outlines[0]
    assert rectangle.min(axis=0).tolist() == [5, 10]
    assert rectangle.max(axis=0).tolist() == [30, 20]


def test_a_damaged_mask_does_not_take_the_others_off_the_canvas(engine, inbox, images):
    sound = Mask.from_array(np.eye(48, 64, dtype=bool))
    damaged = [Mask((48, 64), counts, (0, 0, 9, 9), 5) for counts in ("", "1" * 20_000, "~")]
    masks = tuple(enumerate([*damaged, sound]))
    engine.submit(RegionView(images[0]))
    engine.submit(TraceOutlines(images[0], masks))
    [traced] = inbox.wait(Outlined)
    assert [len(outlines) for outlines in traced.outlines] == [0, 0, 0, 48]


def test_a_trace_of_an_image_left_is_dropped(images):
    waiting = reader.Reader(ImageCache(1 << 20), lambda reply: None)
    waiting.submit(TraceOutlines(images[0], ()))
    waiting.submit(RegionView(images[1]))
    waiting.submit(TraceOutlines(images[1], ()))
    assert [waiting._next(), waiting._next()] == [RegionView(images[1]), TraceOutlines(images[1], ())]


def test_another_image_does_not_wait_for_thousands_of_masks(engine, inbox, images):
    mask = Mask.from_array(np.random.default_rng(0).random((400, 400)) < 0.5)
    engine.submit(TraceOutlines(images[0], tuple((number, mask) for number in range(3000))))
    time.sleep(0.2)
    engine.submit(RegionView(images[1]))
    [viewed] = inbox.wait(Viewed)
    assert viewed.image == images[1]
    assert inbox.of(Outlined) == []


def test_decoded_images_are_bounded_in_bytes(images):
    one = 48 * 64 * 3
    cache = ImageCache(2 * one)
    for image in images[:3]:
        cache.read(image.path)
    assert [cache.peek(image.path) is not None for image in images[:3]] == [False, True, True]
    assert cache.content_hash(images[0].path), "known though the pixels are gone"


def test_an_image_larger_than_the_budget_can_still_be_read(images):
    assert ImageCache(10).read(images[0].path).pixels.shape == (48, 64, 3)


def test_a_missing_file_is_a_problem(tmp_path):
    with pytest.raises(Problem, match=r"gone\.png"):
        ImageCache(10).read(tmp_path / "gone.png")
