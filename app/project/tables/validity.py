"""Values of a damaged file: which may be saved again."""

from __future__ import annotations

from typing import Any, TypeGuard

import msgspec

from app.project.tables.stored_json import load

MOST = 2**62
"""The largest number that is believed."""


def is_text(value: Any) -> TypeGuard[str]:
    """Returns whether it is text that can be written again: what was no UTF-8 cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_number(value: Any, least: int) -> TypeGuard[int]:
    """Returns whether it is a whole number, not below `least`, that SQLite can hold."""
    return type(value) is int and least <= value <= MOST


def number_or_none(value: Any) -> int | None:
    """Returns a number that is not negative, else None."""
    return value if is_number(value, 0) else None


def object_text(text: Any) -> str:
    """Returns the JSON of an object as it is, or of an empty one."""
    if not is_text(text):
        return "{}"
    try:
        load(text)
    except msgspec.DecodeError:
        return "{}"
    return text
