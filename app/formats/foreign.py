"""Values that another format brought along, under a key that this one has a meaning for: programs refuse the whole file
for a group that is no number. Each function gives the value as it is written, or None when it cannot stand there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

from app.project.records import Json

Taken: TypeAlias = Callable[[object], object]


def string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def whole(value: object) -> int | None:
    """Also as text of up to nine digits."""
    if isinstance(value, str) and len(value) < 10 and value.isascii() and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(value: object) -> str | None:
    """ "0" or "1" """
    return {"0": "0", "1": "1", "False": "0", "True": "1"}.get(str(value))


def number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def numbers(value: object) -> list[object] | None:
    items = _items(value)
    return None if items is None or any(number(item) is None for item in items) else items


def points(value: object) -> list[object] | None:
    items = _items(value)
    return None if items is None or any(numbers(item) is None for item in items) else items


def _items(value: object) -> list[object] | None:
    return cast(list[object], value) if isinstance(value, list) else None


def booleans(value: object) -> Json | None:
    """By name."""
    items = cast(Json, value) if isinstance(value, dict) else {"": ""}
    return items if all(isinstance(item, bool) for item in items.values()) else None
