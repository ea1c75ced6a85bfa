"""A key that is pressed again is told from one that is held by when the system saw it, however late one hears of it."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from app.ui.held_keys import HeldKeys

KEY = Qt.Key.Key_Backspace
LONG_MS = 400


@pytest.fixture
def let_go() -> list[int]:
    return []


@pytest.fixture
def keys(qapp, let_go) -> HeldKeys:
    return HeldKeys(let_go.append)


def event(kind: QEvent.Type, at: int, *, is_repetition: bool = False) -> QKeyEvent:
    made = QKeyEvent(kind, KEY, Qt.KeyboardModifier.NoModifier, "", is_repetition)
    made.setTimestamp(at)
    return made


def press(at: int) -> QKeyEvent:
    return event(QEvent.Type.KeyPress, at)


def release(at: int) -> QKeyEvent:
    return event(QEvent.Type.KeyRelease, at)


def test_a_key_that_is_repeated_as_release_and_press_is_held(keys, let_go, qtbot):
    assert not keys.press(press(1000))
    for at in (1000 + LONG_MS, 1000 + LONG_MS + 30):
        keys.release(release(at))
        assert keys.press(press(at))
    assert let_go == []
    keys.release(release(2000))
    qtbot.waitUntil(lambda: let_go == [KEY])


def test_a_key_that_is_pressed_again_after_a_moment_is_another_press(keys, let_go):
    keys.press(press(1000))
    keys.release(release(1000 + LONG_MS))
    assert not keys.press(press(1000 + LONG_MS + 30)), "no finger is quicker, no repetition as slow"
    assert let_go == [KEY]


def test_a_tap_that_is_heard_of_late_is_a_tap(keys, let_go):
    keys.press(press(1000))
    time.sleep(0.2)  # the program was busy
    keys.release(release(1080))
    assert let_go == [KEY]
    assert not keys.press(press(1110))


def test_what_the_system_marks_as_repeated_is(keys, let_go):
    keys.press(press(1000))
    keys.release(event(QEvent.Type.KeyRelease, 1000 + LONG_MS, is_repetition=True))
    assert keys.press(event(QEvent.Type.KeyPress, 1000 + LONG_MS, is_repetition=True))
    assert let_go == []
