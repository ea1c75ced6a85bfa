"""`maskwright doctor`: does everything that Maskwright needs work here, and if not, what helps?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from app.cli.output import Json, answer
from app.paths import cache_dir, config_dir, embeddings_dir, models_dir
from app.private import make_folder
from app.problem import Problem
from app.sam.catalog import Model, catalog, installed, path_of
from app.text import say, say_n


@dataclass(frozen=True)
class Check:
    """One thing that doctor looked at, and whether it is well."""

    name: str
    ok: bool
    found: str
    advice: str = ""
    """What to do; "" when all is well."""


def doctor(json: Json = False) -> None:
    """Check the window system, torch, the models and the folders."""
    checks = [*_window(), _torch(), _runtime(), *_models(), *_folders(), _embeddings(), _kinds()]
    ok = all(check.ok for check in checks)
    answer({"ok": ok, "checks": [asdict(check) for check in checks]}, "\n".join(map(_line, checks)), as_json=json)
    if not ok:
        raise typer.Exit(1)


def _line(check: Check) -> str:
    line = f"{'ok' if check.ok else 'PROBLEM':8} {check.name}: {check.found}"
    return line if not check.advice else f"{line}\n{'':8} {check.advice}"


def _window() -> Iterator[Check]:
    missing = missing_libraries()
    if missing:
        yield Check(
            say("Qt libraries"), False, say("missing: {missing}", missing=", ".join(missing)), library_advice(missing)
        )
    # in a process of its own: Qt ends the process when it finds no screen
    probe = "from PySide6.QtGui import QGuiApplication as A; import PySide6; a = A([]); "
    probe += "print(PySide6.__version__, a.platformName(), *(s.geometry().width() for s in a.screens()[:1]))"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, errors="replace", check=False, timeout=60
    )
    if done.returncode == 0:
        version, platform, *_ = done.stdout.split()
        yield Check("Qt", True, say("PySide6 {version}, platform {platform}", version=version, platform=platform))
        return
    lines = [line for line in done.stderr.splitlines() if line.strip()] or [say("it does not start")]
    yield Check("Qt", False, lines[0], _screen_advice())


def missing_libraries() -> list[str]:
    """What the dynamic linker does not find for Qt's window. Linux only; elsewhere the wheels bring everything."""
    if sys.platform != "linux":
        return []
    import importlib.util

    spec = importlib.util.find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        return []
    qt = Path(spec.submodule_search_locations[0]) / "Qt"
    files = [qt / "plugins/platforms/libqxcb.so", qt / "lib/libQt6Gui.so.6", qt / "lib/libQt6XcbQpa.so.6"]
    listed = [_linked(file) for file in files if file.is_file()]
    return sorted({line.split()[0] for text in listed for line in text.splitlines() if "not found" in line})


def _linked(file: Path) -> str:
    try:
        return subprocess.run(["ldd", file], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:  # musl and small systems have none
        return ""


def library_advice(missing: list[str]) -> str:
    """Debian names the package after the library: libxcb-cursor.so.0 -> libxcb-cursor0."""
    packages = {"libglib2.0-0" if "-2.0.so" in name else _package(name) for name in missing}  # glib and gthread
    return say("On Debian or Ubuntu: sudo apt-get install {packages}", packages=" ".join(sorted(packages)))


def _package(library: str) -> str:
    """A number at the end of the name is kept apart: libdbus-1.so.3 -> libdbus-1-3."""
    stem, _, number = library.lower().partition(".so.")
    return f"{stem}-{number}" if stem[-1:].isdigit() else f"{stem}{number}"


def _screen_advice() -> str:
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform == "linux" and not screen:
        return say("There is no screen: set DISPLAY. All commands but `open` work without one.")
    return say("Reinstall Qt: pip install --force-reinstall PySide6-Essentials")


def _torch() -> Check:
    try:
        import torch
    except (ImportError, OSError) as error:
        return Check("torch", False, str(error), say("Reinstall it: pip install --force-reinstall torch"))
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
        return Check("runtime", False, say("torch is missing"), say("See above."))
    except Problem as problem:
        return Check("runtime", False, str(problem), say("Unset MASKWRIGHT_RUNTIME, or name another."))
    others = [runtime.name for runtime in runtimes() if runtime != chosen]
    return Check(
        "runtime",
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
    for name, folder in (("models", models_dir()), ("cache", cache_dir()), ("settings", config_dir())):
        yield _writable(name, folder)


def _embeddings() -> Check:
    from app.engine.disk_cache import DiskCache

    cache = DiskCache(embeddings_dir())
    return Check(
        "embeddings",
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
