"""Which keys are held. X11 repeats a held key (auto-repeat) as a release and a press, and Qt takes one in ten of such
releases for the end: that of a key which was held for long is believed only when no press follows at once."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeyEvent

_FIRST_REPEAT_MS = 150
"""No system begins to repeat a key earlier: until then a release is one."""
_PAUSE_MS = 40
"""The press that belongs to a repetition comes within it, and no finger is as quick."""


class HeldKeys:
    """Tells a key that is pressed from one that is still held, and calls who waits for it to be let go.

    When it was pressed the event tells (its timestamp): a program that was busy hears of it late, and would take keys
    that were pressed one after the other for one that was held.
    """

    def __init__(self, let_go: Callable[[int], object]) -> None:
        """Begins with no key held. let_go: called with the key (Qt.Key) that the person let go."""
        self._let_go = let_go
        self._since: dict[int, int] = {}
        self._ending: dict[int, tuple[QTimer, int]] = {}
        """By the key that may have been let go: what waits for its repetition, and when it was released."""

    def press(self, event: QKeyEvent) -> bool:
        """Returns True when the key was held already: this is a repetition."""
        key, now_ms = event.key(), _time_ms(event)
        is_repetition = event.isAutoRepeat()
        if key in self._ending:
            timer, released_ms = self._ending.pop(key)
            timer.stop()
            if now_ms - released_ms <= _PAUSE_MS:
                is_repetition = True
            else:
                self._end(key)
        if not is_repetition:
            self._since[key] = now_ms
        return is_repetition

    def release(self, event: QKeyEvent) -> None:
        """Tells that the key is let go: now, or when it is not pressed again in a moment."""
        key, now_ms = event.key(), _time_ms(event)
        if event.isAutoRepeat():
            return
        if now_ms - self._since.get(key, now_ms) < _FIRST_REPEAT_MS:
            self._end(key)
            return
        timer = QTimer(singleShot=True, interval=_PAUSE_MS)
        self._ending[key] = timer, now_ms
        timer.timeout.connect(lambda: self._end(key))
        timer.start()

    def forget(self) -> None:
        """Forgets all keys: nobody hears of their end any more."""
        for timer, _ in self._ending.values():
            timer.stop()
        self._ending.clear()
        self._since.clear()

    def _end(self, key: int) -> None:
        self._ending.pop(key, None)
        self._since.pop(key, None)
        self._let_go(key)


def _time_ms(event: QKeyEvent) -> int:
    """When the key was pressed or released; now, where the system tells no time."""
    return event.timestamp() or round(monotonic() * 1000)
