"""Long work, in two forms: a generator that yields how far it is, or a function that tells it.

A generator can be stepped between clicks (app.engine.batch) or be driven to its end by `run`, which makes a function of
the second form of it. A WorkThread gives such a function a thread of its own; it may be ended between two steps.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from threading import Event, Thread
from traceback import clear_frames
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")
P = TypeVar("P")


class Progress(NamedTuple):
    """How far some work is."""

    done: int
    total: int
    """0 while nobody knows."""


Work: TypeAlias = Generator[tuple[int, int], None, T]
"""Yields (done, total), a Progress or a tuple like it."""
WideWork: TypeAlias = Generator[tuple[int, int, *tuple[Any, ...]], None, T]
"""Yields more than that at each step, for who looks at it while it is done."""


def run(work: Work[T] | WideWork[T], on_progress: Callable[[Progress], object] = lambda _progress: None) -> T:
    """Drives the work to its end on this thread and returns its result. What on_progress raises ends the work."""
    with closing(work):
        while True:
            try:
                done, total, *_ = next(work)
            except StopIteration as end:
                return end.value
            on_progress(Progress(done, total))


def part_of(work: Work[T], done: int, total: int) -> Work[T]:
    """Does a part of some work and yields how far the whole is. done: of the whole, before this part, in the units in
    which the part tells its own."""
    with closing(work):
        while True:
            try:
                more, _ = next(work)
            except StopIteration as end:
                return end.value
            yield Progress(done + more, total)


class WorkStopped(Exception):  # noqa: N818  it is no error
    """The work was ended before it had a result."""


class WorkThread(Generic[P, T]):
    """Does one work on a thread of its own. Its owner looks at it now and then, or hears by `told` and `ended`."""

    def __init__(self, name: str, work: Callable[[Callable[[P], None]], T], first: P) -> None:
        """Prepares a thread for some work. work: gets a function to tell its progress to, which raises WorkStopped
        when it is to end. first: the progress before any was told."""
        self.progress = first
        """The last one that was told."""
        self.told: Callable[[P], object] = lambda _progress: None
        """Called on the thread with each progress."""
        self.ended: Callable[[], object] = lambda: None
        """Called on the thread when the work is over."""
        self._work = work
        self._result: Any = None
        self._error: BaseException | None = None
        self._is_stopped, self._may_go_on, self._over = Event(), Event(), Event()
        self._may_go_on.set()
        self._thread = Thread(target=self._do, name=name, daemon=True)

    def start(self) -> None:
        """Begins the work."""
        self._thread.start()

    def wait(self, patience_s: float) -> bool:
        """Waits so long until it has ended and told so; returns whether it has."""
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def hold(self, still: bool) -> None:
        """Makes it stand still between two steps, or go on."""
        if still:
            self._may_go_on.clear()
        else:
            self._may_go_on.set()

    def stop(self, patience_s: float = 0.0) -> bool:
        """Ends the work before its next step, and waits for that so long; returns whether it has ended."""
        self._is_stopped.set()
        self._may_go_on.set()
        if patience_s:
            self._thread.join(patience_s)
        return self.is_over

    @property
    def is_over(self) -> bool:
        """True when it has ended, well or badly; `result` tells how."""
        return self._over.is_set()

    def result(self) -> T:
        """Returns the result, or raises what the work raised; WorkStopped when it was ended before."""
        if self._error is not None:
            raise self._error
        return self._result

    def _do(self) -> None:
        try:
            self._result = self._work(self._tell)
        except BaseException as error:  # noqa: BLE001  raised again for the owner
            clear_frames(error.__traceback__)
            self._error = error
        finally:
            self._over.set()
            self.ended()
            self._let_go()

    def _let_go(self) -> None:
        """What was worked with goes now: owners are told by functions that know this thread, as the frames of an error
        do, and for such a circle a collector comes late, or never."""
        if self._error is not None:
            self._error.__traceback__ = None
        del self._work
        self.told, self.ended = (lambda _progress: None), (lambda: None)

    def _tell(self, progress: P) -> None:
        self.progress = progress
        self._may_go_on.wait()
        if self._is_stopped.is_set():
            raise WorkStopped
        self.told(progress)
