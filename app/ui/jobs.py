"""Long work: one progress bar, cancel, and somebody to hand the result to.

What touches a project runs in the engine's batch lane, stepped between clicks. What waits for a network or a disk has a
thread of its own, so that the model is free meanwhile.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal

from app.engine.progress import Throttle
from app.engine.replies import Failed, JobDone, JobProgress, Reply
from app.engine.requests import Job, Submit
from app.formats.kit.format import Format, try_export
from app.formats.kit.options import Value
from app.formats.kit.sampling import sample_outlines
from app.problem import Problem
from app.project.finding_table import Finding
from app.project.quality.checks import check
from app.project.store import Project
from app.text import say
from app.work import Work, WorkStopped, WorkThread

_QUIET_S = 0.5
"""What may be over at once is shown only when it is not over by then: what flickers is no progress."""


class Runner(Submit, Protocol):
    """The engine, as the window knows it."""

    def cancel_job(self, job_id: int) -> None:
        """Ends a job before its next step."""


class JobListener(Protocol):
    """A listener to a job that is shown by nobody else, and dropped when nobody wants it any more."""

    def progressed(self, fraction: float) -> None:
        """Hears how far the job is, from 0 to 1."""

    def failed(self, sentence: str) -> None:
        """Hears why the job has no result."""

    def done(self, result: Any) -> None:
        """Gets the result."""


@dataclass(frozen=True)
class Running:
    """A job under way, and who hears of it."""

    title: str
    done: Callable[[Any], None]
    fraction: float = 0.0
    thread: WorkThread[float, Any] | None = field(default=None, compare=False)
    """Where the work runs, when it has a thread of its own."""
    writes: bool = False
    """To the project, by another connection."""
    uses_model: bool = False
    """It asks the model, and has no connection of its own to the project."""
    ended: Callable[[], None] = field(default=lambda: None, compare=False)
    """Called before `done`, and also when it failed or was cancelled."""
    failed: Callable[[str], None] = field(default=lambda _sentence: None, compare=False)
    """Gets the sentence when there is no result, beside everybody."""
    cancelled: Callable[[], None] = field(default=lambda: None, compare=False)
    """Called when the person wants it no more: it may be at work for a while all the same."""
    listener: JobListener | None = field(default=None, compare=False)
    """Hears instead of everybody how it goes, and that it failed."""
    shown_from: float = 0.0
    """The time (monotonic) before which it is shown to nobody."""
    is_cancelled: bool = False
    """Its end may be on its way all the same."""


class Jobs(QObject):
    """The long work of one window."""

    changed = Signal()
    _said = Signal(object)
    """A Reply, on the thread that made it."""
    arrived = Signal(object)
    """A Reply of work on a thread of its own."""
    failed = Signal(str)
    """The sentence for the person."""
    cancelled = Signal()
    wrote = Signal()
    """A job that writes to the project has ended, well or badly."""

    def __init__(self, engine: Runner) -> None:
        super().__init__()
        self._engine = engine
        self._ids = count(1)
        self._running: dict[int, Running] = {}
        self._said.connect(self.arrived, Qt.ConnectionType.QueuedConnection)

    @property
    def current(self) -> Running | None:
        """The one to show; the others wait their turn."""
        return next((each for _, each in _shown(self._running)), None)

    @property
    def has_project(self) -> bool:
        """Whether a job is running that may have the project open by another connection."""
        return any(each.thread is None and not each.uses_model for each in self._running.values())

    def start(
        self,
        title: str,
        steps: Callable[..., Work[Any]],
        done: Callable,
        *,
        writes: bool = False,
        uses_model: bool = False,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """Starts work that is made and stepped on the engine's thread, between clicks.

        done: gets the result on this thread, unless the work was cancelled. writes: the work writes to the project.
        uses_model: `steps` gets the model that is loaded (an app.engine.job_model.JobModel). ended: called first, and
        also when there is no result.
        """
        self._submit(steps, Running(title, done, writes=writes, uses_model=uses_model, ended=ended))

    def start_for(self, listener: JobListener, title: str, steps: Callable[[], Work[Any]]) -> Callable[[], None]:
        """Returns what drops it: it is cancelled, and its listener hears no more."""
        return partial(self._drop, self._submit(steps, Running(title, listener.done, listener=listener)))

    def _submit(self, steps: Callable[..., Work[Any]], running: Running) -> int:
        job = Job(next(self._ids), running.title, steps, uses_model=running.uses_model)
        self._running[job.id] = running
        self._engine.submit(job)
        self.changed.emit()
        return job.id

    def _drop(self, job_id: int) -> None:
        running = self._running.pop(job_id, None)
        if running is not None:
            self._cancel(job_id, running)
            self.changed.emit()

    def _cancel(self, job_id: int, running: Running) -> None:
        if job_id in self._running:
            self._running[job_id] = replace(running, is_cancelled=True)
        if running.thread is not None:
            running.thread.stop()
        else:
            self._engine.cancel_job(job_id)
        running.cancelled()

    def start_thread(
        self,
        title: str,
        work: Callable[[Callable[[float], None]], Any],
        done: Callable,
        *,
        ended: Callable[[], None] = lambda: None,
        failed: Callable[[str], None] = lambda _sentence: None,
        cancelled: Callable[[], None] = lambda: None,
        patience_s: float = 0.0,
    ) -> Callable[[], None]:
        """Runs work on a thread as a job. work: gets a function to tell its progress to, which ends it when it was
        cancelled. ended: called first, and also when there is no result. failed: gets the sentence that is told then.
        cancelled: called at once when it was, which its end may follow late. patience_s: so long this thread waits for
        it; what is over by then is done when this returns. Returns what drops it: it is ended, and nobody hears of it.
        """
        job = Job(next(self._ids), title, _no_steps)
        thread = WorkThread(title, work, 0.0)
        thread.told = partial(self._tell, job, Throttle())
        thread.ended = partial(self._tell_end, job, thread)
        shown_from = monotonic() + _QUIET_S if patience_s else 0.0
        self._running[job.id] = Running(
            title, done, thread=thread, ended=ended, failed=failed, cancelled=cancelled, shown_from=shown_from
        )
        thread.start()
        if patience_s and thread.wait(patience_s):
            QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall)  # what it has said arrives now
        elif patience_s:
            QTimer.singleShot(round(_QUIET_S * 1000) + 10, self, self.changed.emit)
        else:
            self.changed.emit()
        return partial(self._drop, job.id)

    def _tell(self, job: Job, throttle: Throttle, fraction: float) -> None:
        """On the thread."""
        if throttle.is_due():
            self._say(JobProgress(job, fraction))

    def _tell_end(self, job: Job, thread: WorkThread[float, Any]) -> None:
        """On the thread. Whatever happened becomes a reply."""
        try:
            reply: Reply = JobDone(job.id, thread.result())
        except WorkStopped:
            reply = JobDone(job.id, None, cancelled=True)
        except Problem as problem:
            reply = Failed(job, str(problem))
        except Exception as error:  # noqa: BLE001 errors are values
            sentence = say("{job} failed: {error}", job=job.title, error=error)
            reply = Failed(job, sentence, "".join(traceback.format_exception(error)))
        self._say(reply)

    def _say(self, reply: Reply) -> None:
        """On the thread, which may outlive the window: then nobody waits for it any more."""
        with suppress(RuntimeError):
            self._said.emit(reply)

    def try_export(
        self, project: Project, each: Format, title: str, listener: JobListener, options: Mapping[str, Value]
    ) -> Callable[[], None]:
        """What an export would tell; nothing is left of it. Returns what drops it."""
        path = project.path
        steps = partial(_with_sibling, path, lambda opened: try_export(opened, each, **options), writes=False)
        return self.start_for(listener, title, steps)

    def sample_outlines(
        self, project: Project, each: Format, title: str, listener: JobListener, options: Mapping[str, Value]
    ) -> Callable[[], None]:
        """What readers would see of some objects (OutlineFigures or None). Returns what drops it."""
        work = partial(sample_outlines, each=each, **options)
        steps = partial(_with_sibling, project.path, work, writes=False)
        return self.start_for(listener, title, steps)

    def import_file(self, project: Project, file: Path, format_name: str | None, title: str, done: Callable) -> None:
        """Imports a file into the project. done: gets the report."""
        self.start(title, partial(_import, project.path, file, format_name), done, writes=True)

    def export_file(
        self, project: Project, file: Path, format_name: str, title: str, done: Callable, options: Mapping[str, Value]
    ) -> None:
        """Exports the project. done: gets the report."""
        self.start(title, partial(_export, project.path, file, format_name, options), done)

    def check(self, project: Project, class_overlap: float, title: str, done: Callable) -> None:
        """Starts a job that checks a project and keeps in it what was found.

        class_overlap: see `check`. done: gets the findings.
        """
        work = partial(_checked, class_overlap=class_overlap)
        self.start(title, partial(_with_sibling, project.path, work, writes=not project.read_only), done)

    @property
    def is_writing(self) -> bool:
        """Whether a job is running that writes to the project."""
        return any(running.writes for running in self._running.values())

    def cancel_current(self) -> None:
        """Ends the job that is shown before its next step; the one after it is shown then."""
        for job_id, running in list(_shown(self._running))[:1]:
            self._cancel(job_id, running)

    def cancel_all(self) -> None:
        """Ends every job before its next step."""
        for job_id, running in list(self._running.items()):
            self._cancel(job_id, running)

    def cancel_of_project(self) -> None:
        """The project is being closed; a download goes on. A result that is made already is told to nobody."""
        for job_id, running in list(self._running.items()):
            if running.thread is None:
                self._running[job_id] = replace(running, done=_to_nobody)
                self._engine.cancel_job(job_id)

    def hear_progress(self, reply: JobProgress) -> None:
        """Hears how far a job is."""
        assert isinstance(reply.request, Job)
        running = self._running.get(reply.request.id)
        if running is not None:
            self._running[reply.request.id] = replace(running, fraction=reply.fraction)
            if running.listener is not None:
                running.listener.progressed(reply.fraction)
        self.changed.emit()

    def hear_end(self, reply: JobDone) -> None:
        """Hears that a job has a result, or was cancelled."""
        running = self._ended(reply.job_id)
        # what only asked the model left nothing behind; an import that was complete already has happened
        was_cancelled = reply.cancelled or (running is not None and running.is_cancelled and running.uses_model)
        if running is not None and not was_cancelled:
            running.done(reply.result)
        elif running is not None and running.listener is not None:
            running.listener.failed(say("Cancelled."))
        elif running is not None:
            self.cancelled.emit()
        self.changed.emit()

    def hear_failure(self, reply: Failed) -> None:
        """Hears that a job has failed."""
        assert isinstance(reply.request, Job)
        running = self._ended(reply.request.id)
        if running is not None and running.listener is not None:
            running.listener.failed(reply.sentence)
        elif running is not None:
            self.failed.emit(reply.sentence)
            running.failed(reply.sentence)
        self.changed.emit()

    def _ended(self, job_id: int) -> Running | None:
        running = self._running.pop(job_id, None)
        if running is not None and running.writes:
            self.wrote.emit()
        if running is not None:
            running.ended()
        return running


def _shown(running: Mapping[int, Running]) -> Iterator[tuple[int, Running]]:
    now = monotonic()
    return ((id, each) for id, each in running.items() if each.shown_from <= now)


def _to_nobody(_result: Any) -> None:
    pass


def _no_steps() -> Work[Any]:
    yield from ()


def _import(project: Path, file: Path, format_name: str | None) -> Work[Any]:
    from app.formats.registry import reader_of

    reader = reader_of(file, format_name, say("choosing its format"))
    return (yield from _with_sibling(project, lambda p: reader.import_file(p, file), writes=True))


def _export(project: Path, file: Path, format_name: str, options: Mapping[str, Value]) -> Work[Any]:
    from app.formats.registry import format_named

    writer = format_named(format_name)
    return (yield from _with_sibling(project, lambda p: writer.export_file(p, file, **options), writes=False))


def _checked(project: Project, class_overlap: float) -> Work[list[Finding]]:
    found = yield from check(project, class_overlap)
    with suppress(Problem):  # what cannot be kept can be looked at
        return project.findings.replace(found)
    return found


def _with_sibling(project: Path, work: Callable[[Project], Work[Any]], *, writes: bool) -> Work[Any]:
    """The work with a connection of its own, for the thread that steps it."""
    sibling = Project.sibling_of(project, read_only=not writes)
    try:
        return (yield from work(sibling))
    finally:
        sibling.close()
