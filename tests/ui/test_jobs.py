"""Work on a thread of its own, whatever becomes of the window meanwhile."""

from __future__ import annotations

import threading

import pytest
import shiboken6

from app.ui.jobs import Jobs


class _NoEngine:
    def submit(self, _request) -> None: ...

    def cancel_job(self, _job_id: int) -> None: ...


def test_work_that_ends_after_its_window_is_no_error(qapp, monkeypatch: pytest.MonkeyPatch):
    died: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    jobs, goes_on = Jobs(_NoEngine()), threading.Event()

    def work(tell) -> None:
        goes_on.wait(10)
        tell(1.0)

    jobs.start_thread("Copying", work, lambda _result: None)
    running = jobs.current
    assert running is not None
    assert running.thread is not None
    shiboken6.delete(jobs)
    goes_on.set()
    assert running.thread.stop(10)
    running.thread._thread.join(10)
    assert not died
