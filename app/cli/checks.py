"""One line for each thing that `doctor` and `--self-test` look at."""

from __future__ import annotations

from dataclasses import dataclass

from app.paths import is_frozen
from app.text import say


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and whether it is well."""

    name: str
    ok: bool
    found: str
    advice: str = ""
    """What to do; "" when all is well."""

    def __str__(self) -> str:
        """Returns the line for people, with the advice below it."""
        line = f"{say('ok') if self.ok else say('PROBLEM'):8} {self.name}: {self.found}"
        return line if not self.advice else f"{line}\n{'':8} {self.advice}"


def reinstall_advice(library: str) -> str:
    """Returns what to do when a library is broken. Who was given a frozen program has no pip: it is installed whole."""
    if is_frozen():
        return say("Install Maskwright again.")
    return say("Reinstall it: pip install --force-reinstall {library}", library=library)


def sqlite_told() -> str:
    """Returns the version of SQLite in use, and whether it has the fix of the WAL reset."""
    from app.project.sqlite_version import has_wal_reset_fix, version

    if has_wal_reset_fix():
        return say("{version}, with the fix of the WAL reset", version=version())
    return say("{version}, without the fix of the WAL reset (it came with 3.51.3)", version=version())
