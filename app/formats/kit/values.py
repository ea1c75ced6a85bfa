"""Values as strangers write them: one rule for all readers. Numbers may be text, whole numbers decimals, names may have
spaces around them or stand in a list of lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from app.project.records import Json

Key: TypeAlias = int | float | str | None
"""What others refer to a record by."""
_KEY_TYPES = (int, float, str)  # int | float | str would be made anew for each of a million records
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
_MOST = 1 << 63


def key(value: object) -> Key:
    """Returns what others refer to a record by: 7 and "7" are one. None when it is none."""
    if isinstance(value, str):
        return int(value) if _WHOLE.fullmatch(value) else value
    return value if isinstance(value, _KEY_TYPES) else None


def whole(value: object) -> int | None:
    """Returns a whole number, which may be written as 7, 7.0, "7" or "7.0"; None when it is none. What JSON has as an
    integer may be of any length."""
    if type(value) is int:
        return value
    number = decimal(value)
    return int(number) if number is not None and number.is_integer() and abs(number) < _MOST else None


def is_set(value: object) -> bool:
    """Tells whether a mark is set that is written as 1 or 0, or as true or false."""
    return value is True or whole(value) == 1


def decimal(value: object) -> float | None:
    """Returns a finite number, which may be written as text; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and "_" in value:  # which Python's numbers may have
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None


def size_in(item: Json, *, height: str = "height", width: str = "width") -> tuple[int, int] | None:
    """Returns the (height, width) that an object of JSON tells; None when it does not tell both."""
    sides = whole(item.get(height)), whole(item.get(width))
    return None if sides[0] is None or sides[1] is None else (sides[0], sides[1])


def name(value: object) -> str | None:
    """Returns the name of a class as it stands there; None when there is none: a number is no name."""
    return value if isinstance(value, str) and trimmed(value) else None


def trimmed(text: str) -> str:
    """Drops spaces, line ends and byte order marks around a name."""
    return text.strip().strip("\ufeff").strip()


class ClassNames:
    """Trims the names of classes, but for those that the project has, and those of one file that spaces tell apart."""

    def __init__(self, known: Iterable[str], listed: Iterable[str] = ()) -> None:
        """Prepares to trim the names of an import. known: those of the project. listed: those of the file."""
        names = frozenset(listed)
        self._exact = {*known, *(name for name in names if trimmed(name) != name and trimmed(name) in names)}

    def of(self, name: str) -> str:
        """Returns what a class of that name is called in the project."""
        return name if name in self._exact else trimmed(name)


def numbered_names(text: str, used: Callable[[], Iterable[int]]) -> dict[int, str]:
    """Reads a list of names, one in a line, by number. Empty lines at the end are none. One in the middle has a number
    where the objects need it, and else has none. used: the numbers of classes that objects have; asked only where
    there is such a line."""
    lines = [trimmed(line) for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    named = [line for line in lines if line]
    if len(named) < len(lines):
        numbers = set(used())
        empty = {number for number, line in enumerate(lines) if not line}
        if numbers & empty and max(numbers) < len(named):
            lines = named
    return {number: line for number, line in enumerate(lines) if line}
