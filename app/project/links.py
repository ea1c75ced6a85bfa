"""Where a path leads, told without touching anything outside a folder: asking a server for a file tells it who asks."""

from __future__ import annotations

import os
from itertools import dropwhile
from pathlib import Path

_MOST_LINKS = 40
_VERBATIM, _SHARE = "\\\\?\\", "\\\\?\\UNC\\"
"""Windows writes the goals of its links so."""


def normal(path: Path) -> Path:
    """Absolute, and without . and .., by its text alone."""
    return Path(os.path.normpath(path.absolute()))


def way_out(folder: Path, path: Path) -> Path | None:
    """The place outside folder that a path leads to, by its text or by links on its way; None when it stays below.
    Nothing outside folder is touched, not even to see whether it is there."""
    folder, path = normal(folder), normal(path)
    real = Path(os.path.realpath(folder))
    for _ in range(_MOST_LINKS):
        within = _within(path, real) or _within(path, folder)
        if within is None:
            return path
        link = _first_link(real, within)
        if link is None:
            return None
        path, is_plain = link
        if not is_plain:
            return path
    return path


def leads_unseen(folder: Path, path: Path) -> bool:
    """Tells whether a link to a folder hides what lies there from a look through folder: it leads out, or to what is
    hidden in it. Another link inside it hides nothing: that is looked through where it is."""
    if way_out(folder, path) is not None:
        return True
    within = Path(os.path.realpath(path)).relative_to(os.path.realpath(folder))
    return any(part.startswith(".") for part in within.parts)


def _within(path: Path, folder: Path) -> Path | None:
    return path.relative_to(folder) if path.is_relative_to(folder) else None


def _first_link(real: Path, within: Path) -> tuple[Path, bool] | None:
    """Where the first link on the way leads, with the rest of the way, and whether its text alone says so."""
    at = real
    for number, part in enumerate(within.parts, start=1):
        goal = _goal(at / part)
        if goal is not None:
            return normal(Path(at, goal, *within.parts[number:])), _is_plain(Path(goal))
        at /= part
    return None


def _is_plain(goal: Path) -> bool:
    """Whether no .. comes after a name, which may be that of another link: what is above its goal the system knows."""
    return ".." not in dropwhile(lambda part: part in ("..", goal.anchor), goal.parts)


def _goal(place: Path) -> str | None:
    """What a link says; None of what is none, or is not there."""
    try:
        goal = os.readlink(place)  # noqa: PTH115  also of a junction, which is_symlink calls none
    except (OSError, ValueError):
        return None
    return goal if goal.startswith(_SHARE) else goal.removeprefix(_VERBATIM)
