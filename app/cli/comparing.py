"""The command diff: compares two projects, or files of any format, object by object."""

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
from app.text import say

if TYPE_CHECKING:
    from app.formats.kit.format import Format
    from app.project.records import ImageRecord
    from app.project.store import Project

_Path = Annotated[
    Path, typer.Argument(help="A .maskwright file, or a file or folder of any format.", show_default=False)
]


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
        with _opened(_side(a, format_a, "--format-a"), _side(b, format_b, "--format-b"), images) as (first, second):
            found = drained(compare(first, second), say("Comparing"))
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
        return self.format is None or self.format.lists_images


def _side(path: Path, name: str, option: str) -> _Side:
    """Returns one side of the comparison with its format, a project's being None. option: what the person can name the
    format with."""
    from app.formats.registry import format_named, format_of

    if name:
        return _Side(path, format_named(name))
    return _Side(path, None if path.suffix.lower() == ".maskwright" else format_of(path, option))


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
    from app.formats.kit.describe import describe
    from app.project.agreements import forget
    from app.project.store import Project

    with temporary_folder() as temporary:
        project = Project.create(temporary / "diff.maskwright", folder or temporary)
        try:
            if folder is not None:
                drained(project.folder.scan(), say("Looking for images"))
            else:
                _add(project, _images(file, its_format, other))
            report = drained(its_format.import_file(project, file), say("Reading"))
            if report.skipped or report.problem_count:
                print(f"{file.name}: {describe(report)}", file=sys.stderr)
            yield project
        finally:
            project.close()
            forget(project.path)


def _images(file: Path, its_format: Format, other: Project | None) -> Iterable[ImageRecord]:
    if its_format.images is not None:
        return its_format.images(file)
    if other is None:
        raise Problem(
            say(
                "{file} does not tell all that is to be known of its images: name their folder by --images.",
                file=file.name,
            )
        )
    return [_sized(other, record) for record in other.images()]


def _add(project: Project, images: Iterable[ImageRecord]) -> None:
    paths: set[str] = set()
    with project.step(say("Images")) as step:
        for record in images:
            if record.path not in paths:
                paths.add(record.path)
                step.add(record)


def _sized(project: Project, record: ImageRecord) -> ImageRecord:
    """The image with nothing that a file might say of it."""
    from app.formats.kit.exporting import size_of

    try:
        height, width = size_of(project, record)
    except Problem:
        return replace(record, status="open", extra={})
    return replace(record, width=width, height=height, status="open", extra={})
