"""Long work, in one form: a generator that yields how far it is and returns its result.

Whoever drives it decides where it runs (between clicks, on a thread, in the terminal) and may end it between two steps.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from threading import Event, Thread
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")


class Progress(NamedTuple):
    """How far some work is."""

    done: int
    total: int
    """0 while nobody knows."""


Work: TypeAlias = Generator[Progress, None, T]


def run(work: Work[T], on_progress: Callable[[Progress], object] = lambda _progress: None) -> T:
    """Drives the work to its end on this thread and returns its result. What on_progress raises ends the work."""
    with closing(work):
        while True:
            try:
                progress = next(work)
            except StopIteration as end:
                return end.value
            on_progress(progress)


class WorkStopped(Exception):  # noqa: N818  it is no error
    """The work was ended before it had a result."""


class WorkThread(Generic[T]):
    """Drives one work on a thread of its own. Nothing is called back: its owner looks at it now and then."""

    def __init__(self, name: str, work: Callable[[], Work[T]]) -> None:
        """Prepares a thread for some work. work: makes the generator; called on the thread, as a connection belongs to
        the thread that opened it."""
        self.progress = Progress(0, 0)
        """The last one that was told."""
        self._work = work
        self._result: Any = None
        self._error: BaseException | None = None
        self._is_stopped, self._may_go_on, self._over = Event(), Event(), Event()
        self._may_go_on.set()
        self._thread = Thread(target=self._drive, name=name, daemon=True)

    def start(self) -> None:
        """Begins the work."""
        self._thread.start()

    def hold(self, still: bool) -> None:
        """Makes it stand still between two steps, or go on."""
        if still:
            self._may_go_on.clear()
        else:
            self._may_go_on.set()

    def stop(self, patience_s: float) -> bool:
        """Ends the work before its next step, and waits for that so long; returns whether it has ended."""
        self._is_stopped.set()
        self._may_go_on.set()
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    @property
    def is_over(self) -> bool:
        """True when it has ended, well or badly; `result` tells how."""
        return self._over.is_set()

    def result(self) -> T:
        """Returns the result, or raises what the work raised; WorkStopped when it was ended before."""
        if self._error is not None:
            raise self._error
        return self._result

    def _drive(self) -> None:
        try:
            self._result = run(self._work(), self._told)
        except BaseException as error:  # noqa: BLE001  raised again for the owner
            self._error = error
        finally:
            self._over.set()

    def _told(self, progress: Progress) -> None:
        self.progress = progress
        self._may_go_on.wait()
        if self._is_stopped.is_set():
            raise WorkStopped
