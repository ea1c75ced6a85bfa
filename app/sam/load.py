"""Loading goes from a model's name to a predictor. A file of the catalogue is verified before torch reads a byte of
it. torch is imported only where there is no compiled form that serves in its stead."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app import private
from app.partial import partial_of
from app.paths import compiled_dir
from app.problem import Problem
from app.sam.catalog import SUFFIXES, Model, catalog, find, lookup, path_of
from app.sam.checksum import sha256_of
from app.sam.families import FAMILIES, model_key
from app.sam.family import Family
from app.sam.predictor import Predictor
from app.sam.runtime import Runtime, choose
from app.sam.runtime.conversion import conversion
from app.sam.runtime.converted import Cached, Converted, Manifest, shipped
from app.sam.runtime.execution import Execution
from app.sam.types import no_progress
from app.sam.verify import OnProgress, require, verify
from app.text import say
from app.work import Work

if TYPE_CHECKING:
    from app.sam.preprocess import Input

_HASHING = 0.5
"""The share of a first load that goes into the hash."""
_log = logging.getLogger(__name__)


def load_predictor(name: str, on_progress: OnProgress | None = None, runtime: Runtime | None = None) -> Predictor:
    """Loads a predictor. name: of the catalogue, of an own model, or the path of a checkpoint file. on_progress is told
    fractions up to 1. runtime: the best of this machine, unless told. Problem when the file is missing, has the wrong
    size or hash, or cannot be run."""
    tell = on_progress or no_progress
    runtime = runtime or choose()
    model, path = _located(name)
    sha256 = verify(model, path, lambda fraction: tell(_HASHING * fraction))
    tell(_HASHING)
    ready = _compiled_before(sha256, runtime) if runtime.compiled else None
    if ready is not None:
        execution, family = ready
        predictor = Predictor(execution, model.name, model_key(family, sha256), runtime, family.presets)
    else:
        predictor = _run_by_torch(model, path, sha256, runtime)
    tell(1.0)
    return predictor


def import_model(source: Path, on_progress: OnProgress | None = None) -> Model:
    """Copies a checkpoint into models_dir() once it has been verified: one of the catalogue whatever its name is now,
    or one of a family we know. Problem when it is neither."""
    tell = on_progress or no_progress
    model = _named_by_hash(source, tell) or _foreign(source)
    target = path_of(model)
    if not target.exists() or sha256_of(target) != sha256_of(source):
        if target.exists() and not model.sha256:  # a damaged file of the catalogue is replaced, one's own never
            raise Problem(
                say(
                    "There is another {target} in {parent} already: rename one of the two.",
                    target=target.name,
                    parent=target.parent,
                )
            )
        _copy(source, target)
    tell(1.0)
    return find(model.file)


def _compiled_before(sha256: str, runtime: Runtime) -> tuple[Execution, Family] | None:
    """Runs the weights of that hash without torch, if they were converted before: on this computer, or by us. None when
    there is nothing, or OpenVINO cannot run it."""
    for family in FAMILIES.values():
        key = model_key(family, sha256)
        for converted in (shipped(key), Cached(compiled_dir(), key)):
            manifest = converted.manifest()
            if family.input is None or manifest is None:
                continue
            try:
                return _compiled(converted, manifest, key, family.input, runtime), family
            except (RuntimeError, ImportError) as error:  # OpenVINO's: torch serves
                _log.warning("%s cannot be compiled: %s", converted.folder, error)
                if isinstance(converted, Cached):
                    converted.discard()
    return None


def _compiled(
    converted: Converted, manifest: Manifest, key: str, reads: Callable[[], Input], runtime: Runtime
) -> Execution:
    from app.sam.runtime.compiled import Compiled

    return Compiled(converted.folder, reads(), manifest, compiled_dir() / f"{key}.blobs", half=runtime.half)


def _run_by_torch(model: Model, path: Path, sha256: str, runtime: Runtime) -> Predictor:
    """Reads the checkpoint itself. Where OpenVINO would be faster, the predictor is told how it gets there."""
    from app.sam.checkpoint import load_checkpoint
    from app.sam.runtime.eager import Eager

    family, network = load_checkpoint(path)
    is_graph = network.graph() is not None
    predictor = Predictor(Eager(network, runtime), model.name, model_key(family, sha256), runtime, family.presets)
    if runtime.compiled and is_graph and family.input is not None:
        cached = Cached(compiled_dir(), predictor.model_key)
        cached.discard()  # if there is anything, it is damaged
        predictor.prepare_by(partial(_prepare, family, path, cached))
    return predictor


def _prepare(family: Family, checkpoint: Path, cached: Cached, predictor: Predictor) -> Work[str]:
    yield from conversion(checkpoint, family, cached)
    manifest = cached.manifest()
    assert family.input is not None
    if manifest is None:
        raise Problem(say("The model could not be made faster: the process that did it ended."))
    predictor.run_by(_compiled(cached, manifest, predictor.model_key, family.input, predictor.runtime))
    return predictor.device


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
        raise Problem(say("{source} does not exist.", source=source))
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
    from app.sam.checkpoint import load_checkpoint

    family, _ = load_checkpoint(source)
    suffix = source.suffix if source.suffix in SUFFIXES else ".pth"
    return Model(name=source.stem, title=f"{source.stem} ({family.title})", file=f"{source.stem}{suffix}")


def _copy(source: Path, target: Path) -> None:
    part = partial_of(target)
    try:
        private.make_folder(target.parent)
        private.create(part)
        shutil.copyfile(source, part)
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise Problem(
            say(
                "{source} cannot be copied to {parent}: {reason}.",
                source=source.name,
                parent=target.parent,
                reason=error.strerror,
            )
        ) from error
