"""Values that another format brought along, under a key that this one has a meaning for: programs refuse the whole file
for a group that is no number. Each function gives the value as it is written, or None when it cannot stand there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from app.formats.kit.xml import is_possible
from app.project.records import Json

Taken: TypeAlias = Callable[[object], object]
_MOST_DIGITS = 18
"""64 bits hold them."""
_WHOLE = re.compile(f"-?[0-9]{{1,{_MOST_DIGITS}}}")


def fitting(taken: Mapping[str, Taken], *, strangers: bool = False) -> Callable[[Json], Json]:
    """Makes a function that gives what a file holds of the other keys of an object, as it is written. taken: of the
    keys that mean something in the format, what of a value it takes. strangers: whether it lets all others be, or has
    no room for them."""

    def fit(extra: Json) -> Json:
        given = {key: value for key, value in extra.items() if strangers or key in taken}
        written = {key: taken[key](value) if key in taken else value for key, value in given.items()}
        return {key: value for key, value in written.items() if value is not None or key not in taken}

    return fit


def besides(*known: str) -> Callable[[Json], Json]:
    """Makes a function that gives the other keys of an object or image that are not in the way of known ones."""
    return fitting(dict.fromkeys(known, nothing), strangers=True)


def nothing(_value: object) -> None:
    """Takes no value: the format says something of its own there."""


def string(value: object) -> str | None:
    """Takes a text."""
    return value if isinstance(value, str) else None


def xml_string(value: object) -> str | None:
    """Takes a text of which XML can hold every character."""
    return value if isinstance(value, str) and is_possible(value) else None


def whole(value: object) -> int | None:
    """Takes a whole number of up to 18 digits, also as text."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_MOST_DIGITS:
        return value
    return None


def flag(value: object) -> str | None:
    """Takes what says no or yes, as "0" or "1"."""
    return {"0": "0", "1": "1", "False": "0", "True": "1"}.get(str(value))


def number(value: object) -> float | None:
    """Takes a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:  # JSON may hold whole numbers of any length
        return None


def numbers(value: object) -> list[object] | None:
    """Takes a list of numbers."""
    items = _items(value)
    return None if items is None or any(number(item) is None for item in items) else items


def points(value: object) -> list[object] | None:
    """Takes a list of lists of numbers."""
    items = _items(value)
    return None if items is None or any(numbers(item) is None for item in items) else items


def _items(value: object) -> list[object] | None:
    return cast(list[object], value) if isinstance(value, list) else None


def booleans(value: object) -> Json | None:
    """Takes an object of JSON that holds nothing but true and false."""
    items = cast(Json, value) if isinstance(value, dict) else {"": ""}
    return items if all(isinstance(item, bool) for item in items.values()) else None
