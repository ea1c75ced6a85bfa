"""The language of the window: our sentences, the keys that they name, and Qt's own texts."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtWidgets import QApplication

from app import text
from app.labeling.keymap import Keymap
from app.text import Sentence, say
from app.ui.keymap import shown_key

_RETURN: Sentence = say("Enter")
"""What people call the key that Qt calls Return."""


def choose(app: QApplication, language: str = "") -> str:
    """Puts a language in force, "" for that of the system; called before the window is made. Returns the language that
    is in force, English when there is no catalogue of the other."""
    chosen = text.use(language)
    if chosen != text.ENGLISH:
        translator = QTranslator(app)
        if translator.load(f"qtbase_{chosen}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            app.installTranslator(translator)
    return chosen


def name_keys(keymap: Keymap) -> None:
    """Lets sentences name the keys of this keymap, whatever they are when a sentence is read; a command without a key
    is named by its words."""

    def name(id: str) -> str:
        if id not in keymap.registry.commands:
            return id
        keys = keymap.keys_of(id)
        return _named(keys[0]) if keys else f"“{keymap.registry.commands[id].text}”"

    text.name_keys_by(name)


def _named(key: str) -> str:
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    return "+".join([*modifiers, str(_RETURN)]) if last == "Return" else shown_key(key)
