"""Long work: one progress bar, cancel, and somebody to hand the result to.

What touches a project runs in the engine's batch lane, stepped between clicks. What waits for a network or a disk has a
thread of its own, so that the model is free meanwhile.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, Signal

from app.engine.replies import Failed, JobDone, JobProgress, Reply
from app.engine.requests import Job, Submit
from app.formats.kit.format import Format, try_export
from app.formats.kit.options import Value
from app.problem import Problem
from app.project.quality.checks import check
from app.project.store import Project
from app.text import say


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
    stop: threading.Event | None = field(default=None, compare=False)
    """Of work on a thread of its own."""
    writes: bool = False
    """To the project, by another connection."""
    ended: Callable[[], None] = field(default=lambda: None, compare=False)
    """Called before `done`, and also when it failed or was cancelled."""
    listener: JobListener | None = field(default=None, compare=False)
    """Hears instead of everybody how it goes, and that it failed."""


class _CancelledError(Exception):
    """Raised at a progress report."""


class Jobs(QObject):
    """The long work of one window."""

    changed = Signal()
    _said = Signal(object)
    """A Reply of a thread of ours."""
    arrived = Signal(object)
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
        return next(iter(self._running.values()), None)

    def start(
        self,
        title: str,
        steps: Callable[..., Generator[tuple[int, int], None, Any]],
        done: Callable,
        *,
        writes: bool = False,
        uses_model: bool = False,
    ) -> None:
        """Starts work that is made and stepped on the engine's thread, between clicks.

        done: gets the result on this thread, unless the work was cancelled. writes: the work writes to the project.
        uses_model: `steps` gets the model that is loaded (an app.engine.job_model.JobModel).
        """
        self._submit(steps, Running(title, done, writes=writes), uses_model=uses_model)

    def start_for(
        self, listener: JobListener, title: str, steps: Callable[[], Generator[tuple[int, int], None, Any]]
    ) -> Callable[[], None]:
        """Returns what drops it: it is cancelled, and its listener hears no more."""
        return partial(self._drop, self._submit(steps, Running(title, listener.done, listener=listener)))

    def _submit(
        self, steps: Callable[..., Generator[tuple[int, int], None, Any]], running: Running, *, uses_model: bool = False
    ) -> int:
        job = Job(next(self._ids), running.title, steps, uses_model=uses_model)
        self._running[job.id] = running
        self._engine.submit(job)
        self.changed.emit()
        return job.id

    def _drop(self, job_id: int) -> None:
        if self._running.pop(job_id, None) is not None:
            self._engine.cancel_job(job_id)
            self.changed.emit()

    def start_thread(
        self,
        title: str,
        work: Callable[[Callable[[float], None]], Any],
        done: Callable,
        *,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """Runs work on a thread as a job. work: gets a function to tell its progress to, which ends it when it was
        cancelled. ended: called first, and also when there is no result."""
        job, stop = Job(next(self._ids), title, _no_steps), threading.Event()
        self._running[job.id] = Running(title, done, stop=stop, ended=ended)
        threading.Thread(target=self._work, args=(job, work, stop), name=title, daemon=True).start()
        self.changed.emit()

    def _work(self, job: Job, work: Callable[[Callable[[float], None]], Any], stop: threading.Event) -> None:
        """On the thread. Whatever happens becomes a reply."""
        told = -1.0

        def tell(fraction: float) -> None:
            nonlocal told
            if stop.is_set():
                raise _CancelledError
            if fraction >= told + 0.002:
                told = fraction
                self._said.emit(JobProgress(job, fraction))

        try:
            self._said.emit(JobDone(job.id, work(tell)))
        except _CancelledError:
            self._said.emit(JobDone(job.id, None, cancelled=True))
        except Problem as problem:
            self._said.emit(Failed(job, str(problem)))
        except Exception as error:  # noqa: BLE001 errors are values
            self._said.emit(
                Failed(job, say("{job} failed: {error}", job=job.title, error=error), traceback.format_exc())
            )

    def try_export(
        self, project: Project, each: Format, title: str, listener: JobListener, options: Mapping[str, Value]
    ) -> Callable[[], None]:
        """What an export would tell; nothing is left of it. Returns what drops it."""
        path = project.path
        steps = partial(_with_sibling, path, lambda opened: try_export(opened, each, **options), writes=False)
        return self.start_for(listener, title, steps)

    def import_file(self, project: Project, file: Path, format_name: str, title: str, done: Callable) -> None:
        """Imports a file into the project. done: gets the report."""
        self.start(title, partial(_import, project.path, file, format_name), done, writes=True)

    def export_file(
        self, project: Project, file: Path, format_name: str, title: str, done: Callable, options: Mapping[str, Value]
    ) -> None:
        """Exports the project. done: gets the report."""
        self.start(title, partial(_export, project.path, file, format_name, options), done)

    def check(self, project: Project, title: str, done: Callable) -> None:
        """Starts a job that checks a project. done: gets the findings."""
        self.start(title, partial(_with_sibling, project.path, check, writes=False), done)

    @property
    def is_writing(self) -> bool:
        """Whether a job is running that writes to the project."""
        return any(running.writes for running in self._running.values())

    def cancel_all(self) -> None:
        """Ends every job before its next step."""
        for job_id, running in list(self._running.items()):
            if running.stop is not None:
                running.stop.set()
            else:
                self._engine.cancel_job(job_id)

    def cancel_of_project(self) -> None:
        """The project is being closed; a download goes on. A result that is made already is told to nobody."""
        for job_id, running in list(self._running.items()):
            if running.stop is None:
                self._running[job_id] = replace(running, done=_to_nobody)
                self._engine.cancel_job(job_id)

    def receive(self, reply: Reply) -> bool:
        """False when the reply is none of a job."""
        match reply:
            case JobProgress(request=Job(id=job_id), fraction=fraction):
                self._progressed(job_id, fraction)
            case JobDone(job_id=job_id, result=result, cancelled=cancelled):
                self._done(job_id, result, cancelled=cancelled)
            case Failed(request=Job(id=job_id), sentence=sentence):
                self._failed(job_id, sentence)
            case _:
                return False
        self.changed.emit()
        return True

    def _progressed(self, job_id: int, fraction: float) -> None:
        running = self._running.get(job_id)
        if running is not None:
            self._running[job_id] = replace(running, fraction=fraction)
            if running.listener is not None:
                running.listener.progressed(fraction)

    def _done(self, job_id: int, result: Any, *, cancelled: bool) -> None:
        running = self._ended(job_id)
        if running is None:
            return
        if not cancelled:
            running.done(result)
        elif running.listener is not None:
            running.listener.failed(say("Cancelled."))
        else:
            self.cancelled.emit()

    def _failed(self, job_id: int, sentence: str) -> None:
        running = self._ended(job_id)
        if running is not None and running.listener is not None:
            running.listener.failed(sentence)
        elif running is not None:
            self.failed.emit(sentence)

    def _ended(self, job_id: int) -> Running | None:
        running = self._running.pop(job_id, None)
        if running is not None and running.writes:
            self.wrote.emit()
        if running is not None:
            running.ended()
        return running


def _to_nobody(_result: Any) -> None:
    pass


def _no_steps() -> Generator[tuple[int, int], None, Any]:
    yield from ()


def _import(project: Path, file: Path, format_name: str) -> Generator[tuple[int, int], None, Any]:
    from app.formats.registry import format_named

    return (yield from _with_sibling(project, lambda p: format_named(format_name).import_file(p, file), writes=True))


def _export(
    project: Path, file: Path, format_name: str, options: Mapping[str, Value]
) -> Generator[tuple[int, int], None, Any]:
    from app.formats.registry import format_named

    writer = format_named(format_name)
    return (yield from _with_sibling(project, lambda p: writer.export_file(p, file, **options), writes=False))


def _with_sibling(
    project: Path, work: Callable[[Project], Generator[tuple[int, int], None, Any]], *, writes: bool
) -> Generator[tuple[int, int], None, Any]:
    """The work with a connection of its own, for the thread that steps it."""
    sibling = Project.sibling_of(project, read_only=not writes)
    try:
        return (yield from work(sibling))
    finally:
        sibling.close()
