"""Batch jobs that use the model: they label, and clicks go first all the same."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from PIL import Image

from app.engine.context import EngineContext
from app.engine.disk_cache import DiskCache
from app.engine.handlers import HANDLERS
from app.engine.replies import Decoded, Encoded, Failed, JobDone, JobProgress, Reply
from app.engine.requests import Decode, Encode, ImageRequest, Job, Lane, LoadModel, UnloadModel
from app.engine.values import ImageRef
from app.problem import Problem
from app.sam.load import load_predictor
from app.sam.types import Embedding, Prompt
from tests.engine.stepwise import Inbox, StepwisePredictor

CLICK = Prompt().with_point(30, 20)
GRID = [(x, y) for y in range(30, 240, 60) for x in range(40, 320, 80)]


def labels(images, ended=None):
    """Steps of a job that clicks once on each image; its result is the number of candidates of each."""

    def steps(model):
        found = []
        try:
            for done, image in enumerate(images, start=1):
                found.append(len(model.decode(model.encode(image), CLICK)))
                yield done, len(images)
        finally:
            if ended is not None:
                ended.append(True)
        return found

    return steps


@pytest.fixture
def encoded(engine, inbox, images):
    """The first image is open and encoded."""
    engine.submit(Encode(images[0]))
    inbox.wait(Encoded)
    return images[0]


def test_a_job_labels_several_images(engine, inbox, images, predictor):
    engine.submit(Job(1, "label", labels(images[1:4]), uses_model=True))
    [done] = inbox.wait(JobDone)
    assert done.result == [3, 3, 3]
    assert [what for what in predictor.log if what[0] == "end"] == [("end", 10), ("end", 20), ("end", 30)]
    assert len(predictor.threads) == 1


def test_a_click_is_answered_inside_the_encode_of_a_job(engine, inbox, images, predictor, encoded):
    predictor.hold()
    engine.submit(Job(1, "label", labels([images[1]]), uses_model=True))
    predictor.wait_until_held()
    engine.submit(Decode(encoded, 1, CLICK))
    predictor.release()
    inbox.wait(JobDone)
    mine = predictor.log[predictor.log.index(("begin", 10)) :]
    assert mine == [("begin", 10), ("decode", 0), ("end", 10), ("decode", 10)]
    assert [decoded.image for decoded in inbox.of(Decoded)] == [encoded]


def test_an_image_that_is_opened_breaks_off_the_encode_of_a_job(engine, inbox, images, predictor, encoded):
    predictor.hold()
    engine.submit(Job(1, "label", labels([images[1]]), uses_model=True))
    predictor.wait_until_held()
    engine.submit(Encode(images[2]))
    engine.submit(Decode(images[2], 1, CLICK))
    predictor.release()
    [done] = inbox.wait(JobDone)
    assert done.result == [3]
    mine = predictor.log[predictor.log.index(("begin", 10)) :]
    first = [("begin", 20), ("end", 20), ("decode", 20)]
    assert mine == [("begin", 10), *first, ("begin", 10), ("end", 10), ("decode", 10)]


def test_a_job_that_does_not_yield_lets_clicks_through(engine, inbox, images, predictor, encoded):
    def steps(model):
        yield 0, 1
        embedding = model.encode(encoded)
        while not inbox.of(Decoded):  # no step ends meanwhile
            model.decode(embedding, CLICK)
            time.sleep(0.001)
        return "answered"

    engine.submit(Job(1, "busy", steps, uses_model=True))
    inbox.wait(JobProgress)
    engine.submit(Decode(encoded, 1, CLICK))
    assert inbox.wait(JobDone)[0].result == "answered"


def test_a_job_that_is_cancelled_inside_an_encode_ends_there(engine, inbox, images, predictor):
    ended: list[bool] = []
    predictor.hold()
    engine.submit(Job(1, "label", labels(images[1:], ended), uses_model=True))
    predictor.wait_until_held()
    engine.cancel_job(1)
    predictor.release()
    assert inbox.wait(JobDone) == [JobDone(1, None, cancelled=True)]
    assert ended == [True]
    assert ("end", 10) not in predictor.log


def test_an_engine_that_stops_ends_a_job_inside_an_encode(engine, inbox, images, predictor):
    ended: list[bool] = []
    predictor.hold()
    engine.submit(Job(1, "label", labels(images[1:], ended), uses_model=True))
    predictor.wait_until_held()
    engine.stop(0.0)
    predictor.release()
    assert engine.stop()
    assert inbox.of(JobDone) == [JobDone(1, None, cancelled=True)]
    assert ended == [True]


def test_a_job_waits_for_a_model_and_holds_up_no_other(make_engine, inbox, images, predictor):
    engine = make_engine(lambda name, on_progress: predictor)
    engine.submit(Job(1, "label", labels(images[:1]), uses_model=True))
    engine.submit(Job(2, "plain", lambda: iter(())))
    assert inbox.wait(JobDone)[0].job_id == 2
    engine.submit(LoadModel("stepwise"))
    assert inbox.wait(JobDone, 2)[1].result == [3]


@pytest.mark.parametrize("request_", [LoadModel("another"), UnloadModel()], ids=["another", "none"])
def test_a_job_ends_with_a_sentence_when_its_model_is_changed(make_engine, inbox, images, request_):
    predictors = {"stepwise": StepwisePredictor(), "another": StepwisePredictor("another")}
    engine = make_engine(lambda name, on_progress: predictors[name])
    engine.submit(LoadModel("stepwise"))
    predictors["stepwise"].hold()
    engine.submit(Job(1, "label", labels(images[:3]), uses_model=True))
    predictors["stepwise"].wait_until_held()
    engine.submit(request_)
    predictors["stepwise"].release()
    [failed] = inbox.wait(Failed)
    assert failed.sentence == "Another model was chosen meanwhile, so this ended: start it again."
    assert failed.details == ""


def test_an_unreadable_image_is_a_problem_for_the_job_to_judge(engine, inbox, images, tmp_path):
    def steps(model):
        yield 0, 1
        try:
            model.encode(ImageRef(9, tmp_path / "gone.png"))
        except Problem as problem:
            return str(problem)

    engine.submit(Job(1, "label", steps, uses_model=True))
    assert "gone.png" in inbox.wait(JobDone)[0].result


def test_what_a_job_encodes_is_kept_on_the_disk(make_engine, inbox, images, predictor, tmp_path):
    engine = make_engine(lambda name, on_progress: predictor, disk=DiskCache(tmp_path / "kept"))
    engine.submit(LoadModel("stepwise"))
    engine.submit(Job(1, "label", labels(images[:2]), uses_model=True))
    inbox.wait(JobDone)
    engine.submit(Job(2, "again", labels(images[:2]), uses_model=True))
    inbox.wait(JobDone, 2)
    assert sum(what[0] == "begin" for what in predictor.log) == 2
    engine.submit(Encode(images[1]))
    assert inbox.wait(Encoded)[0].encode_ms == 0


@dataclass(frozen=True)
class Brightness(ImageRequest, lane=Lane.CLICK):
    """A request of somebody else's."""

    image: ImageRef


@dataclass(frozen=True)
class Bright(Reply):
    mean: float


def test_a_request_is_a_record_with_its_lane_and_one_handler(make_engine, inbox, images, predictor):
    def brightness(context: EngineContext, request: Brightness, embedding: Embedding) -> None:
        context.deliver(Bright(float(embedding.features[0].mean())))

    engine = make_engine(lambda name, on_progress: predictor, handlers={**HANDLERS, Brightness: brightness})
    engine.submit(LoadModel("stepwise"))
    engine.submit(Brightness(images[2]))  # has its image encoded, as a click does
    assert inbox.wait(Bright)[0].mean == 20


@dataclass(frozen=True)
class Countdown(ImageRequest, lane=Lane.STEPS):
    image: ImageRef


def test_a_request_in_steps_lets_clicks_in_between(make_engine, inbox, images, predictor):
    def countdown(context: EngineContext, request: Countdown, embedding: Embedding) -> Iterator[None]:
        while not inbox.of(Decoded):
            yield
        context.deliver(Bright(0))

    engine = make_engine(lambda name, on_progress: predictor, handlers={**HANDLERS, Countdown: countdown})
    engine.submit(LoadModel("stepwise"))
    engine.submit(Encode(images[0]))
    engine.submit(Countdown(images[0]))
    engine.submit(Decode(images[0], 1, CLICK))
    inbox.wait(Bright)


def test_clicks_are_answered_while_the_starter_labels_other_images(make_engine, inbox: Inbox, tmp_path, capsys):
    """The real weights: a grid of clicks on three images, and a click of the person every 50 ms on a fourth."""
    paths = [_discs(tmp_path / f"{number}.png", number) for number in range(4)]
    images = [ImageRef(number, path) for number, path in enumerate(paths)]
    engine = make_engine(lambda name, on_progress: load_predictor(name, on_progress))
    engine.submit(LoadModel("starter"))
    engine.submit(Encode(images[0]))
    inbox.wait(Encoded)
    quiet = [_click_ms(engine, inbox, images[0], number) for number in range(10)]

    def steps(model):
        masks = []
        for number, image in enumerate(images[1:]):
            embedding = model.encode(image)
            for done, (x, y) in enumerate(GRID, start=1):
                masks.append(model.decode(embedding, Prompt().with_point(x, y))[0])
                yield number * len(GRID) + done, 3 * len(GRID)
        return len(masks)

    engine.submit(Job(1, "label", steps, uses_model=True))
    busy: list[float] = []
    while not inbox.of(JobDone) and not inbox.of(Failed):
        busy.append(_click_ms(engine, inbox, images[0], 10 + len(busy)))
        time.sleep(0.05)
    assert not inbox.of(Failed)
    assert inbox.of(JobDone)[0].result == 3 * len(GRID)
    assert len(busy) > 3
    with capsys.disabled():
        print(f"\nclick: {statistics.median(quiet):.0f} ms alone, {statistics.median(busy):.0f} ms during a job "
              f"(worst of {len(busy)}: {max(busy):.0f} ms)")  # fmt: skip


def test_a_job_labels_by_everything_mode(engine, inbox, images, predictor, encoded):
    """Crops and clicks of the grid come in steps; a click on another image is answered meanwhile."""

    def steps(model):
        found = yield from model.everything(images[1])
        return [mask.predicted_iou for mask in found]

    engine.submit(Job(1, "everything", steps, uses_model=True))
    inbox.wait(JobProgress)
    engine.submit(Decode(encoded, 1, CLICK))
    inbox.wait(Decoded)
    [done] = inbox.wait(JobDone)
    assert done.result
    kinds = [type(reply) for reply in inbox.replies]
    assert kinds.index(Decoded) < kinds.index(JobDone)


def _click_ms(engine, inbox: Inbox, image: ImageRef, revision: int) -> float:
    before = len(inbox.of(Decoded))
    began = time.monotonic()
    engine.submit(Decode(image, revision, Prompt().with_point(60, 60)))
    inbox.wait(Decoded, before + 1)
    return (time.monotonic() - began) * 1000


def _discs(path, number: int):
    image = np.random.default_rng(number).normal((70, 120, 60), 12, (240, 320, 3)).clip(0, 255).astype(np.uint8)
    for x, y, radius, colour in (
        (70, 70, 40, (210, 60, 50)),
        (230, 90, 45, (60, 80, 220)),
        (140, 180, 35, (240, 220, 60)),
    ):
        cv2.circle(image, (x + 5 * number, y), radius, colour, -1)
    Image.fromarray(cv2.GaussianBlur(image, (3, 3), 0)).save(path)
    return path
