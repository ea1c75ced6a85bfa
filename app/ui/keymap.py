"""Keys as Qt names them, and as a person reads them."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from app.labeling.keymap import KEYMAP
from app.text import say

_MENUS = {
    "File": say("File"), "Edit": say("Edit"), "Object": say("Object"), "View": say("View"), "Image": say("Image"),
    "Model": say("Model"), "Help": say("Help"),
}  # fmt: skip
_WRITES_SIGNS = (
    Qt.KeyboardModifier.AltModifier
    if sys.platform == "darwin"
    else Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
)
"""What is held where a sign such as [ takes AltGr, or Option on macOS: Windows tells of AltGr as Ctrl and Alt."""
_MODIFIER_KEYS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_unknown)


def key_name(event: QKeyEvent) -> str:
    """The pressed key in Qt's portable text, as commands name it. Signs are named by what they write, so that + and ?
    are found on every keyboard layout; Shift+Tab is Shift+Tab although Qt calls it Backtab."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    held = modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    text = event.text()
    is_sign = len(text) == 1 and text.isprintable() and not text.isalpha() and text != " "
    if is_sign and (not held or (held == _WRITES_SIGNS and not text.isdecimal())):  # Ctrl+Alt+1 is none
        return text
    if event.key() == Qt.Key.Key_Backtab:
        return "Shift+Tab"
    if event.key() in _MODIFIER_KEYS:
        return ""
    return QKeySequence(event.key() | modifiers.value).toString(QKeySequence.SequenceFormat.PortableText)


def portable_key(written: str) -> str | None:
    """A key as a person writes it ("ctrl+z") in Qt's portable text. None when there is no such key, or it is several
    one after the other."""
    sequence = QKeySequence(written.strip(), QKeySequence.SequenceFormat.PortableText)
    portable = sequence.toString(QKeySequence.SequenceFormat.PortableText)
    portable = portable.replace("Backtab", "Tab")  # as key_name has it
    return portable if sequence.count() == 1 and portable not in ("", "Shift", "Control", "Alt", "Meta") else None


def shown_key(key: str) -> str:
    """A key in portable text as this system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def key_of(id: str) -> str:
    """The first key of a command in the keymap in force, as this system writes it; "" when it has none."""
    keys = KEYMAP.keys_of(id)
    return shown_key(keys[0]) if keys else ""


def with_key(text: str, id: str) -> str:
    """A tooltip: the words, and the key of the command behind them if it has one."""
    key = key_of(id)
    return f"{text} ({key})" if key else text


def translated(text: str) -> str:
    """The text of a command, or the title of the menu of this name, in the language in force."""
    return str(_MENUS.get(text, text))
