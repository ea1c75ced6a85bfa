"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from app.problem import Problem
from app.text import say

_DAYS_AGO = {"today": 0, "yesterday": 1}


def beginning(text: str) -> datetime:
    """Returns the moment that a text names, in UTC; a day means its first moment in local time. Problem for what is no
    time."""
    day = _day(text)
    return _time(text) if day is None else _midnight(text, day)


def end(text: str) -> datetime:
    """Returns the moment that a text names, in UTC; a day means its last moment in local time. Problem for what is no
    time."""
    day = _day(text)
    return _time(text) if day is None else _midnight(text, day, days_later=1) - timedelta(microseconds=1)


def _day(text: str) -> date | None:
    """None: it is not a whole day."""
    if text in _DAYS_AGO:
        return date.today() - timedelta(days=_DAYS_AGO[text])
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(text: str, day: date, *, days_later: int = 0) -> datetime:
    try:
        return datetime.combine(day + timedelta(days=days_later), datetime.min.time()).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:  # of the first and the last year
        raise _no_time(text) from error


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _no_time(text) from error


def _no_time(text: str) -> Problem:
    return Problem(say("{text} is not a time; write it as yesterday, 2026-11-23 or 2026-11-23T14:05.", text=text))
