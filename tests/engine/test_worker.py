"""The engine with real threads: priorities, no click lost, errors as values."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable

import numpy as np
import pytest

from app.engine.replies import Decoded, Encoded, Failed, JobDone, JobProgress, ModelLoaded, ModelUnloaded
from app.engine.requests import Decode, Encode, Job, LoadModel, UnloadModel
from app.engine.values import ImageRef
from app.engine.worker import Engine
from app.problem import Problem
from app.sam.types import Prompt
from tests.engine.stepwise import STEPS, StepwisePredictor


def click(image: ImageRef, revision: int, **options: object) -> Decode:
    return Decode(image, revision, Prompt().with_point(30, 20), **options)


def test_click_during_encode_is_answered_when_the_embedding_lands(engine, predictor, inbox, images):
    predictor.hold()
    engine.submit(Encode(images[1]))
    predictor.wait_until_held()
    engine.submit(click(images[1], 7))
    assert not inbox.of(Decoded)
    predictor.release()
    [decoded] = inbox.wait(Decoded)
    assert (decoded.revision, decoded.image, decoded.model_key) == (7, images[1], "stepwise")
    assert [p.predicted_iou for p in decoded.proposals] == pytest.approx([0.96, 0.92, 0.84])
    assert all(p.region.pixels.any() and p.outlines for p in decoded.proposals)


def test_a_click_alone_has_its_image_encoded(engine, inbox, images):
    engine.submit(click(images[2], 1))
    assert inbox.wait(Decoded)[0].image == images[2]
    assert inbox.of(Encoded)[0].image == images[2]


def test_a_click_before_any_model_is_answered_after_the_load(make_engine, predictor, inbox, images):
    engine = make_engine(lambda name, on_progress: predictor)
    engine.submit(Encode(images[0]))
    engine.submit(click(images[0], 3))
    engine.submit(LoadModel("stepwise"))
    assert inbox.wait(Decoded)[0].revision == 3
    assert isinstance(inbox.replies[0], ModelLoaded)


def test_a_click_during_a_model_load_is_answered_by_the_new_model(make_engine, inbox, images):
    loading, go_on = threading.Event(), threading.Event()

    def load(name: str, on_progress: Callable[[float], None]) -> StepwisePredictor:
        if name == "second":
            loading.set()
            assert go_on.wait(10)
        return StepwisePredictor(name)

    engine = make_engine(load)
    engine.submit(LoadModel("first"))
    engine.submit(Encode(images[0]))
    inbox.wait(Encoded)
    engine.submit(LoadModel("second"))
    assert loading.wait(10)
    engine.submit(click(images[0], 1))
    go_on.set()
    assert inbox.wait(Decoded)[0].model_key == "second"
    assert [e.model_key for e in inbox.of(Encoded)] == ["first", "second"]


def test_of_100_rapid_clicks_the_newest_is_answered_and_the_queued_ones_are_skipped(engine, predictor, inbox, images):
    predictor.hold()
    engine.submit(Encode(images[0]))
    predictor.wait_until_held()
    for revision in range(100):
        engine.submit(click(images[0], revision))
    predictor.release()
    inbox.wait(Decoded)
    engine.submit(Job(1, "barrier", lambda: iter_of(1)))
    inbox.wait(JobDone)
    assert [d.revision for d in inbox.of(Decoded)] == [99]


def test_clicks_accepted_in_advance_are_all_answered_even_after_moving_on(engine, predictor, inbox, images):
    predictor.hold()
    engine.submit(Encode(images[0]))
    predictor.wait_until_held()
    engine.submit(click(images[0], 1))
    engine.submit(click(images[0], 1, keep=True))
    engine.submit(click(images[0], 2, keep=True))
    engine.submit(click(images[0], 3))
    engine.submit(Encode(images[1]))
    engine.submit(click(images[1], 4))
    predictor.release()
    inbox.wait(Decoded, 3)
    engine.submit(Job(1, "barrier", lambda: iter_of(1)))
    inbox.wait(JobDone)
    assert sorted(d.revision for d in inbox.of(Decoded)) == [1, 2, 4]
    assert predictor.log.count(("begin", 0)) == 1, "an encode that an accepted object waits for is not thrown away"


def test_order_is_decode_then_current_then_ahead_then_batch(engine, predictor, inbox, images):
    predictor.hold()
    engine.submit(Encode(images[5]))
    predictor.wait_until_held()
    engine.submit(Job(1, "batch", lambda: iter_of(2, lambda: predictor.log.append(("batch", None)))))
    engine.submit(Encode(images[0], ahead=(images[1], images[2])))
    engine.submit(click(images[0], 1))
    predictor.release()
    inbox.wait(JobDone)
    done = [entry for entry in predictor.log if entry[0] != "begin"]
    expected = [("end", 0), ("decode", 0), ("end", 10), ("end", 20), ("batch", None), ("batch", None)]
    assert done == expected


def test_a_click_is_answered_while_another_image_is_encoded_ahead(engine, predictor, inbox, images):
    engine.submit(Encode(images[0]))
    inbox.wait(Encoded)
    predictor.hold()
    engine.submit(Encode(images[0], ahead=(images[1],)))
    predictor.wait_until_held()
    engine.submit(click(images[0], 1))
    predictor.release()
    inbox.wait(Encoded, 3)
    assert predictor.log[-4:] == [("end", 0), ("begin", 10), ("decode", 0), ("end", 10)]


def test_going_to_another_image_abandons_the_encode_ahead_and_keeps_its_place(engine, predictor, inbox, images):
    predictor.hold()
    engine.submit(Encode(images[0], ahead=(images[1],)))
    predictor.wait_until_held()
    engine.submit(Encode(images[3], ahead=(images[0], images[1])))
    predictor.release()
    inbox.wait(Encoded, 3)
    assert predictor.log[:3] == [("begin", 0), ("begin", 30), ("end", 30)]
    assert [e.image.image_id for e in inbox.of(Encoded)] == [3, 0, 1]


def test_going_to_the_image_that_is_being_encoded_ahead_lets_it_finish(engine, predictor, inbox, images):
    engine.submit(Encode(images[0]))
    inbox.wait(Encoded)
    predictor.hold()
    engine.submit(Encode(images[0], ahead=(images[1],)))
    predictor.wait_until_held()
    engine.submit(Encode(images[1]))
    predictor.release()
    inbox.wait(Encoded, 3)
    assert predictor.log.count(("begin", 10)) == 1


def test_an_image_seen_before_is_not_encoded_again(engine, predictor, inbox, images):
    for image in (images[0], images[1], images[0]):
        engine.submit(Encode(image))
        inbox.wait(Encoded, len(inbox.of(Encoded)) + 1)
    encoded = inbox.of(Encoded)
    assert [e.encode_ms > 0 for e in encoded] == [True, True, False]
    assert [mark for what, mark in predictor.log if what == "begin"] == [0, 10]


def test_an_image_file_that_changed_is_encoded_again(engine, predictor, inbox, images):
    engine.submit(Encode(images[0]))
    inbox.wait(Encoded)
    images[0].path.write_bytes(images[4].path.read_bytes() + b"\0")
    engine.submit(Encode(images[0]))
    inbox.wait(Encoded, 2)
    assert [mark for what, mark in predictor.log if what == "begin"] == [0, 40]


def test_the_current_embedding_is_usable_though_larger_than_the_cache(make_engine, inbox, images):
    engine = make_engine(lambda name, on_progress: StepwisePredictor(feature_bytes=4096), cache_bytes=1000)
    engine.submit(LoadModel("large"))
    engine.submit(Encode(images[0], ahead=(images[1],)))
    inbox.wait(Encoded, 2)
    for revision in (1, 2):
        engine.submit(click(images[0], revision))
        inbox.wait(Decoded, revision)
    engine.submit(click(images[1], 3, keep=True))
    assert inbox.wait(Decoded, 3)[-1].image == images[1]
    assert len([e for e in inbox.of(Encoded) if e.image == images[0]]) == 1


def test_progress_of_the_current_encode_tells_the_time_left(engine, inbox, images):
    engine.submit(Encode(images[0]))
    inbox.wait(Encoded)
    engine.submit(Encode(images[1]))
    inbox.wait(Encoded, 2)
    first = next(p for p in inbox.of(JobProgress) if p.request == Encode(images[1]))
    assert first.fraction == 1 / STEPS
    assert first.eta_s is not None
    assert first.eta_s >= 0


def test_broken_image_fails_its_encode_and_its_clicks_with_a_sentence_and_the_next_image_works(engine, inbox, images):
    images[0].path.write_bytes(b"this is no image")
    engine.submit(click(images[0], 1))
    failures = inbox.wait(Failed, 2)
    assert [type(f.request) for f in failures] == [Encode, Decode]
    assert all("0.png" in f.sentence and not f.details for f in failures)
    engine.submit(click(images[1], 2))
    assert inbox.wait(Decoded)[0].revision == 2


def test_missing_image_is_a_sentence(engine, inbox, images):
    images[0].path.unlink()
    engine.submit(Encode(images[0]))
    [failure] = inbox.wait(Failed)
    assert "0.png" in failure.sentence
    assert not failure.details


@pytest.mark.parametrize(
    ("error", "sentence", "has_details"),
    [
        (Problem("The model wants a rest."), "The model wants a rest.", False),
        (MemoryError(), "Not enough memory", True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 9 bytes"), "Not enough memory", True),
        (ZeroDivisionError("oops"), "ZeroDivisionError: oops", True),
    ],
)
def test_an_error_of_the_model_is_a_value_and_the_next_request_works(
    engine, predictor, inbox, images, monkeypatch, error, sentence, has_details
):
    def fail(*arguments: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(predictor, "decode", fail)
        engine.submit(click(images[0], 1))
        [failure] = inbox.wait(Failed)
    assert sentence in failure.sentence
    assert bool(failure.details) == has_details
    engine.submit(click(images[0], 2))
    assert inbox.wait(Decoded)[0].revision == 2


def test_a_model_that_cannot_be_loaded_leaves_the_old_one_and_another_can_be_loaded(make_engine, inbox, images):
    def load(name: str, on_progress: Callable[[float], None]) -> StepwisePredictor:
        if name == "bad":
            raise Problem("bad.pth: 12 MB, the model needs 375 MB.")
        return StepwisePredictor(name)

    engine = make_engine(load)
    engine.submit(LoadModel("bad"))
    assert inbox.wait(Failed)[0].sentence == "bad.pth: 12 MB, the model needs 375 MB."
    engine.submit(click(images[0], 1))
    engine.submit(LoadModel("good"))
    assert inbox.wait(Decoded)[0].model_key == "good"
    engine.submit(LoadModel("bad"))
    inbox.wait(Failed, 2)
    engine.submit(click(images[0], 2))
    assert inbox.wait(Decoded, 2)[1].model_key == "good"


def test_unload_then_click_waits_for_the_next_model(engine, inbox, images):
    engine.submit(UnloadModel())
    inbox.wait(ModelUnloaded)
    engine.submit(click(images[0], 1))
    engine.submit(LoadModel("again"))
    inbox.wait(Decoded)
    assert inbox.replies.index(inbox.of(Decoded)[0]) > inbox.replies.index(inbox.of(ModelLoaded)[1])


def test_an_exception_in_delivery_does_not_end_the_thread(predictor, images, caplog):
    answered = threading.Event()

    def deliver(reply: object) -> None:
        if isinstance(reply, Decoded):
            answered.set()
        else:
            raise RuntimeError("the window is gone")

    engine = Engine(lambda name, on_progress: predictor, deliver)
    engine.start()
    engine.submit(LoadModel("stepwise"))
    engine.submit(click(images[0], 1))
    assert answered.wait(10)
    assert engine.stop()
    assert "could not be delivered" in caplog.text


def test_stop_while_encoding_returns_at_the_next_progress_report(engine, predictor, inbox, images):
    predictor.hold()
    engine.submit(Encode(images[0], ahead=tuple(images[1:])))
    predictor.wait_until_held()
    assert not engine.stop(timeout_s=0.05), "it tells that the encode still runs"
    predictor.release()
    assert engine.stop(timeout_s=5)
    assert ("end", 0) not in predictor.log


def test_an_engine_that_was_never_started_can_be_stopped(inbox):
    assert Engine(lambda name, on_progress: StepwisePredictor(), inbox.deliver).stop()


def test_the_model_lives_on_one_thread(engine, predictor, inbox, images):
    loaded_on: list[int] = []

    def load() -> None:
        loaded_on.append(threading.get_ident())

    engine.submit(click(images[0], 1))
    engine.submit(Job(1, "where", lambda: iter_of(1, load)))
    inbox.wait(Decoded)
    inbox.wait(JobDone)
    assert predictor.threads == set(loaded_on)
    assert threading.get_ident() not in predictor.threads


def test_the_engine_never_collects_garbage_itself(engine, inbox, images):
    collected_on: list[int] = []
    gc.disable()
    gc.callbacks.append(lambda phase, info: collected_on.append(threading.get_ident()))
    try:
        for revision, image in enumerate(images):
            engine.submit(Encode(image))
            engine.submit(click(image, revision))
            inbox.wait(Decoded, revision + 1)
        engine.submit(UnloadModel())
        inbox.wait(ModelUnloaded)
    finally:
        gc.callbacks.pop()
        gc.enable()
    assert set(collected_on) <= {threading.get_ident()}


# --- jobs --------------------------------------------------------------------------------------------------------


def iter_of(count: int, act: Callable[[], object] = lambda: None, result: object = None):
    for i in range(count):
        act()
        yield i + 1, count
    return result


def test_a_job_reports_and_returns_its_result(engine, inbox):
    engine.submit(Job(5, "count", lambda: iter_of(3, result="three")))
    assert inbox.wait(JobDone) == [JobDone(5, "three")]
    assert inbox.of(JobProgress)[0].fraction == pytest.approx(1 / 3)


def test_nothing_is_kept_of_a_job_that_has_ended(engine, inbox):
    """A project, perhaps, that was closed meanwhile."""

    class Kept:
        def steps(self):
            yield from ()

    kept = Kept()
    there = weakref.ref(kept)
    engine.submit(Job(1, "job", kept.steps))
    inbox.wait(JobDone)
    del kept
    assert _gone(there)


def _gone(ref, patience_s=5.0):
    """In a moment."""
    until = time.monotonic() + patience_s
    while ref() is not None and time.monotonic() < until:
        time.sleep(0.01)
    return ref() is None


def test_jobs_need_no_model(make_engine, inbox):
    engine = make_engine(lambda name, on_progress: StepwisePredictor())
    engine.submit(Job(5, "count", lambda: iter_of(3)))
    assert inbox.wait(JobDone)


def test_a_click_is_answered_between_the_steps_of_a_job(engine, inbox, images):
    engine.submit(Encode(images[0]))
    inbox.wait(Encoded)
    stop = threading.Event()

    def endless():
        while not stop.is_set():
            time.sleep(0.001)
            yield 0, 0

    engine.submit(Job(1, "endless", endless))
    inbox.wait(JobProgress, len(inbox.of(JobProgress)) + 1)
    engine.submit(click(images[0], 1))
    inbox.wait(Decoded)
    assert not inbox.of(JobDone)
    stop.set()
    inbox.wait(JobDone)


def test_cancel_closes_the_running_job_and_drops_the_queued_one(engine, inbox):
    begun, closed = threading.Event(), threading.Event()

    def endless():
        try:
            while True:
                begun.set()
                time.sleep(0.001)
                yield 0, 0
        finally:
            closed.set()

    engine.submit(Job(1, "endless", endless))
    engine.submit(Job(2, "queued", lambda: iter_of(1)))
    engine.submit(Job(3, "last", lambda: iter_of(1)))
    assert begun.wait(10)
    engine.cancel_job(2)
    engine.cancel_job(1)
    done = inbox.wait(JobDone, 3)
    assert closed.is_set()
    assert {(d.job_id, d.cancelled) for d in done} == {(1, True), (2, True), (3, False)}
    engine.cancel_job(3)
    engine.submit(Job(4, "barrier", lambda: iter_of(1)))
    assert len(inbox.wait(JobDone, 4)) == 4, "a job that has ended is not answered again"


def test_a_job_that_fails_is_a_value_and_the_next_one_runs(engine, inbox):
    def broken():
        yield 1, 2
        raise Problem("out.json: the disk is full.")

    engine.submit(Job(1, "broken", broken))
    engine.submit(Job(2, "next", lambda: iter_of(1)))
    inbox.wait(JobDone)
    [failure] = inbox.of(Failed)
    assert failure.request.id == 1
    assert failure.sentence == "out.json: the disk is full."


def test_stop_closes_a_running_job(make_engine, inbox):
    begun, closed = threading.Event(), threading.Event()

    def endless():
        try:
            while True:
                begun.set()
                yield 0, 0
        finally:
            closed.set()

    engine = make_engine(lambda name, on_progress: StepwisePredictor())
    engine.submit(Job(1, "endless", endless))
    assert begun.wait(10)
    assert engine.stop(5)
    assert closed.is_set()


def test_progress_of_a_fast_job_is_told_at_most_twenty_times_a_second(engine, inbox):
    began = time.monotonic()
    engine.submit(Job(1, "fast", lambda: iter_of(20_000)))
    inbox.wait(JobDone)
    assert len(inbox.of(JobProgress)) <= 20 * (time.monotonic() - began) + 2


def test_a_saved_mask_becomes_the_previous_logits(engine, predictor, inbox, images):
    engine.submit(click(images[0], 1))
    region = inbox.wait(Decoded)[0].proposals[1].region
    from app.masks.rle import Mask

    engine.submit(click(images[0], 2, seed=Mask.from_region(region)))
    inbox.wait(Decoded, 2)
    logits = predictor.prompts[1].logits
    assert logits is not None
    assert logits.shape == (64, 64)
    assert np.count_nonzero(logits > 0) == pytest.approx(16 * 16, rel=0.2)


def test_logits_of_another_models_size_are_left_out(engine, predictor, inbox, images):
    prompt = Prompt().with_point(30, 20).with_logits(np.zeros((256, 256), np.float32))
    engine.submit(Decode(images[0], 1, prompt))
    inbox.wait(Decoded)
    assert predictor.prompts[0].logits is None


def test_a_mask_without_pixels_is_no_proposal(engine, inbox, images):
    engine.submit(Decode(images[0], 1, Prompt().with_point(30, 20, positive=False)))
    assert inbox.wait(Decoded)[0].proposals == ()
