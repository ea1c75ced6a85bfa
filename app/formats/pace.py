"""How much of an import is one transaction."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from time import perf_counter
from typing import TypeVar

_BUDGET_S = 0.008
_LEAST, _MOST = 100, 1000
_PATIENCE_S = 0.05
_T = TypeVar("_T")


class Pace:
    """A mask that is accepted meanwhile waits for the transaction of the moment, a click for the batch: both are kept
    to a few milliseconds. Many records at once take a third of the time of a few."""

    def __init__(self) -> None:
        self._size = _LEAST

    @contextmanager
    def batch(self, work: Iterator[_T]) -> Generator[Iterable[_T]]:
        """The next of the work, for a block that does it: the time it takes makes the next batch longer or shorter."""
        began = perf_counter()
        yield self._until(work, began + _PATIENCE_S)
        fitting = int(self._size * _BUDGET_S / max(perf_counter() - began, 1e-6))
        self._size = min(max(fitting, _LEAST), 2 * self._size, _MOST)

    def _until(self, work: Iterator[_T], moment: float) -> Iterator[_T]:
        """Some images lie at the end of a slow line."""
        for each in islice(work, self._size):
            yield each
            if perf_counter() > moment:
                return
