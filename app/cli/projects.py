"""Project files: open, new, info, import, export, formats, repair."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.openable import refuse_without_screen
from app.cli.output import Json, answer, drained, progress
from app.problem import PARTIAL, Problem, shortened
from app.text import say, say_n

if TYPE_CHECKING:
    from app.formats.kit.report import Report
    from app.project.store import Project

ProjectFile = Annotated[Path, typer.Argument(help="A .maskwright file.", show_default=False)]
Each = Annotated[bool, typer.Option("--all", "--details", help="Tell each thing in a line of its own, not each kind.")]
ListFile = Annotated[
    Path | None,
    typer.Option("--list", help="A text file for the full list, a line for each thing.", show_default=False),
]
AllImages = Annotated[
    bool | None,
    typer.Option(
        "--all-images/--photos-only",
        help="Whether masks in folders beside the photos are images of the project too; it remembers.",
        show_default="photos only",
    ),
]
ReadName = Annotated[
    str | None,
    typer.Option("--format", help="Its format, where what is in it does not tell.", show_default="what it looks like"),
]
FormatName = Annotated[str, typer.Option("--format", help="The file format; `maskwright formats` lists them.")]


def open_(
    path: Annotated[Path | None, typer.Argument(help="A folder of images, an image in it, or a project file.")] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Open the sample project.")] = False,
    new_window: Annotated[
        bool, typer.Option("--new-window", help="In a window of its own, while another one is open.")
    ] = False,
) -> None:
    """Open the window. An image that is named is shown, with its folder; the word open may be left out."""
    if path is not None and sample:
        raise typer.BadParameter(say("Give a PATH or --sample, not both."))
    if path is not None and not path.exists():
        raise Problem(say("{path} does not exist.", path=path))
    refuse_without_screen()
    from app.ui.start import run

    raise typer.Exit(run(path, sample=sample, new_window=new_window))


def new(
    project: ProjectFile,
    images_dir: Annotated[Path, typer.Argument(help="The folder of the images.", show_default=False)],
    all_images: AllImages = None,
    json: Json = False,
) -> None:
    """Make a project of a folder of images, which are not touched."""
    from app.project.mask_folders import ALL_IMAGES
    from app.project.store import Project

    if project.suffix != ".maskwright":
        raise Problem(say("{project}: a project file ends with .maskwright.", project=project.name))
    made = Project.create(project, images_dir)
    try:
        if all_images:
            made.set_setting(ALL_IMAGES, True)
        passed_over = drained(made.folder.scan(), say("Looking for images"))
        counts, masks = made.statistics.counts(), made.folder.mask_folders
    finally:
        made.close()
    told = say_n("{project}: {n} image", "{project}: {n} images", counts["image"], project=project)
    lines = [told, *([passed_over] if passed_over else []), *masks_told(masks)]
    value = {"project": str(project), **_counts(counts), "passed_over": passed_over, "mask_folders": masks}
    answer(value, "\n".join(lines), as_json=json)


def info(project: ProjectFile, json: Json = False) -> None:
    """Tell what a project holds."""
    with opened_project(project, read_only=True) as opened:
        counts = _counts(opened.statistics.counts())
        value = {
            "project": str(project),
            "images_dir": str(opened.root),
            **counts,
            "schema_version": opened.file.schema_version,
        }
    titles = (
        say("project"), say("images dir"), say("images"), say("classes"), say("annotations"), say("schema version"),
    )  # fmt: skip
    entries = map(shortened, map(str, value.values()))
    text = "\n".join(f"{title:15} {entry}" for title, entry in zip(titles, entries, strict=True))
    answer(value, text, as_json=json)


def import_(
    project: ProjectFile,
    file: Annotated[Path, typer.Argument(help="The file or folder to read.", show_default=False)],
    format: ReadName = None,
    each: Each = False,
    full_list: ListFile = None,
    json: Json = False,
) -> None:
    """Add the annotations of a file or folder to a project. Its format is told by what is in it.

    Exit status: 0 when all came in, 3 when something was left out, which is told; 1 when nothing could be read.
    """
    from app.formats.registry import reader_of

    reader = reader_of(file, format)
    with opened_project(project, read_only=False) as opened:
        _refuse_list(opened, full_list)
        _look_for_images(opened)
        report = drained(reader.import_file(opened, file), say("Importing"))
    _tell(report, json, each=each, full_list=full_list)


def export(
    project: ProjectFile,
    out: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    format: Annotated[
        str | None,
        typer.Option("--format", help="The file format; `maskwright formats` lists them.", show_default="coco"),
    ] = None,
    program: Annotated[
        str | None,
        typer.Option(
            "--for",
            help="The program that will read it chooses format and options; `maskwright formats` lists them.",
            show_default=False,
        ),
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", help="NAME=VALUE of the format, as often as needed.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; tell what would be lost.")] = False,
    each: Each = False,
    full_list: ListFile = None,
    json: Json = False,
) -> None:
    """Write the annotations of a project to a file, and tell what the format cannot hold.

    Exit status: 0 when all objects were written, 3 when some were left out, which is told; 1 when nothing was written.
    """
    from app.formats.kit.format import try_export
    from app.formats.kit.options import from_words
    from app.formats.kit.programs import choice
    from app.formats.registry import format_named

    name, options = choice(program, format, from_words(option or ()))
    writer = format_named(name)
    with opened_project(project, read_only=True) as opened:
        _refuse_list(opened, full_list)
        steps = try_export(opened, writer, **options) if dry_run else writer.export_file(opened, out, **options)
        report = drained(steps, say("Trying") if dry_run else say("Exporting"))
    _tell(report, json, each=each, full_list=full_list)


def formats(json: Json = False) -> None:
    """List the file formats, their options, what each cannot hold, and who reads them."""
    from app.formats.table import program_rows, programs_table, rows, table

    answer({"formats": rows(), "programs": program_rows()}, f"{table()}\n\n{programs_table()}", as_json=json)


def repair(
    project: ProjectFile,
    out: Annotated[
        Path | None, typer.Option("--out", help="The new file.", show_default="beside it, NAME-repaired")
    ] = None,
    json: Json = False,
) -> None:
    """Save what can be read of a damaged project into a new one. The damaged file is not touched."""
    from app.project.safety.repair import repair

    out = out or project.with_name(f"{project.stem}-repaired.maskwright")
    if out.suffix != ".maskwright":
        raise Problem(say("{file}: a project file ends with .maskwright.", file=out.name))
    report = drained(repair(project, out), say("Repairing"))
    answer(asdict(report), str(report), as_json=json)


def trust(
    project: ProjectFile,
    images: Annotated[
        Path | None, typer.Option("--images", help="Another folder; the project keeps it.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Let a project of somebody else look for its images outside its own folder, on this computer."""
    from app.project.store import Project

    with closing(Project.open(project, read_only=images is None)) as opened:
        if images is None:
            opened.whereabouts.settle()
        else:
            opened.folder.look_in(images)
        folder = str(opened.root)
    value = {"project": str(project), "images_dir": folder}
    answer(
        value,
        say("{project} looks for its images in {folder}.", project=project.name, folder=shortened(folder)),
        as_json=json,
    )


@contextmanager
def opened_project(path: Path, *, read_only: bool, needs_images: bool = False) -> Iterator[Project]:
    """Opens a project for a command. Before it is written to, what was changed since the last backup gets one. Without
    needs_images it is told, and goes on, when the images may not be looked at."""
    from app.project.safety.backup import back_up
    from app.project.store import Project

    project = Project.open(path, read_only=read_only)
    for note in project.notes:
        print(note, file=sys.stderr)
    try:
        if needs_images:
            project.whereabouts.must_be_settled()
        elif not project.whereabouts.is_settled:
            print(project.whereabouts.sentence, file=sys.stderr)
        if not project.read_only:
            with progress(say("Backing up")) as advance:
                back_up(project.path, advance)
        yield project
    finally:
        project.close()


def _counts(counts: dict[str, int]) -> dict[str, int]:
    return {"images": counts["image"], "classes": counts["category"], "annotations": counts["annotation"]}


def masks_told(folders: list[str]) -> list[str]:
    """One line on folders that were left out, with how to have them."""
    from app.project.mask_folders import told

    return [f"{told(folders)} {say('--all-images takes them too.')}"] if folders else []


def _look_for_images(project: Project) -> None:
    """Finds the photos that were renamed since, as the window does at opening: a file may tell them by either name."""
    if project.read_only or not project.whereabouts.is_settled or not project.root.is_dir():
        return
    before = {record.id for record in project.images()}
    drained(project.folder.scan(), say("Looking for images"))
    if moved := len(project.folder.scanned.moved & before):
        told = say_n("{n} image was renamed; its masks went with it.",
                     "{n} images were renamed; their masks went with them.", moved)  # fmt: skip
        print(told, file=sys.stderr)


def _refuse_list(project: Project, file: Path | None) -> None:
    """Before a long work, not after it."""
    from app.formats.kit.exporting import refuse_target

    if file is not None:
        refuse_target(project, file, ".txt")


def _tell(report: Report, as_json: bool, *, each: bool, full_list: Path | None) -> None:
    from app.formats.kit.describe import describe, save_list

    if full_list is not None:
        save_list(report, full_list)
    told = describe(report)
    value = {**asdict(report), "partial": report.is_partial, "remarks": report.remarks.lines()}
    value |= {"tally": told.kinds, "lost": told.lost, "lost_beside": told.lost_beside}
    lines = told.lines if each else told.summary
    if len(lines) < len(told.lines):
        lines.append(say("--all tells each of them, and --list FILE keeps them in a file."))
    answer(value, "\n".join(lines), as_json=as_json)
    if report.is_partial:
        raise typer.Exit(PARTIAL)
