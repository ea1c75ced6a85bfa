"""How much of an import is one transaction."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from time import perf_counter, thread_time
from typing import TypeVar

_BUDGET_S = 0.005
_LEAST, _MOST = 100, 1000
_PATIENCE_S = 0.05
_T = TypeVar("_T")


class Pace:
    """A mask that is accepted meanwhile waits for the transaction of the moment, which is kept to a few milliseconds.
    A thousand records at once take half the time of a hundred."""

    def __init__(self) -> None:
        self._size = _LEAST

    def some(self, work: Iterator[_T]) -> Iterator[_T]:
        """The next of the work, for one transaction. Less when it is slow: a click waits for it, and some images lie at
        the end of a long line."""
        late = perf_counter() + _PATIENCE_S
        for each in islice(work, self._size):
            yield each
            if perf_counter() > late:
                return

    @contextmanager
    def kept(self) -> Generator[None]:
        """Around a transaction: the time it takes makes the next one longer or shorter. Time of the processor, since
        on a busy computer short ones make everything slower still."""
        began = thread_time()
        yield
        fitting = int(self._size * _BUDGET_S / max(thread_time() - began, 1e-6))
        self._size = min(max(fitting, _LEAST), 2 * self._size, _MOST)
