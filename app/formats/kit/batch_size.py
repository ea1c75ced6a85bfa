"""Batch size of an import: how many records are one transaction."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from time import perf_counter, thread_time
from typing import TypeVar

_BUDGET_S = 0.01
_LEAST, _MOST = 100, 1000
_PATIENCE_S = 0.05
_T = TypeVar("_T")


class BatchSize:
    """A limit in time for work of which one piece may take a thousand times as long as another."""

    def __init__(self) -> None:
        self._until = perf_counter() + _PATIENCE_S

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return perf_counter() > self._until


def some(work: Iterator[_T]) -> Iterator[_T]:
    """Yields the next of the work, as many as pay at once; less when it is slow: some images lie at the end of a long
    line, and a cancel waits for it."""
    patience = BatchSize()
    for each in islice(work, _MOST):
        yield each
        if patience.is_over:
            return


class Pace:
    """The length of transactions: a mask that is accepted meanwhile waits for the one of the moment, which is kept to a
    few milliseconds. A thousand records at once take half the time of a hundred."""

    def __init__(self) -> None:
        self.size = _LEAST
        """Of the next transaction, in records."""

    @contextmanager
    def kept(self) -> Generator[None]:
        """Measures a transaction: the time it takes makes the next one longer or shorter. It is time of the processor,
        since on a busy computer short ones make everything slower still."""
        began = thread_time()
        yield
        fitting = int(self.size * _BUDGET_S / max(thread_time() - began, 1e-6))
        self.size = min(max(fitting, _LEAST), 2 * self.size, _MOST)
