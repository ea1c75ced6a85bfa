"""diff: two projects or files of any format, object by object."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from app.cli.output import Json, answer, drained
from app.cli.projects import opened_project
from app.partial import temporary_folder
from app.problem import Problem, Trouble

if TYPE_CHECKING:
    from app.formats.base import Format
    from app.project.records import ImageRecord
    from app.project.store import Project

_Path = Annotated[
    Path, typer.Argument(help="A .maskwright file, or a file or folder of any format.", show_default=False)
]
_LISTS_IMAGES = ("coco", "panoptic")
"""Formats whose files list all images with their sizes."""


def _format_option(side: str) -> typer.models.OptionInfo:
    return typer.Option(f"--format-{side}", help="Its format.", show_default="guessed")


def diff(
    a: _Path,
    b: _Path,
    format_a: Annotated[str, _format_option("a")] = "",
    format_b: Annotated[str, _format_option("b")] = "",
    images: Annotated[
        Path | None, typer.Option("--images", help="The folder of the images, if neither side tells of them.")
    ] = None,
    json: Json = False,
) -> None:
    """Compare two projects or files of any format, object by object: masks, classes, attributes, lost keys.

    The exit status is 0 when they are the same, 1 when they are different, 2 when they cannot be compared.
    """
    from app.project.quality.comparison import compare

    try:
        with _opened(_side(a, format_a), _side(b, format_b), images) as (first, second):
            found = drained(compare(first, second), "Comparing")
    except Problem as problem:
        raise Trouble(str(problem)) from problem
    answer({"a": str(a), "b": str(b), **asdict(found)}, str(found), as_json=json)
    if not found.is_same:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Side:
    path: Path
    format: Format | None
    """None: a project."""

    @property
    def knows_images(self) -> bool:
        return self.format is None or self.format.name in _LISTS_IMAGES


def _side(path: Path, name: str) -> _Side:
    from app.formats.base import format_named, format_of

    if name:
        return _Side(path, format_named(name))
    return _Side(path, None if path.suffix.lower() == ".maskwright" else format_of(path))


@contextmanager
def _opened(a: _Side, b: _Side, folder: Path | None) -> Iterator[tuple[Project, Project]]:
    """What knows its images is opened first: the other side, whose files may not tell, is laid on them."""
    sides, opened = (a, b), dict[int, "Project"]()
    with ExitStack() as stack:
        for place in sorted((0, 1), key=lambda place: not sides[place].knows_images):
            side, other = sides[place], next(iter(opened.values()), None)
            if side.format is None:
                opened[place] = stack.enter_context(opened_project(side.path, read_only=True))
            else:
                opened[place] = stack.enter_context(_imported(side.path, side.format, other, folder))
        yield opened[0], opened[1]


@contextmanager
def _imported(file: Path, its_format: Format, other: Project | None, folder: Path | None) -> Iterator[Project]:
    """A project for the while. other: whose images it has when the file does not list its own."""
    from app.project.agreements import forget
    from app.project.store import Project

    with temporary_folder() as temporary:
        project = Project.create(temporary / "diff.maskwright", folder or temporary)
        try:
            if folder is not None:
                drained(project.folder.scan(), "Looking for images")
            else:
                _add(project, _images(file, its_format, other))
            report = drained(its_format.import_file(project, file), "Reading")
            if report.skipped or report.problem_count:
                print(f"{file.name}: {report}", file=sys.stderr)
            yield project
        finally:
            project.close()
            forget(project.path)


def _images(file: Path, its_format: Format, other: Project | None) -> Iterable[ImageRecord]:
    if its_format.name in _LISTS_IMAGES:
        return _listed(file)
    if other is None:
        raise Problem(
            f"{file.name} does not tell all that is to be known of its images: name their folder by --images."
        )
    return [_sized(other, record) for record in other.images()]


def _add(project: Project, images: Iterable[ImageRecord]) -> None:
    paths: set[str] = set()
    with project.step("Images") as step:
        for record in images:
            if record.path not in paths:
                paths.add(record.path)
                step.add(record)


def _listed(file: Path) -> Iterator[ImageRecord]:
    """By a COCO file or folder."""
    from app.formats.coco.source import read_source, record
    from app.formats.panoptic import json_of
    from app.project.records import ImageRecord

    for raw in read_source(json_of(file), lambda _sentence: None).images:
        try:
            item = record(raw)
        except Problem:
            continue  # its objects are left out, as by the import
        path, width, height = (item.get(key) for key in ("file_name", "width", "height"))
        if isinstance(path, str) and path:
            sizes = (width, height) if _is_side(width) and _is_side(height) else (None, None)
            yield ImageRecord(0, path, *sizes)


def _is_side(value: object) -> bool:
    return isinstance(value, int) and 0 < value < 1 << 31


def _sized(project: Project, record: ImageRecord) -> ImageRecord:
    """The image with nothing that a file might say of it."""
    from app.formats.exporting import size_of

    try:
        height, width = size_of(project, record)
    except Problem:
        return replace(record, status="open", extra={})
    return replace(record, width=width, height=height, status="open", extra={})
