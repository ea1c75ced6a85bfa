"""Where the backups of a project lie."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from app.project.links import way_out

TIME = "%Y-%m-%d %H.%M.%S UTC"
"""In the name of a backup; in the order of time."""
_TIME_TOLD = re.compile(r"\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d UTC")


def backups_folder(project: Path) -> Path:
    """Returns the folder of a project's backups, which may not be there."""
    return project.with_name(f"{project.name}-backups")


def leads_away(project: Path) -> bool:
    """Whether the folder of its backups is a link out of its own folder: what lies there is somebody else's, to be
    neither listed nor, when there are ten, forgotten."""
    return way_out(project.parent, backups_folder(project)) is not None


def is_backup(path: Path) -> bool:
    """Whether a project file lies among the backups of one."""
    return path.parent.name.lower().endswith(f"{path.suffix.lower()}-backups")


def original_of(path: Path) -> Path:
    """The project that a backup is of, whether it is still there or not; any other project is its own."""
    if not is_backup(path):
        return path
    folder = path.parent
    return folder.with_name(folder.name[: -len("-backups")])


def time_told(backup: Path) -> str:
    """When a backup was made, as its name tells; "" when it does not, as of a file that somebody put there."""
    return next(reversed(_TIME_TOLD.findall(backup.stem)), "")  # the project may be a copy of a backup itself


def time_of(backup: Path) -> datetime | None:
    """Returns when a backup was made, as its name tells; None when it does not."""
    with suppress(ValueError):  # somebody's own name may tell a 31st of February
        return datetime.strptime(time_told(backup), TIME).replace(tzinfo=UTC)
    return None


def backups_of(project: Path) -> list[Path]:
    """The newest first, as far as their names tell, and those that tell no time; see backup.by_age."""
    if leads_away(project):
        return []
    try:
        found = backups_folder(project).glob(f"*{project.suffix}")
        return sorted(found, key=lambda path: (time_told(path), path.name), reverse=True)
    except OSError:
        return []
