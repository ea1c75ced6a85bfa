"""Times in words, as people say them."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QDate, QLocale

from app.text import say

_DAYS_BY_NAME = 6


def told(moment: datetime, now: datetime | None = None) -> str:
    """The local time: today 14:03, yesterday 14:03, Monday 14:03, 3 Nov 2026 14:03. moment: with its time zone."""
    here = moment.astimezone()
    days = ((now or datetime.now()).astimezone().date() - here.date()).days
    return f"{_day(here, days)} {here:%H:%M}"


def _day(here: datetime, days_ago: int) -> str:
    if days_ago == 0:
        return say("today")
    if days_ago == 1:
        return say("yesterday")
    date = QDate(here.year, here.month, here.day)
    return QLocale().toString(date, "dddd" if 0 < days_ago <= _DAYS_BY_NAME else "d MMM yyyy")
