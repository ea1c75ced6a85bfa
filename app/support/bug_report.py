"""A report that a person can send: versions, what doctor says, settings, the last lines of the log. No image is in it,
and no name of a file, a class or a person unless that is wanted; nothing is sent by itself.

It is in English, whatever language is in force: those who mend read it.
"""

from __future__ import annotations

import getpass
import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app import __version__
from app.atomic import replacing
from app.paths import cache_dir, config_dir, data_dir, is_frozen, models_dir
from app.sam.catalog import catalog
from app.support.crashes import last_crash
from app.support.log import NAMES, log_file
from app.support.own_program import answer_of

LINES = 200
"""Of the log, so many of the last."""
_MOST_LOG_BYTES = 200_000
LIBRARIES = (
    "PySide6-Essentials",
    "torch",
    "openvino",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "pycocotools",
)
_PATH = re.compile(r"(?:(?<=[\s'\"(])|^)(?:[A-Za-z]:[\\/]|\\\\|/)[^\n:,;]*")
_PROBLEM = re.compile(r" (?:(?:WARNING|ERROR|CRITICAL) [\w.]+: |INFO [\w.]+: problem: )")


@dataclass(frozen=True)
class Situation:
    """What the program that is running knows of itself: for a window its screens, settings and project."""

    screens: list[str] = field(default_factory=list)
    settings: Mapping[str, str] = field(default_factory=dict)
    """The value of each setting."""
    places: frozenset[str] = frozenset()
    """Settings whose value names a folder, an address or a file."""
    project: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """Lines that name things: the open project, its classes."""


def examine() -> str:
    """Returns what `maskwright doctor` prints. Takes some seconds."""
    return answer_of("doctor")


def bug_report(examined: str, situation: Situation, *, names: bool) -> str:
    """Returns the whole report. examined: what `examine` returned. names: those of files, classes and persons stay."""
    parts = [
        (f"Maskwright {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC", _program()),
        ("Computer", [*_computer(), *situation.screens]),
        ("Doctor", (examined if names else without_names(examined)).splitlines()),
        ("Settings", _settings(situation, names=names)),
        ("Project", [*situation.project, *(situation.names if names else [])]),
        ("The last problem", _last_problem(names=names)),
        ("The last crash", last_crash().splitlines()),
        ("The log", _log_lines(names=names)),
    ]
    told = "with names of files, classes and persons" if names else "no image, no name of a file, a class or a person"
    text = "\n\n".join("\n".join([f"## {title}", *(lines or ["-"])]) for title, lines in parts)
    return f"{text}\n\n({told})\n"


def save_report(text: str, path: Path) -> None:
    """Writes a report as a text file. Raises Problem when it cannot be written."""
    with replacing(path) as stream:
        stream.write(text.encode(errors="backslashreplace"))


def without_names(text: str) -> str:
    """Returns a text of ours without paths and models of one's own: the program's own folders are called by what they
    are for."""
    folders = [
        (models_dir(), "(models)"),
        (cache_dir(), "(cache)"),
        (config_dir(), "(settings)"),
        (data_dir(), "(data)"),
    ]
    for folder, called in folders:
        text = text.replace(str(folder), called)
    text = _PATH.sub("…", text.replace(str(Path.home()), "~"))
    with suppress(OSError, KeyError, ImportError):  # a user without a name
        text = re.sub(rf"\b{re.escape(getpass.getuser())}\b", "…", text)
    return "\n".join(_without_model(line) for line in text.splitlines())


def _without_model(line: str) -> str:
    found = re.match(r"(\w+ +)model (.+?):", line)
    if found and found[2] not in {model.name for model in catalog()}:
        return f"{found[1]}model of one's own"
    return re.sub(r"(\(models\)|~)[\\/].*", r"\1/…", line)


def _program() -> list[str]:
    frozen = ", frozen" if is_frozen() else ""
    return [f"Python {platform.python_version()}{frozen}", *map(_version, LIBRARIES)]


def _version(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return f"{library} -"


def _computer() -> Iterator[str]:
    yield f"{platform.platform()}, {platform.machine()}"
    yield f"{_processor()}, {os.cpu_count()} cores"
    with suppress(AttributeError, ValueError, OSError):  # Windows has no sysconf
        yield f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GB of memory"


def _processor() -> str:
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123  no file of anybody's
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "?"


def _settings(situation: Situation, *, names: bool) -> list[str]:
    return [
        f"{name} = {'(set)' if value and name in situation.places and not names else value}"
        for name, value in situation.settings.items()
    ]


def _log_lines(*, names: bool) -> list[str]:
    return [line if names else bare(line) for line in _last_lines(LINES)]


def bare(line: str) -> str:
    """Returns a line of the log without its names."""
    return line.partition(NAMES)[0]


def _last_problem(*, names: bool) -> list[str]:
    lines = _last_lines(10 * LINES)
    at = max((number for number, line in enumerate(lines) if _PROBLEM.search(bare(line))), default=None)
    return [] if at is None else [lines[at] if names else bare(lines[at])]


def _last_lines(most: int) -> list[str]:
    lines: list[str] = []
    for path in (log_file(), log_file().with_name(f"{log_file().name}.1")):
        with suppress(OSError), path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _MOST_LOG_BYTES))
            lines = [*_whole(file.read()), *lines]
        if len(lines) >= most:
            break
    return lines[-most:]


def _whole(data: bytes) -> Iterable[str]:
    """The lines; the first may have been cut, and would show a name without its words."""
    lines = data.decode("utf-8", "replace").splitlines()
    return lines if len(data) < _MOST_LOG_BYTES else lines[1:]
