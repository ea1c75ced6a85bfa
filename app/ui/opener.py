"""Opens what the person pointed at on a thread of its own: a drive may be slow, and a file that was not closed is
looked through. What is there at once is shown at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event, Lock

from app.problem import Problem
from app.project.respelled import is_one_file
from app.project.store import Project
from app.text import say
from app.ui import opening
from app.ui.jobs import Jobs
from app.work import WorkStopped

PATIENCE_S = 0.04
"""So long the window waits for a project: nobody feels it, and nothing is drawn that is gone again at once."""


class PendingProject:
    """A project on its way from the thread that opens it to the one of the window; closed where nobody wants it."""

    def __init__(self, path: Path | None, then: Callable[[], object] = lambda: None, *, is_ready: bool = False) -> None:
        """Prepares it. path: what the person pointed at, None for the sample photos. then: called when it is shown.
        is_ready: it was made ready before."""
        self.path, self.then, self._is_ready = path, then, is_ready
        self.photo: Path | None = None
        """The file of an image that is to be shown."""
        self.unready: Path | None = None
        """The file of a project that is to be made ready first."""
        self.title = say("Opening {name}", name=path.stem) if path else say("Opening the sample project")
        """What is done, for the person."""
        self.is_over = Event()
        self._project: Project | None = None
        self.is_dropped = False
        """Whether nobody wants it any more."""
        self._lock = Lock()

    def run(self, shown: Path | None, before: Sequence[PendingProject], tell: Callable[[float], None]) -> None:
        """Opens it, on the thread. Raises Problem. shown: the project in the window. before: what was to be opened
        before, and may have this project still."""
        try:
            for each in before:
                if each.path == self.path:
                    each.is_over.wait()
            self._open(shown, tell)
        finally:
            self.is_over.set()

    def _open(self, shown: Path | None, tell: Callable[[float], None]) -> None:
        path = opening.sample_folder() if self.path is None else self.path
        existing, self.photo = opening.project_at(path), opening.photo_of(path)
        if existing is not None and shown is not None and is_one_file(shown, existing):
            return
        if existing is not None and not self._is_ready and opening.is_slow_to_open(existing):
            self.unready, name = existing, existing.stem
            older = opening.needs_renewal(existing)
            self.title = (
                say("Bringing {name} to this version", name=name) if older else say("Looking through {name}", name=name)
            )
            return
        project = opening.open_found(path, existing)
        try:
            _read_ahead(project)
            tell(1.0)
            self._hand_over(project)
        except BaseException:
            project.close()
            raise

    def _hand_over(self, project: Project) -> None:
        with self._lock:
            if self.is_dropped:
                raise WorkStopped
            self._project = project

    def taken(self) -> Project | None:
        """Returns the project, which belongs to this thread from now on; None when it is in the window already."""
        with self._lock:
            project, self._project = self._project, None
        if project is not None:
            project.file.take_over()
        return project

    def drop(self) -> None:
        """Closes it, now or as soon as it is open: nobody wants it any more."""
        with self._lock:
            self.is_dropped = True
        project = self.taken()
        if project is not None:
            project.close()


class Opener:
    """Opens one thing at a time: the one that was wanted last."""

    def __init__(
        self, jobs: Jobs, opened: Callable[[PendingProject], object], tell_notes: Callable[[tuple[str, ...]], object]
    ) -> None:
        """`opened` gets what is open. `tell_notes` gets what was found when a project was made ready, once it is
        shown."""
        self._jobs, self._opened, self._tell_notes = jobs, opened, tell_notes
        self._wanted: PendingProject | None = None
        self._under_way: list[PendingProject] = []

    def open(self, wanted: PendingProject, shown: Path | None) -> None:
        """Opens it; a Problem is told. shown: the project in the window."""
        self.drop()
        before = [each for each in self._under_way if not each.is_over.is_set()]
        self._wanted, self._under_way = wanted, [*before, wanted]
        work = partial(wanted.run, shown, before)
        self._jobs.start_thread(wanted.title, work, lambda _none: self._go_on(wanted, shown), patience_s=PATIENCE_S)

    def drop(self) -> None:
        """Opens nothing any more: something else is wanted."""
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            wanted.drop()

    def _go_on(self, wanted: PendingProject, shown: Path | None) -> None:
        if wanted is self._wanted and wanted.unready is not None:
            work = partial(opening.make_ready, wanted.unready)
            self._jobs.start_thread(wanted.title, work, partial(self._open_ready, wanted, shown))
        elif wanted is self._wanted:
            self._opened(wanted)

    def _open_ready(self, wanted: PendingProject, shown: Path | None, notes: tuple[str, ...]) -> None:
        if wanted is self._wanted:
            self.open(
                PendingProject(wanted.path, lambda: (wanted.then(), self._tell_notes(notes)), is_ready=True), shown
            )


def _read_ahead(project: Project) -> None:
    """What the window shows first. What cannot be read is told there."""
    with suppress(Problem):
        project.images()
        project.statistics.annotation_counts()
        project.statistics.category_counts()
        project.statistics.mean_milliseconds()
        _ = project.whereabouts.is_settled
