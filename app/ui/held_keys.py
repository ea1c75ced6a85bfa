"""Which keys are held. X11 repeats a held key (auto-repeat) as a release and a press at one and the same time, and Qt
takes one in ten of such releases for the end: that of a key which was held for long is believed only when no press
belongs to it. What counts is when the system saw a key, not when the program came to hear of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeyEvent

_FIRST_REPEAT_MS = 150
"""No system begins to repeat a key earlier: until then a release is one."""
_PAUSE_MS = 40
"""The press that belongs to a repetition is heard within it."""
_AT_ONCE_MS = 5
"""A press so shortly after a release belongs to it: no finger is as quick."""


@dataclass
class _Ending:
    """A release that may be none. at: when the system saw it, in milliseconds."""

    timer: QTimer
    at: int


class HeldKeys:
    """Tells a key that is pressed from one that is still held, and calls who waits for it to be let go."""

    def __init__(self, let_go: Callable[[int], object]) -> None:
        """Begins with no key held. let_go: called with the key (Qt.Key) that the person let go."""
        self._let_go = let_go
        self._since: dict[int, int] = {}
        self._ending: dict[int, _Ending] = {}

    def press(self, event: QKeyEvent) -> bool:
        """Returns True when the key was held already: this is a repetition."""
        key = event.key()
        ending = self._ending.pop(key, None)
        if ending is not None:
            ending.timer.stop()
        at = event.timestamp()  # 0 of an event that no system sent: a test's, or a program's
        is_same = ending is not None and (not at or at - ending.at <= _AT_ONCE_MS)
        if ending is not None and not is_same:
            self._end(key)  # it was let go indeed
        is_repetition = event.isAutoRepeat() or is_same
        if not is_repetition:
            self._since[key] = _seen_at(event)
        return is_repetition

    def release(self, event: QKeyEvent) -> None:
        """Tells that the key is let go: now, or when it is not pressed again at once."""
        key, at = event.key(), _seen_at(event)
        if event.isAutoRepeat():
            return
        if at - self._since.get(key, at) < _FIRST_REPEAT_MS:
            self._end(key)
            return
        timer = QTimer(singleShot=True, interval=_PAUSE_MS)
        timer.timeout.connect(lambda: self._end(key))
        timer.start()
        self._ending[key] = _Ending(timer, at)

    def forget(self) -> None:
        """Forgets all keys: nobody hears of their end any more."""
        for ending in self._ending.values():
            ending.timer.stop()
        self._ending.clear()
        self._since.clear()

    def _end(self, key: int) -> None:
        self._ending.pop(key, None)
        self._since.pop(key, None)
        self._let_go(key)


def _seen_at(event: QKeyEvent) -> int:
    """When the system saw it, in milliseconds of its clock; now where it does not tell."""
    return event.timestamp() or round(1000 * monotonic())
