"""From what the person pointed at (a folder, a file in it, a project) to an open project."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from app.paths import data_dir, resource
from app.problem import Problem
from app.project.store import Project

SUFFIX = ".maskwright"


def open_path(path: Path) -> Project:
    """A project file is opened; a folder gets a project of its own, or the one it has already."""
    path = path.expanduser().absolute()
    if path.is_file() and path.suffix == SUFFIX:
        return Project.open(path)
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        raise Problem(f"{path} does not exist.")
    existing = sorted(folder.glob(f"*{SUFFIX}"))
    return Project.open(existing[0]) if existing else Project.create(_new_file(folder), folder)


def _new_file(folder: Path) -> Path:
    """In the folder itself, so that both move together; below the user's own folders where it cannot be written."""
    name = (folder.name or "project") + SUFFIX
    if os.access(folder, os.W_OK):
        return folder / name
    projects = data_dir() / "projects"
    with _told(projects):
        projects.mkdir(parents=True, exist_ok=True)
    return projects / name


def sample_project() -> Project:
    """The sample photos, copied once into the user's own folders: nothing is ever written beside the program."""
    folder = data_dir() / "samples"
    if not folder.is_dir():
        unfinished = folder.with_name("samples.part")
        shutil.rmtree(unfinished, ignore_errors=True)
        with _told(folder):
            shutil.copytree(resource("samples"), unfinished)
            unfinished.rename(folder)
    return open_path(folder)


@contextmanager
def _told(folder: Path) -> Generator[None]:
    """What keeps a folder from being made, as a Problem."""
    try:
        yield
    except (OSError, shutil.Error) as error:
        raise Problem(
            f"{folder} cannot be made: {getattr(error, 'strerror', None) or 'it cannot be written'}."
        ) from error
