"""The active time that an object cost."""

from __future__ import annotations

from collections.abc import Callable

PAUSE_S = 30.0
"""A longer gap between two actions is a pause and is not counted."""


class Effort:
    """Counts active time from the last thing done before the object (opening the image, an accept) to its accept."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._active_s = 0.0
        self._last = clock()

    def touch(self) -> None:
        """Notes that the person did something."""
        now = self._clock()
        if now - self._last <= PAUSE_S:
            self._active_s += now - self._last
        self._last = now

    @property
    def milliseconds(self) -> int:
        """The active time since the start."""
        return round(self._active_s * 1000)

    def start(self) -> None:
        """Starts anew: from here on time counts for the next object."""
        self._active_s, self._last = 0.0, self._clock()
