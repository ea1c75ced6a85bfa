"""How much of an import is one transaction."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from time import perf_counter

_BUDGET_S = 0.008
_LEAST, _MOST = 20, 1000


class Pace:
    """A mask that is accepted meanwhile waits for the transaction of the moment, a click for the batch: both are kept
    to a few milliseconds, whatever the disk and the records are like."""

    def __init__(self) -> None:
        self.size = _LEAST
        """Records of the next batch."""

    @contextmanager
    def kept(self) -> Generator[None]:
        """Around the work on one batch: what it takes makes the next one longer or shorter."""
        began = perf_counter()
        yield
        fitting = int(self.size * _BUDGET_S / max(perf_counter() - began, 1e-6))
        self.size = min(max(fitting, _LEAST), 2 * self.size, _MOST)
