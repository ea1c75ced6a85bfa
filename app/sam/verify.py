"""Is this file the model that it claims to be? Asked before torch reads a byte of it. No torch here."""

from __future__ import annotations

from pathlib import Path

from app.paths import models_dir
from app.problem import Problem
from app.sam.catalog import Model, readable
from app.sam.checksum import sha256_of
from app.sam.types import OnProgress


def verify(model: Model, path: Path, on_progress: OnProgress | None = None) -> str:
    """The file's sha-256. Problem when it is missing, or is not the file of the catalogue."""
    require(model, path)
    try:
        _check_size(model, path)
        sha256 = sha256_of(path, on_progress)
    except OSError as error:
        raise Problem(f"{path.name} cannot be read: {error.strerror}.") from error
    if model.sha256 and sha256 != model.sha256:
        raise Problem(f"{path.name}: this is not the file of {model.title}, or it is damaged. Download it again?")
    return sha256


def require(model: Model, path: Path) -> None:
    """Problem that says how to get it when the model is not on this computer, or cannot be run."""
    if not model.supported:
        raise Problem(f"{model.title} is known, but this version cannot run it.")
    if path.is_file():
        return
    if not model.url:
        raise Problem(f"{path} is missing.")
    raise Problem(
        f"{model.name} is not on this computer. Download it with `maskwright models download {model.name}`, "
        f"or put {model.file} into {models_dir()}."
    )


def _check_size(model: Model, path: Path) -> None:
    """The quick look before the hash."""
    size = path.stat().st_size
    if model.bytes and size != model.bytes:
        raise Problem(
            f"{path.name}: this file is {readable(size)}, the model needs {readable(model.bytes)}. Download it again?"
        )
