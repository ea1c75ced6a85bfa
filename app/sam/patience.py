"""How long a server may take before a download is given up."""

from __future__ import annotations

from dataclasses import dataclass

_LONGEST_WAIT_S = 1.0
"""What took longer was no wait for the server: the computer slept."""


@dataclass(frozen=True)
class Patience:
    """How long is waited for what, in seconds."""

    pauses_s: tuple[float, ...] = (1.0, 3.0)
    """Before the second and the third try."""
    answer_s: float = 30.0
    """Until an answer begins, all redirects included."""
    silence_s: float = 15.0
    """Without a byte: then the connection is taken for broken."""
    look_s: float = 30.0
    """So long bytes are counted before they are compared with least_rate."""
    least_rate: int = 1000
    """Bytes a second: MobileSAM takes eleven hours at that."""

    @property
    def least_bytes(self) -> float:
        """What must come in look_s."""
        return self.look_s * self.least_rate


class Flow:
    """How fast the bytes of one connection come. Only waiting is counted, not the disk."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._bytes, self._waited_s, self._silent_s = 0, 0.0, 0.0
        self.is_too_slow = False
        """It goes on, but for ever."""

    @property
    def is_silent(self) -> bool:
        """Nothing comes any more."""
        return self._silent_s >= self._patience.silence_s

    def came(self, count: int, waited_s: float) -> None:
        """Counts the bytes, perhaps none, that came after a wait; there are several waits a second."""
        waited_s = min(waited_s, _LONGEST_WAIT_S)
        self._bytes, self._waited_s = self._bytes + count, self._waited_s + waited_s
        self._silent_s = 0.0 if count else self._silent_s + waited_s
        if self._waited_s >= self._patience.look_s:
            self.is_too_slow = self._bytes < self._waited_s * self._patience.least_rate
            self._bytes, self._waited_s = 0, 0.0
