"""What a key is on a keyboard with Latin letters while a layout with others is in force: Cyrillic, Greek, Hebrew.
Commands have Latin letters, and Qt names a key by the letter that it writes."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

_ON_WINDOWS: Mapping[int, str] = {0x41: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 0xBA: ";", 0xBC: ",", 0xBE: "./`", 0xDB: "[\\]'"}
"""Virtual keys: Windows names a key by the Latin letter that is printed on it beside the other."""
_ON_MACOS: Mapping[int, str] = {0x00: "ASDFHGZXCV", 0x0B: "BQWERYT", 0x1E: "]OU[IP", 0x25: "LJ'K;\\,/NM.", 0x32: "`"}
"""Virtual keys: places on the keyboard, which has Latin letters in the order of the American one."""
_ON_LINUX: Mapping[int, str] = {24: "QWERTYUIOP[]", 38: "ASDFGHJKL;'`", 51: "\\ZXCVBNM,./"}
"""Scan codes of X11 and Wayland: places too."""
_WITH_SHIFT: Mapping[str, str] = {"[": "{", "]": "}"}
"""Signs are named by what they write; of those with Shift commands have these."""
_FIRST_GREEK = 0x370
"""All letters before it are Latin, and the signs µ and º, which are taken for letters."""
_ALT_GR = 0x80
"""Of the native modifiers on Linux, where Qt does not tell of the key that writes µ and π on Latin keyboards."""


def latin_key_name(event: QKeyEvent, platform: str = sys.platform) -> str:
    """Returns the pressed key in Qt's portable text as a keyboard with Latin letters has it. "" when it is one, and
    where the system does not tell which key it was."""
    if not _writes_another_script(event.key()):
        return ""
    if platform == "win32":
        letter = _at(_ON_WINDOWS, event.nativeVirtualKey())
    elif platform == "darwin":
        letter = _at(_ON_MACOS, event.nativeVirtualKey())
    else:
        letter = "" if event.nativeModifiers() & _ALT_GR else _at(_ON_LINUX, event.nativeScanCode())
    if not letter:
        return ""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if modifiers == Qt.KeyboardModifier.ShiftModifier and letter in _WITH_SHIFT:
        return _WITH_SHIFT[letter]
    return QKeySequence(ord(letter) | modifiers.value).toString(QKeySequence.SequenceFormat.PortableText)


def _writes_another_script(key: int) -> bool:
    """Qt's name of a key that writes a letter is the number of that letter; those with accents are Latin."""
    letter = chr(key) if _FIRST_GREEK <= key <= sys.maxunicode else ""
    return letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN")


def _at(rows: Mapping[int, str], code: int) -> str:
    return next((row[code - first] for first, row in rows.items() if first <= code < first + len(row)), "")
