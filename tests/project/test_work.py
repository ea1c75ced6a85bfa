"""Long work: driven on this thread or on one of its own, and ended between two steps."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from app.problem import Problem
from app.work import Progress, Work, WorkStopped, WorkThread, run


def counting(number: int, ended: list[str]) -> Work[str]:
    try:
        for each in range(number):
            yield Progress(each, number)
        return "done"
    finally:
        ended.append(threading.current_thread().name)


def test_it_runs_to_its_end_and_tells_each_step():
    told: list[Progress] = []
    assert run(counting(3, []), told.append) == "done"
    assert told == [(0, 3), (1, 3), (2, 3)]


def test_what_the_listener_raises_ends_the_work():
    ended: list[str] = []

    def cancel(_progress: Progress) -> None:
        raise Problem("enough")

    with pytest.raises(Problem, match="enough"):
        run(counting(3, ended), cancel)
    assert len(ended) == 1


def test_on_a_thread_it_is_made_driven_and_closed_there():
    ended: list[str] = []
    thread = WorkThread("counter", lambda tell: run(counting(3, ended), tell), Progress(0, 0))
    thread.hold(True)
    thread.start()
    assert not thread.is_over
    thread.hold(False)
    thread._thread.join(10)
    assert (thread.is_over, thread.result(), thread.progress) == (True, "done", (2, 3))
    assert ended == ["counter"]


def test_a_thread_that_stands_still_can_be_stopped():
    ended: list[str] = []
    thread = WorkThread("counter", lambda tell: run(counting(10**9, ended), tell), Progress(0, 0))
    thread.hold(True)
    thread.start()
    assert thread.stop(10)
    assert thread.is_over
    with pytest.raises(WorkStopped):
        thread.result()
    assert ended == ["counter"]


def test_what_the_work_raises_is_raised_for_its_owner():
    def broken(tell: Callable[[int], None]) -> None:
        tell(1)
        raise Problem("the disk is full")

    thread = WorkThread("broken", broken, 0)
    thread.start()
    thread._thread.join(10)
    with pytest.raises(Problem, match="the disk is full"):
        thread.result()


def test_its_owner_hears_of_progress_and_of_the_end():
    heard: list[object] = []
    thread = WorkThread("counter", lambda tell: run(counting(2, []), tell), Progress(0, 0))
    thread.told = heard.append
    thread.ended = lambda: heard.append(thread.result())
    thread.start()
    thread._thread.join(10)
    assert heard == [(0, 2), (1, 2), "done"]


@pytest.mark.parametrize("how", ["ends", "is stopped", "fails"])
def test_what_a_thread_worked_with_goes_with_its_work(how):
    """The window freezes what there is when a model is loaded: a circle would keep the model before for good."""

    class Model:
        def faster(self, tell):
            tell(1)
            while how == "is stopped":
                tell(2)
            if how == "fails":
                raise Problem("No room.")

    model = Model()
    kept = weakref.ref(model)
    gc.disable()
    try:
        thread = WorkThread("faster", model.faster, 0)
        thread.ended = partial(_told, thread)
        thread.start()
        del model
        thread.stop() if how == "is stopped" else None
        thread._thread.join(10)
        assert kept() is None
    finally:
        gc.enable()


def _told(thread):
    with suppress(WorkStopped, Problem):
        thread.result()
