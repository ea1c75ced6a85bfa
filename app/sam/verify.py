"""Is this file the model that it claims to be? Asked before torch reads a byte of it. No torch here."""

from __future__ import annotations

from pathlib import Path

from app.paths import models_dir
from app.problem import Problem
from app.sam.catalog import Model, readable
from app.sam.checksum import sha256_of
from app.sam.types import OnProgress
from app.text import say


def verify(model: Model, path: Path, on_progress: OnProgress | None = None) -> str:
    """The file's sha-256. Problem when it is missing, or is not the file of the catalogue."""
    require(model, path)
    try:
        _check_size(model, path)
        sha256 = sha256_of(path, on_progress)
    except OSError as error:
        raise Problem(say("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror)) from error
    if model.sha256 and sha256 != model.sha256:
        raise Problem(
            say(
                "{file}: this is not the file of {model}, or it is damaged. Download it again?",
                file=path.name,
                model=model.title,
            )
        )
    return sha256


def require(model: Model, path: Path) -> None:
    """Problem that says how to get it when the model is not on this computer, or cannot be run."""
    if not model.supported:
        raise Problem(say("{model} is known, but this version cannot run it.", model=model.title))
    if path.is_file():
        return
    if not model.url:
        raise Problem(say("{path} is missing.", path=path))
    raise Problem(
        say(
            "{model} is not on this computer. Download it with `maskwright models download {model}`, or put "
            "{file} into {models_dir}.",
            model=model.name,
            file=model.file,
            models_dir=models_dir(),
        )
    )


def _check_size(model: Model, path: Path) -> None:
    """The quick look before the hash."""
    size = path.stat().st_size
    if model.bytes and size != model.bytes:
        raise Problem(
            say(
                "{file}: this file is {size}, the model needs {bytes}. Download it again?",
                file=path.name,
                size=readable(size),
                bytes=readable(model.bytes),
            )
        )
