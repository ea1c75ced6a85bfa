"""What the person of this computer agreed to: in which folder, not below its own, a project may look for its images.

Kept among the person's own files, not in the project, which may come from a stranger.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

import msgspec
from filelock import FileLock, Timeout

from app.atomic import replacing
from app.paths import config_dir
from app.problem import Problem
from app.project.links import normal
from app.project.safety.backup_files import original_of

_MOST = 1000
"""The oldest, which come first, are forgotten: the person is asked again."""
_WAIT_S = 2.0
_Agreements: TypeAlias = dict[str, tuple[str, str]]
"""By project: the folder as the project names it, and what that was when the person agreed, behind all links."""
_of_this_run: dict[Path, _Agreements] = {}
"""By file, when it cannot be written."""


def file() -> Path:
    """Where they are kept."""
    return config_dir() / "image-folders.json"


def is_agreed(project: Path, folder: Path) -> bool:
    """Whether the project may look into the folder. Nothing is touched there before it may."""
    agreed = (_kept(file()) | _of_this_run.get(file(), {})).get(_key(project))
    # a link that leads elsewhere by now is another folder
    return agreed is not None and agreed[0] == str(normal(folder)) and agreed[1] == os.path.realpath(folder)


def agree(project: Path, folder: Path) -> None:
    """The person said so. Where nothing can be written it is remembered until the program ends."""
    _keep(_key(project), (str(normal(folder)), os.path.realpath(folder)))


def forget(project: Path) -> None:
    """Drops what was agreed for a project that was there for the while."""
    if _key(project) in _kept(file()):
        _keep(_key(project), None)


def _keep(project: str, value: tuple[str, str] | None) -> None:
    agreements, given = file(), {} if value is None else {project: value}
    try:
        agreements.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{agreements}.lock", timeout=_WAIT_S):
            others = {key: of for key, of in _kept(agreements).items() if key != project}
            _write(agreements, dict(list(others.items())[1 - _MOST :]) | given)
    except (OSError, NotImplementedError, Timeout, Problem):
        _of_this_run.setdefault(agreements, {}).update(given)


def _key(project: Path) -> str:
    """A backup is its project, as it was."""
    return os.path.realpath(original_of(project))


def _kept(agreements: Path) -> _Agreements:
    """None of a damaged file: the person is asked again."""
    try:
        return msgspec.json.decode(agreements.read_bytes(), type=dict[str, tuple[str, str]])
    except (OSError, ValueError, RecursionError):
        return {}


def _write(agreements: Path, kept: _Agreements) -> None:
    with replacing(agreements, durable=False) as file:
        file.write(msgspec.json.encode(kept))
