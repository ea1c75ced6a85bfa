"""Opens what the person pointed at on a thread of its own: a drive may be slow, and a file that was not closed is
looked through. What is there at once is shown at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event, Lock

from app.problem import Problem
from app.project.respelled import is_one_file
from app.project.store import Project
from app.text import say
from app.ui import opening
from app.ui.jobs import Jobs
from app.ui.recent_projects import is_file
from app.work import WorkStopped

PATIENCE_S = 0.04
"""So long the window waits for a project: nobody feels it, and nothing is drawn that is gone again at once."""


class PendingProject:
    """A project on its way from the thread that opens it to the one of the window; closed where nobody wants it."""

    def __init__(
        self,
        path: Path | None,
        then: Callable[[], object] = lambda: None,
        *,
        is_ready: bool = False,
        by_itself: bool = False,
    ) -> None:
        """Prepares it. path: what the person pointed at, None for the sample photos. then: called when it is shown.
        is_ready: it was made ready before. by_itself: nobody pointed at it; it is opened only if it is there and no
        other window has it."""
        self.path, self.then, self._is_ready, self.by_itself = path, then, is_ready, by_itself
        self.photo: Path | None = None
        """The file of an image that is to be shown."""
        self.unready: Path | None = None
        """The file of a project that is to be made ready first."""
        name = path.stem if path else ""
        opening_it = say("Opening {name}", name=name) if path else say("Opening the sample project")
        self.title = say("Looking for {name}", name=name) if by_itself else opening_it
        """What is done, for the person."""
        self.is_over = Event()
        """Set while no thread is at work on it."""
        self.is_awaited = True
        """Whether it may still be shown."""
        self._begun: Path | None = None
        """The file of the project that is opened, or the folder that gets one."""
        self._project: Project | None = None
        self.is_dropped = False
        """Whether nobody wants it any more."""
        self._lock = Lock()

    def run(self, shown: Path | None, before: Sequence[PendingProject], tell: Callable[[float], None]) -> None:
        """Opens it, on the thread. Raises Problem. shown: the project in the window. before: what was to be opened
        before, and may have this project still."""
        with self._at_work():
            for each in before:
                if each.path == self.path:
                    each.is_over.wait()
            self._open(shown, before, tell)

    def make_ready(self, tell: Callable[[float], None]) -> tuple[str, ...]:
        """Does what is to be done before it is opened, on the thread; returns what there is to tell. Raises Problem."""
        assert self.unready is not None
        with self._at_work():
            return opening.make_ready(self.unready, tell)

    @contextmanager
    def _at_work(self) -> Generator[None]:
        try:
            yield
        except BaseException:
            self.is_awaited = False
            raise
        finally:
            self.is_over.set()

    def _open(self, shown: Path | None, before: Sequence[PendingProject], tell: Callable[[float], None]) -> None:
        path = (opening.sample_folder() if self.path is None else self.path).expanduser().absolute()
        if self.by_itself and not is_file(path):
            return
        existing, self.photo = opening.project_at(path), opening.photo_of(path)
        folder = path if path.is_dir() else path.parent
        if self._wait_for(before, [folder] if existing is None else [folder, existing]):
            existing = opening.project_at(path)  # it may have been made meanwhile
        if existing is not None and shown is not None and is_one_file(shown, existing):
            return
        self._begin(existing or folder)
        if self.by_itself and opening.is_open_elsewhere(path):
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

    def _wait_for(self, before: Sequence[PendingProject], places: Sequence[Path]) -> bool:
        """Waits for those that have the same project still, by whatever path; returns whether there were any. One that
        has found nothing yet, as on a drive that does not answer, opens nothing any more."""
        same = [each for each in before if each._begun and any(is_one_file(each._begun, place) for place in places)]
        for each in same:
            each.is_over.wait()
        return bool(same)

    def _begin(self, place: Path) -> None:
        with self._lock:
            if self.is_dropped:
                raise WorkStopped
            self._begun = place

    def _hand_over(self, project: Project) -> None:
        with self._lock:
            if self.is_dropped:
                raise WorkStopped
            self._project = project

    def taken(self) -> Project | None:
        """Returns the project, which belongs to this thread from now on; None when it is in the window already."""
        with self._lock:
            project, self._project = self._project, None
            self.is_awaited = False
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
        self._leave: list[Callable[[], None]] = []
        """What ends the jobs for what is wanted, so that nobody hears of them."""

    @property
    def is_under_way(self) -> bool:
        """Whether something is wanted that is not shown yet."""
        return self._wanted is not None and self._wanted.is_awaited

    def open(self, wanted: PendingProject, shown: Path | None) -> None:
        """Opens it; a Problem is told. shown: the project in the window."""
        same = self._wanted
        is_same = same is not None and same.path == wanted.path and not same.by_itself
        if same is not None and is_same and not same.is_over.is_set():
            same.then = partial(_do_both, same.then, wanted.then)
        else:
            self._begin(wanted, shown)

    def _begin(self, wanted: PendingProject, shown: Path | None) -> None:
        self.drop()
        before = [each for each in self._under_way if not each.is_over.is_set()]
        self._wanted, self._under_way = wanted, [*before, wanted]
        work = partial(wanted.run, shown, before)
        patience_s = 0.0 if wanted.by_itself else PATIENCE_S  # a server may be away
        leave = self._jobs.start_thread(
            wanted.title,
            work,
            lambda _none: self._go_on(wanted, shown),
            cancelled=partial(self._give_up, wanted),
            patience_s=patience_s,
        )
        self._leave.append(leave)

    def drop(self) -> None:
        """Opens nothing any more: something else is wanted."""
        wanted, self._wanted = self._wanted, None
        leave, self._leave = self._leave, []
        if wanted is not None:
            wanted.drop()
        for each in leave:
            each()

    def _give_up(self, wanted: PendingProject) -> None:
        """The person wants it no more; who points at it again does."""
        if wanted is self._wanted:
            self._wanted = None
            wanted.drop()

    def _go_on(self, wanted: PendingProject, shown: Path | None) -> None:
        if wanted is self._wanted and wanted.unready is not None:
            wanted.is_over.clear()
            done = partial(self._open_ready, wanted, shown)
            give_up = partial(self._give_up, wanted)
            self._leave.append(self._jobs.start_thread(wanted.title, wanted.make_ready, done, cancelled=give_up))
        elif wanted is self._wanted:
            self._opened(wanted)

    def _open_ready(self, wanted: PendingProject, shown: Path | None, notes: tuple[str, ...]) -> None:
        if wanted is self._wanted:
            then = partial(_do_both, wanted.then, lambda: self._tell_notes(notes))
            self._begin(PendingProject(wanted.path, then, is_ready=True), shown)


def _do_both(first: Callable[[], object], second: Callable[[], object]) -> None:
    first()
    second()


def _read_ahead(project: Project) -> None:
    """What the window shows first. What cannot be read is told there."""
    with suppress(Problem):
        project.images()
        project.statistics.annotation_counts()
        project.statistics.category_counts()
        project.statistics.mean_milliseconds()
        _ = project.whereabouts.is_settled
