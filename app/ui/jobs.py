"""Long work in the engine's batch lane: one progress bar, cancel, and somebody to hand the result to."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from app.engine.requests import Failed, Job, JobDone, Progress, Reply, Request
from app.project.store import Project


class Runner(Protocol):
    """The engine, as the window knows it."""

    def submit(self, request: Request) -> None: ...

    def cancel_job(self, job_id: int) -> None: ...


@dataclass(frozen=True)
class Running:
    title: str
    fraction: float
    done: Callable[[Any], None]


class Jobs(QObject):
    changed = Signal()

    def __init__(self, engine: Runner) -> None:
        super().__init__()
        self._engine = engine
        self._ids = count(1)
        self._running: dict[int, Running] = {}

    @property
    def current(self) -> Running | None:
        """The one to show; the others wait their turn."""
        return next(iter(self._running.values()), None)

    def start(self, title: str, steps: Callable[[], Generator[tuple[int, int], None, Any]], done: Callable) -> None:
        """steps: made and stepped on the engine's thread; done: gets the result on this one, unless cancelled."""
        job_id = next(self._ids)
        self._running[job_id] = Running(title, 0.0, done)
        self._engine.submit(Job(job_id, title, steps))
        self.changed.emit()

    def import_file(self, project: Project, file: Path, format_name: str, title: str, done: Callable) -> None:
        self.start(title, lambda: _import(project.path, file, format_name), done)

    def export_file(self, project: Project, file: Path, format_name: str, title: str, done: Callable) -> None:
        self.start(title, lambda: _export(project.path, file, format_name), done)

    def cancel_all(self) -> None:
        for job_id in list(self._running):
            self._engine.cancel_job(job_id)

    def receive(self, reply: Reply) -> bool:
        """False when the reply is none of a job."""
        match reply:
            case Progress(request=Job(id=job_id), fraction=fraction):
                if job_id in self._running:
                    self._running[job_id] = replace(self._running[job_id], fraction=fraction)
            case JobDone(job_id=job_id, result=result, cancelled=cancelled):
                running = self._running.pop(job_id, None)
                if running is not None and not cancelled:
                    running.done(result)
            case Failed(request=Job(id=job_id)):
                self._running.pop(job_id, None)
            case _:
                return False
        self.changed.emit()
        return True


def _import(project: Path, file: Path, format_name: str) -> Generator[tuple[int, int], None, Any]:
    from app.formats.base import format_named

    return (yield from _with_sibling(project, lambda p: format_named(format_name).import_file(p, file), writes=True))


def _export(project: Path, file: Path, format_name: str) -> Generator[tuple[int, int], None, Any]:
    from app.formats.base import format_named

    return (yield from _with_sibling(project, lambda p: format_named(format_name).export_file(p, file), writes=False))


def _with_sibling(
    project: Path, work: Callable[[Project], Generator[tuple[int, int], None, Any]], *, writes: bool
) -> Generator[tuple[int, int], None, Any]:
    """The work with a connection of its own, for the thread that steps it."""
    sibling = Project.sibling_of(project, read_only=not writes)
    try:
        return (yield from work(sibling))
    finally:
        sibling.close()
