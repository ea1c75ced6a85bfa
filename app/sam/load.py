"""From a model's name to a predictor. A file of the catalogue is verified before torch reads a byte of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.paths import models_dir
from app.problem import Problem
from app.sam.catalog import SUFFIXES, Model, catalog, check_size, find, lookup, path_of
from app.sam.checksum import sha256_of
from app.sam.families import load_checkpoint, model_key
from app.sam.network import no_progress
from app.sam.predictor import Predictor

OnProgress = Callable[[float], None]
_HASHING = 0.5
"""The share of a first load that goes into the hash."""


def load_predictor(name: str, on_progress: OnProgress | None = None) -> Predictor:
    """name: of the catalogue, of an own model, or the path of a checkpoint file. on_progress is told fractions up to 1.
    Problem when the file is missing, has the wrong size or hash, or cannot be run."""
    tell = on_progress or no_progress
    model, path = _located(name)
    sha256 = verify(model, path, lambda fraction: tell(_HASHING * fraction))
    tell(_HASHING)
    family, network = load_checkpoint(path)
    predictor = Predictor(network, model.name, model_key(family, sha256))
    tell(1.0)
    return predictor


def verify(model: Model, path: Path, on_progress: OnProgress | None = None) -> str:
    """The file's sha-256. Problem when it is missing, or is not the file of the catalogue."""
    require(model, path)
    try:
        check_size(model, path)
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


def import_model(source: Path, on_progress: OnProgress | None = None) -> Model:
    """Copies a checkpoint into models_dir() once it has been verified: one of the catalogue whatever its name is now,
    or one of a family we know. Problem when it is neither."""
    tell = on_progress or no_progress
    model = _named_by_hash(source, tell) or _foreign(source)
    target = path_of(model)
    if not target.exists():
        _copy(source, target)
    elif sha256_of(target) != sha256_of(source):
        raise Problem(f"There is another {target.name} in {target.parent} already: rename one of the two.")
    tell(1.0)
    return model


def _located(name: str) -> tuple[Model, Path]:
    path = Path(name)
    model = lookup(name)
    if model is None and path.suffix not in SUFFIXES and not path.is_file():
        model = find(name)  # tells the choices
    if model is not None:
        return model, path_of(model)
    known = next((m for m in catalog() if m.file == path.name), None)
    return known or Model(name=path.stem, title=path.stem, file=path.name), path


def _named_by_hash(source: Path, on_progress: OnProgress) -> Model | None:
    """The model of the catalogue that this file is. Problem when it bears the name of one but is not it."""
    if not source.is_file():
        raise Problem(f"{source} does not exist.")
    claimed = next((m for m in catalog() if m.file == source.name), None)
    if claimed is not None:
        verify(claimed, source, on_progress)
        return claimed
    alike = [m for m in catalog() if m.bytes == source.stat().st_size]
    sha256 = sha256_of(source, on_progress) if alike else ""
    model = next((m for m in alike if m.sha256 == sha256), None)
    if model is not None:
        require(model, source)
    return model


def _foreign(source: Path) -> Model:
    family, _ = load_checkpoint(source)
    suffix = source.suffix if source.suffix in SUFFIXES else ".pth"
    return Model(name=source.stem, title=f"{source.stem} ({family.title})", file=f"{source.stem}{suffix}")


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, part)
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise Problem(f"{source.name} cannot be copied to {target.parent}: {error.strerror}.") from error
