"""A language made up for tests: English with an accent on every letter, and 30 % longer."""

from __future__ import annotations

import re

from app.text import Catalogue
from tests.sentences.extraction import Forms

LANGUAGE = "xx"
_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = "åƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ"
_TABLE = str.maketrans(_PLAIN, _ACCENTED)
_PLACE = re.compile(r"(\{\{|\}\}|\{[^{}]*\}|\*\.\w+)")
"""A place of a template, and the pattern of file names in a file dialog, stay as they are."""


def catalogue(forms: dict[str, Forms]) -> Catalogue:
    """A translation of every key."""
    return {
        key: accented(value) if isinstance(value, str) else [accented(form) for form in value]
        for key, value in forms.items()
    }


def accented(template: str) -> str:
    """The template with accents, its places kept."""
    parts = _PLACE.split(template)
    longer = "~" * (len(template) * 3 // 10)
    return "".join(part if number % 2 else part.translate(_TABLE) for number, part in enumerate(parts)) + longer


def unaccented_words(text: str) -> list[str]:
    """The words of two letters and more that are plain English letters."""
    return re.findall(r"(?<![\w.])[A-Za-z]{2,}(?![\w])", text)
