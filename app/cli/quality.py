"""What is in a project, judged: check, diff."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import Json, answer, drained
from app.cli.projects import ProjectFile, opened_project
from app.problem import Problem

if TYPE_CHECKING:
    from app.project.store import Project

_Side = Annotated[Path, typer.Argument(help="A .maskwright file, or a COCO file (.json).", show_default=False)]


def check(project: ProjectFile, json: Json = False) -> None:
    """Find objects that are probably wrong: leftovers, doubles, odd sizes."""
    from app.project.checks import check

    with opened_project(project, read_only=True) as opened:
        found = drained(check(opened), "Checking")
        total = opened.counts()["annotation"]
    lines = [f"{f.image}: {_objects(f.objects)}: {f.sentence}" for f in found]
    lines.append(f"{_number(len(found), 'finding')} in {_number(total, 'object')}.")
    answer({"project": str(project), "findings": [asdict(f) for f in found]}, "\n".join(lines), as_json=json)


def _objects(ids: tuple[int, ...]) -> str:
    return f"object{'s' if len(ids) > 1 else ''} {', '.join(map(str, ids))}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def diff(a: _Side, b: _Side, json: Json = False) -> None:
    """Compare two projects or COCO files, object by object."""
    from app.project.comparison import compare

    with _opened(a) as first, _opened(b) as second:
        found = drained(compare(first, second), "Comparing")
    answer({"a": str(a), "b": str(b), **asdict(found)}, str(found), as_json=json)


@contextmanager
def _opened(path: Path) -> Iterator[Project]:
    if path.suffix.lower() == ".json":
        with tempfile.TemporaryDirectory() as folder, _of_coco(path, Path(folder)) as project:
            yield project
    else:
        with opened_project(path, read_only=True) as project:
            yield project


@contextmanager
def _of_coco(file: Path, folder: Path) -> Iterator[Project]:
    """A project for the while of the images that a COCO file lists."""
    from app.formats.base import format_named
    from app.project.store import Project

    project = Project.create(folder / "coco.maskwright", folder)
    try:
        _add_images(project, file)
        report = drained(format_named("coco").import_file(project, file), "Reading")
        if report.skipped:
            print(f"{file.name}: {report}", file=sys.stderr)
        yield project
    finally:
        project.close()


def _add_images(project: Project, file: Path) -> None:
    from app.formats.coco.source import read_source, record
    from app.project.records import ImageRecord

    paths: set[str] = set()
    with project.step("Images") as step:
        for raw in read_source(file, lambda _sentence: None).images:
            try:
                item = record(raw)
            except Problem:
                continue  # its objects are left out, as by the import
            path, width, height = (item.get(key) for key in ("file_name", "width", "height"))
            if isinstance(path, str) and path and path not in paths:
                paths.add(path)
                sizes = (width, height) if _is_side(width) and _is_side(height) else (None, None)
                step.add(ImageRecord(0, path, *sizes))


def _is_side(value: object) -> bool:
    return isinstance(value, int) and 0 < value < 1 << 31
