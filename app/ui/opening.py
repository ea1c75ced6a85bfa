"""Makes an open project of what the person pointed at: a folder, a file in it, or a project."""

from __future__ import annotations

import fnmatch
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from glob import escape
from itertools import count
from pathlib import Path

from app.images.pages import source_of
from app.paths import data_dir, resource
from app.private import make_folder, share_with_nobody
from app.problem import Problem
from app.project.peek import images_folder_of, needs_renewal, some_stamps_of
from app.project.safety.backup import back_up
from app.project.safety.lock import HELD, take
from app.project.safety.settling import was_not_closed
from app.project.store import Project
from app.project.whereabouts import named_path
from app.text import say

SUFFIX = ".maskwright"
_STAMPS = 50
"""Images that are looked for to know a folder again."""
SLOW_BYTES = 30_000_000
"""From here on a backup and a new index take longer than one waits for."""


def open_path(path: Path) -> Project:
    """Opens a project file; a folder gets a project of its own, or the one it has already. Raises Problem."""
    return open_found(path, project_at(path))


def open_found(path: Path, existing: Path | None) -> Project:
    """Opens what open_path does. existing: what project_at found there. Raises Problem."""
    path = path.expanduser().absolute()
    folder = path if path.is_dir() else path.parent
    if existing is not None:
        project = Project.open(existing)
        if existing.parent != folder:  # it is kept apart: the folder of its images is what the person pointed at
            project.whereabouts.settle()
        return project
    return Project.create(_new_file(folder), folder)


def photo_of(path: Path) -> Path | None:
    """Returns the file of an image that the person pointed at; None when it was a folder or a project."""
    path = path.expanduser().absolute()
    return path if path.is_file() and path.suffix != SUFFIX else None


def is_open_elsewhere(project: Path) -> bool:
    """Returns whether another window has this project open for writing."""
    lock, reason = take(project)
    if lock is not None:
        lock.release()
    return reason == HELD


def project_at(path: Path) -> Path | None:
    """Returns the file of the project that the person pointed at; None when a folder has none yet. Raises Problem when
    there is nothing at all."""
    path = path.expanduser().absolute()
    if not path.exists():
        raise Problem(say("{path} does not exist.", path=path))
    if path.is_file() and path.suffix == SUFFIX:
        return path
    folder = path if path.is_dir() else path.parent
    found = fnmatch.filter(_names_in(folder), f"*{SUFFIX}")
    return folder / min(found) if found else _kept_apart(folder)


def _names_in(folder: Path) -> list[str]:
    """What lies in a folder; nothing in one that may not be read."""
    try:
        return os.listdir(folder)  # noqa: PTH208  there may be 100,000
    except PermissionError:
        return []


def is_slow_to_open(project: Path) -> bool:
    """Returns whether the window should not wait for it.

    That is a large one which is brought from an older version to this one, or was not closed and is looked through.
    """
    return project.stat().st_size >= SLOW_BYTES and (was_not_closed(project) or needs_renewal(project))


def make_ready(project: Path, tell: Callable[[float], None]) -> tuple[str, ...]:
    """Brings it to this version, or looks it through, on any thread; returns what there is to tell. What tell raises
    ends it before anything was changed."""
    if needs_renewal(project):
        back_up(project, lambda done, total: tell(done / max(total, 1)))
    opened = Project.open(project)
    opened.close()
    return opened.notes


def _new_file(folder: Path) -> Path:
    """Returns where the project of a folder is made: in the folder itself, so that both move together; below the user's
    own folders where it cannot be written."""
    if os.access(folder, os.W_OK):
        return folder / f"{_name(folder)}{SUFFIX}"
    projects = _apart()
    with _told(projects):
        make_folder(projects)
    return next(path for path in _places_apart(folder) if not _is_of_another(path))


def _name(folder: Path) -> str:
    return folder.name or "project"


def _apart() -> Path:
    """Where projects lie whose folder cannot be written."""
    return (data_dir() / "projects").resolve()  # the way from here to the images goes up, past any link


def is_apart(project: Project) -> bool:
    """Returns whether it does not lie with its images because their folder cannot be written."""
    return project.path.parent == _apart()


def _places_apart(folder: Path) -> Iterator[Path]:
    """One for each folder of that name."""
    yield _apart() / f"{_name(folder)}{SUFFIX}"
    yield from (_apart() / f"{_name(folder)} {number}{SUFFIX}" for number in count(2))


def _kept_apart(folder: Path) -> Path | None:
    """The project of a folder that could not be written when it was first opened."""
    for path in sorted(_apart().glob(f"{escape(_name(folder))}*{SUFFIX}")):
        with suppress(Problem):  # a damaged one is told before another one is made
            if _is_same(images_folder_of(path), folder) and _is_about(path, folder):
                return path
    return None


def _is_same(told: Path, folder: Path) -> bool:
    """Whether the folder that a project tells of is this one. A server that it names is not asked."""
    return told.anchor == folder.anchor and told.resolve() == folder.resolve()


def _is_about(project: Path, folder: Path) -> bool:
    """Where one card was mounted, another one may be now: some of the images are there as they were."""
    try:
        stamps = some_stamps_of(project, _STAMPS)
    except Problem:
        return True  # it is damaged, which opening it tells
    return not stamps or any(_has_size(folder, path, size) for path, size in stamps)


def _has_size(folder: Path, name: str, size_bytes: int) -> bool:
    try:
        return source_of(named_path(folder, name)).file.stat().st_size == size_bytes
    except (OSError, Problem):
        return False


def _is_of_another(path: Path) -> bool:
    """It holds the project of another folder. Problem when it cannot be read: it may be of this one."""
    return os.path.lexists(path) and bool(images_folder_of(path))


def sample_folder() -> Path:
    """Returns the folder of the sample photos, copied once into the person's own. Raises Problem if they cannot be.

    Nothing is ever written beside the program.
    """
    folder = data_dir() / "samples"
    if not folder.is_dir():
        unfinished = folder.with_name("samples.part")
        shutil.rmtree(unfinished, ignore_errors=True)
        with _told(folder):
            make_folder(folder.parent)
            shutil.copytree(resource("samples"), unfinished)
            share_with_nobody(unfinished)
            unfinished.rename(folder)
    return folder


@contextmanager
def _told(folder: Path) -> Generator[None]:
    """What keeps a folder from being made, as a Problem."""
    try:
        yield
    except (OSError, shutil.Error) as error:
        raise Problem(
            say(
                "{folder} cannot be made: {reason}.",
                folder=folder,
                reason=getattr(error, "strerror", None) or say("it cannot be written"),
            )
        ) from error
