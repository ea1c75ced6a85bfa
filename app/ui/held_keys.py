"""Which keys are held. X11 repeats a held key (auto-repeat) as a release and a press, and Qt takes one in ten of such
releases for the end: that of a key which was held for long is believed only when no press follows at once."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeyEvent

_FIRST_REPEAT_S = 0.15
"""No system begins to repeat a key earlier: until then a release is one."""
_PAUSE_MS = 40
"""The press that belongs to a repetition comes within it, and no finger is as quick."""


class HeldKeys:
    """Tells a key that is pressed from one that is still held, and calls who waits for it to be let go."""

    def __init__(self, let_go: Callable[[int], object]) -> None:
        """Begins with no key held. let_go: called with the key (Qt.Key) that the person let go."""
        self._let_go = let_go
        self._since: dict[int, float] = {}
        self._ending: dict[int, QTimer] = {}

    def press(self, event: QKeyEvent) -> bool:
        """Returns True when the key was held already: this is a repetition."""
        key = event.key()
        ending = self._ending.pop(key, None)
        if ending is not None:
            ending.stop()
        is_repetition = event.isAutoRepeat() or ending is not None
        if not is_repetition:
            self._since[key] = monotonic()
        return is_repetition

    def release(self, event: QKeyEvent) -> None:
        """Tells that the key is let go: now, or when it is not pressed again in a moment."""
        key = event.key()
        if event.isAutoRepeat():
            return
        if monotonic() - self._since.get(key, monotonic()) < _FIRST_REPEAT_S:
            self._end(key)
            return
        timer = self._ending[key] = QTimer(singleShot=True, interval=_PAUSE_MS)
        timer.timeout.connect(lambda: self._end(key))
        timer.start()

    def forget(self) -> None:
        """Forgets all keys: nobody hears of their end any more."""
        for timer in self._ending.values():
            timer.stop()
        self._ending.clear()
        self._since.clear()

    def _end(self, key: int) -> None:
        self._ending.pop(key, None)
        self._since.pop(key, None)
        self._let_go(key)
