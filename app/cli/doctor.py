"""`maskwright doctor`: does everything that Maskwright needs work here, and if not, what helps?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import typer

from app.cli.checks import Check, reinstall_advice, sqlite_told
from app.cli.output import Json, answer
from app.cli.processor import has_feature
from app.cli.screen import window_checks
from app.paths import cache_dir, config_dir, embeddings_dir, models_dir
from app.private import make_folder
from app.problem import Problem
from app.sam.catalog import Model, catalog, installed, path_of
from app.text import say, say_n

_FEATURES = (("amx_bf16", "AMX, bf16"), ("avx512_bf16", "AVX-512, bf16"), ("avx512f", "AVX-512"), ("avx2", "AVX2"))
"""What makes a model fast, the fastest first."""


def doctor(json: Json = False) -> None:
    """Check the window system, torch, the models and the folders."""
    checks = [
        *window_checks(),
        _processor(),
        _torch(),
        _runtime(),
        *_models(),
        *_folders(),
        _sqlite(),
        _embeddings(),
        _kinds(),
    ]
    ok = all(check.ok for check in checks)
    answer({"ok": ok, "checks": [asdict(check) for check in checks]}, "\n".join(map(str, checks)), as_json=json)
    if not ok:
        raise typer.Exit(1)


def _processor() -> Check:
    fastest = next((told for feature, told in _FEATURES if has_feature(feature)), None)
    if fastest is None:
        return Check(say("processor"), True, say("without AVX2: a click takes several times as long"))
    return Check(say("processor"), True, fastest)


def _torch() -> Check:
    try:
        import torch
    except (ImportError, OSError) as error:
        return Check("torch", False, str(error), reinstall_advice("torch"))
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return Check(
        "torch",
        True,
        say_n(
            "{version}, {device}, {n} thread",
            "{version}, {device}, {n} threads",
            torch.get_num_threads(),
            version=torch.__version__,
            device=device,
        ),
    )


def _runtime() -> Check:
    try:
        from app.sam.runtime import choose, runtimes

        chosen = choose()
    except (ImportError, OSError):
        return Check(say("runtime"), False, say("torch is missing"), say("See above."))
    except Problem as problem:
        return Check(say("runtime"), False, str(problem), say("Unset MASKWRIGHT_RUNTIME, or name another."))
    others = [runtime.name for runtime in runtimes() if runtime != chosen]
    return Check(
        say("runtime"),
        True,
        f"{chosen.name}: {chosen.why}" + (say(" (also {others})", others=", ".join(others)) if others else ""),
    )


def _models() -> Iterator[Check]:
    here = installed()
    for model in here:
        yield _model(model)
    bundled = [m for m in catalog() if m.bundled and m not in here]
    for model in bundled:
        yield Check(
            say("model {model}", model=model.name),
            False,
            say("{model} is missing", model=path_of(model)),
            say("Install Maskwright again."),
        )


def _model(model: Model) -> Check:
    from app.sam.verify import verify

    path = path_of(model)
    try:
        verify(model, path)
    except Problem as problem:
        return Check(
            say("model {model}", model=model.name),
            False,
            str(problem),
            say("Delete {path}, then get it again.", path=path),
        )
    return Check(say("model {model}", model=model.name), True, str(path))


def _folders() -> Iterator[Check]:
    for name, folder in ((say("models"), models_dir()), (say("cache"), cache_dir()), (say("settings"), config_dir())):
        yield _writable(name, folder)


def _sqlite() -> Check:
    return Check("SQLite", True, sqlite_told())


def _embeddings() -> Check:
    from app.engine.disk_cache import DiskCache

    cache = DiskCache(embeddings_dir())
    return Check(
        say("embeddings"),
        True,
        say_n(
            "{folder}: {n} image, {nbytes:.0f} MB",
            "{folder}: {n} images, {nbytes:.0f} MB",
            cache.count,
            folder=cache.folder,
            nbytes=cache.nbytes / 1e6,
        ),
    )


def _kinds() -> Check:
    from app.images.file_types import EXTRAS, suffixes

    missing = [f"{extra.title}: {extra.advice}" for extra in EXTRAS if not extra.is_there]
    more = say(" (not read: {missing})", missing="; ".join(missing)) if missing else ""
    return Check(say("kinds of images"), True, " ".join(sorted(suffixes())) + more)


def _writable(name: str, folder: Path) -> Check:
    try:
        make_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        advice = say("Make it writable, or set MASKWRIGHT_HOME to a folder that is.")
        return Check(say("folder of {name}", name=name), False, f"{folder}: {error.strerror}", advice)
    return Check(say("folder of {name}", name=name), True, str(folder))
