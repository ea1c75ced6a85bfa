"""Keys mean what they mean on a Latin keyboard while a Cyrillic or Greek layout is in force."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from app.labeling.keymap import KEYMAP
from app.ui.latin_keys import latin_key_name

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
B_ON = {"win32": (48, 0x42), "darwin": (0, 0x0B), "linux": (56, 0x6C9)}
"""The scan code and the virtual key of B, by system: with a Russian layout."""


def press(letter, codes=(0, 0), modifiers=NONE, *, native=0):
    scan_code, virtual_key = codes
    text = letter if modifiers & SHIFT else letter.lower()
    return QKeyEvent(QEvent.Type.KeyPress, ord(letter), modifiers, scan_code, virtual_key, native, text)


@pytest.mark.parametrize(
    ("letter", "modifiers", "codes", "name"),
    [
        ("И", NONE, B_ON, "B"),
        ("И", SHIFT, B_ON, "Shift+B"),
        ("И", CTRL, B_ON, "Ctrl+B"),
        ("Β", NONE, B_ON, "B"),  # Greek
        ("נ", NONE, B_ON, "B"),  # Hebrew
        ("Х", NONE, {"win32": (26, 0xDB), "darwin": (0, 0x21), "linux": (34, 0x6C8)}, "["),
        ("Ъ", SHIFT, {"win32": (27, 0xDD), "darwin": (0, 0x1E), "linux": (35, 0x6FF)}, "}"),
        ("Ф", NONE, {"win32": (30, 0x41), "darwin": (0, 0x00), "linux": (38, 0x6C6)}, "A"),
        ("Ь", NONE, {"win32": (50, 0x4D), "darwin": (0, 0x2E), "linux": (58, 0x6D8)}, "M"),
        ("Б", CTRL, {"win32": (51, 0xBC), "darwin": (0, 0x2B), "linux": (59, 0x6C2)}, "Ctrl+,"),
        ("Z", NONE, {"win32": (21, 0x5A), "darwin": (0, 0x10), "linux": (29, 0x7A)}, ""),  # of a German keyboard
        ("Ö", NONE, {"win32": (39, 0xC0), "darwin": (0, 0x29), "linux": (47, 0xF6)}, ""),
        ("И", NONE, {"linux": (0, 0)}, ""),  # the system does not tell
    ],
)
def test_a_key_is_found_by_its_place_where_its_letter_is_not_latin(letter, modifiers, codes, name):
    assert {latin_key_name(press(letter, each, modifiers), system) for system, each in codes.items()} == {name}


def test_a_greek_letter_that_a_latin_keyboard_writes_with_altgr_is_itself():
    assert latin_key_name(press("Π", B_ON["linux"], native=0x80), "linux") == ""
    assert latin_key_name(press("µ".upper(), B_ON["linux"], native=0x80), "linux") == ""
    for sign in "µªº":
        assert latin_key_name(press(sign, B_ON["linux"]), "linux") == ""


@pytest.fixture
def codes():
    return B_ON[sys.platform if sys.platform in B_ON else "linux"]


def test_a_tool_is_taken_by_its_key_on_a_russian_keyboard(hand, codes):
    assert hand.window.workspace.hand.tool.id != "brush"
    QApplication.sendEvent(hand.canvas, press("И", codes))
    assert hand.window.workspace.hand.tool.id == "brush"


def test_a_cyrillic_letter_that_the_person_gave_to_a_command_means_that(hand, codes):
    KEYMAP.use({"tool.polygon": ("И",)})
    try:
        QApplication.sendEvent(hand.canvas, press("И", codes))
        assert hand.window.workspace.hand.tool.id == "polygon"
    finally:
        KEYMAP.use({})


def test_a_latin_letter_is_not_looked_for_elsewhere(hand, codes):
    before = hand.window.workspace.hand.tool.id
    QApplication.sendEvent(hand.canvas, press("Ö", codes))
    assert hand.window.workspace.hand.tool.id == before
