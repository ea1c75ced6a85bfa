"""Encoding beforehand: once each, shared, resumed."""

from __future__ import annotations

import threading

import pytest

from app.engine.disk_cache import DiskCache
from app.engine.precompute import precompute
from app.engine.replies import Encoded
from app.engine.requests import Encode, LoadModel
from app.problem import Problem
from tests.engine.stepwise import StepwisePredictor


class Encoder(StepwisePredictor):
    def encode(self, image, on_progress=lambda fraction: None):
        return super().encode(image, on_progress)

    @property
    def encoded(self) -> list[object]:
        return [mark for what, mark in self.log if what == "end"]


def run(steps):
    told = []
    while True:
        try:
            told.append(next(steps))
        except StopIteration as end:
            return end.value, told


@pytest.fixture
def paths(images):
    return [image.path for image in images]


def test_each_image_is_encoded_once_and_the_second_time_none(paths, tmp_path):
    encoder = Encoder()
    report, told = run(precompute(paths, encoder, DiskCache(tmp_path / "out")))
    assert (report.encoded, report.there_already, report.unreadable) == (6, 0, {})
    assert told == [(number, 6) for number in range(1, 7)]
    report, _ = run(precompute(paths, encoder, DiskCache(tmp_path / "out")))
    assert (report.encoded, report.there_already) == (0, 6)
    assert encoder.encoded == [0, 10, 20, 30, 40, 50]


def test_stopped_in_the_middle_it_goes_on_there(paths, tmp_path):
    encoder = Encoder()
    steps = precompute(paths, encoder, DiskCache(tmp_path / "out"))
    for _ in range(2):
        next(steps)
    steps.close()
    run(precompute(paths, encoder, DiskCache(tmp_path / "out")))
    assert encoder.encoded == [0, 10, 20, 30, 40, 50]


def test_what_cannot_be_read_is_told_and_the_others_are_made(paths, tmp_path):
    paths[2].write_bytes(b"no image")
    paths[4].unlink()
    report, told = run(precompute(paths, Encoder(), DiskCache(tmp_path / "out")))
    assert report.encoded == 4
    assert set(report.unreadable) == {str(paths[2]), str(paths[4])}
    assert told[-1] == (6, 6)


def test_two_share_the_work(paths, tmp_path):
    """While one is held in the middle of an image, the other makes all the others, and waits for that one."""
    slow, quick = Encoder(), Encoder()
    slow.hold()
    reports = []
    work = [
        threading.Thread(target=lambda e=e: reports.append(run(precompute(paths, e, DiskCache(tmp_path / "out")))[0]))
        for e in (slow, quick)
    ]
    work[0].start()
    slow.wait_until_held()
    steps = precompute(paths, quick, DiskCache(tmp_path / "out"))
    while len(quick.encoded) < 5:
        next(steps)
    assert quick.encoded == [10, 20, 30, 40, 50]
    slow.release()
    report, _ = run(steps)
    work[0].join()
    assert (report.encoded, report.there_already) == (5, 1)
    assert (reports[0].encoded, reports[0].there_already) == (1, 5)


def test_a_cache_too_small_for_all_says_so(paths, tmp_path):
    size = DiskCache(tmp_path / "all")
    run(precompute(paths[:1], Encoder(), size))
    small = DiskCache(tmp_path / "small", budget_bytes=int(2.5 * size.nbytes))
    with pytest.raises(Problem, match="after 3 of 6 images"):
        run(precompute(paths, Encoder(), small))


def test_the_engine_finds_what_was_made_beforehand(paths, images, tmp_path, make_engine, inbox, predictor):
    run(precompute(paths[:2], Encoder(predictor.model_key), DiskCache(tmp_path / "out")))
    engine = make_engine(lambda name, on_progress: predictor, disk=DiskCache(tmp_path / "out"))
    engine.submit(LoadModel("stepwise"))
    engine.submit(Encode(images[0], ahead=(images[1], images[2])))
    found = inbox.wait(Encoded, 3)
    assert [reply.encode_ms > 0 for reply in found] == [False, False, True]
    assert predictor.log == [("begin", 20), ("end", 20)]


def test_what_the_engine_encodes_is_there_at_the_next_start(images, tmp_path, make_engine, inbox, predictor):
    for _ in range(2):
        engine = make_engine(lambda name, on_progress: predictor, disk=DiskCache(tmp_path / "out"))
        engine.submit(LoadModel("stepwise"))
        engine.submit(Encode(images[3]))
        inbox.wait(Encoded)
        assert engine.stop()
        inbox.replies.clear()
    assert predictor.log == [("begin", 30), ("end", 30)]


def test_an_image_replaced_while_it_is_encoded_is_not_kept_under_the_old_name(
    images, tmp_path, make_engine, inbox, predictor, monkeypatch
):
    """The hash is of the old file, the pixels of the new one."""
    import app.engine.images as engine_images

    old, real = images[1].path, engine_images.file_hash
    content = images[5].path.read_bytes()

    def hash_then_replace(path):
        found = real(path)
        old.write_bytes(content)
        return found

    monkeypatch.setattr(engine_images, "file_hash", hash_then_replace)
    before = real(old)
    disk = DiskCache(tmp_path / "out")
    engine = make_engine(lambda name, on_progress: predictor, disk=disk)
    engine.submit(LoadModel("stepwise"))
    engine.submit(Encode(images[1]))
    inbox.wait(Encoded)
    assert engine.stop()
    assert (before, predictor.model_key) not in disk
    assert (real(images[5].path), predictor.model_key) in disk


def test_a_disk_that_fills_up_in_the_middle_ends_it(paths, tmp_path, monkeypatch):
    cache, put = DiskCache(tmp_path / "out"), DiskCache.put
    monkeypatch.setattr(DiskCache, "put", lambda self, *words: self.count < 3 and put(self, *words))
    encoder = Encoder()
    with pytest.raises(Problem, match="cannot be written or is full after 3 of 6 images"):
        run(precompute(paths, encoder, cache))
    assert len(encoder.encoded) == 4
