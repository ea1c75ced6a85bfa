"""How often progress is told, and how long it will take."""

from __future__ import annotations

from time import monotonic

INTERVAL_S = 0.05
"""Twenty a second are smooth; more would only fill the queue of the window."""


class Throttle:
    """The first report is always due."""

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._last: float | None = None

    def is_due(self) -> bool:
        """True if a report is due now; then the next one is due an interval later."""
        now = monotonic()
        due = self._last is None or now - self._last >= self._interval_s
        if due:
            self._last = now
        return due


class Estimate:
    """Time left of work that takes about as long each time; the first time it goes by what has passed."""

    def __init__(self) -> None:
        self._last_s: float | None = None

    def eta_s(self, fraction: float, elapsed_s: float) -> float | None:
        """Seconds left when this fraction took so long; None while unknown."""
        if self._last_s is not None:
            return self._last_s * (1 - fraction)
        return elapsed_s / fraction * (1 - fraction) if fraction > 0 else None

    def finished(self, elapsed_s: float) -> None:
        """Notes how long the whole took."""
        self._last_s = elapsed_s
