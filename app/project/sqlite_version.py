"""Which SQLite is in use, and whether it has the fix of the WAL-reset bug, which can damage a file in WAL mode."""

from __future__ import annotations

import sqlite3
from typing import TypeAlias

Version: TypeAlias = tuple[int, int, int]
_FIXED: Version = (3, 51, 3)
_BACKPORTS: dict[tuple[int, int], int] = {(3, 44): 6, (3, 50): 7}
"""By branch the patch that brought the fix. Source: sqlite.org/wal.html."""


def version() -> str:
    """Returns the version of the SQLite library, such as "3.51.3"."""
    return sqlite3.sqlite_version


def has_wal_reset_fix(of: Version | None = None) -> bool:
    """Returns whether a version has the fix; by default the one in use. A distribution may have put it into an older
    one without telling."""
    major, minor, patch = of or sqlite3.sqlite_version_info
    return (major, minor, patch) >= _FIXED or patch >= _BACKPORTS.get((major, minor), patch + 1)
