"""Work on a thread of its own, whatever becomes of the window meanwhile."""

from __future__ import annotations

import threading

import pytest
import shiboken6
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from app.engine.replies import JobDone
from app.ui.jobs import Jobs
from app.work import WorkStopped


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


def test_cancel_ends_the_job_that_is_shown_and_no_other(qapp):
    jobs, goes_on = Jobs(_NoEngine()), threading.Event()

    def work(tell) -> None:
        while not goes_on.wait(0.01):
            tell(0.5)

    for title in ("Downloading", "Importing"):
        jobs.start_thread(title, work, lambda _result: None)
    shown, behind = jobs._running.values()
    jobs.cancel_current()
    assert shown.thread.stop(10)
    with pytest.raises(WorkStopped):
        shown.thread.result()
    assert not behind.thread.is_over
    goes_on.set()
    behind.thread._thread.join(10)
    assert behind.thread.is_over


def test_what_comes_by_itself_waits_for_a_dialog_about_the_open_project(opened, qtbot):
    when_saved, done = opened.projects.when_saved, []
    dialog = QDialog(opened)
    dialog.setModal(True)
    dialog.show()
    assert QApplication.activeModalWidget() is dialog
    when_saved.run(lambda: done.append(True))
    QTest.qWait(50)
    assert not done
    dialog.close()
    qtbot.waitUntil(lambda: bool(done))


@pytest.mark.parametrize("uses_model", [True, False])
def test_a_result_that_was_on_its_way_when_it_was_cancelled_leads_to_no_more_work(qapp, uses_model):
    jobs, heard = Jobs(_NoEngine()), []
    jobs.cancelled.connect(lambda: heard.append("cancelled"))
    jobs.start("Looking", iter, heard.append, uses_model=uses_model, writes=not uses_model)
    jobs.cancel_current()
    jobs.hear_end(JobDone(1, "result"))
    assert heard == (["cancelled"] if uses_model else ["result"]), "what is written is told"
