"""The record of a file format: what it is called, what it holds, and the functions that read, write and recognize it.

A format is a module (or package) of app/formats, or of a plugin, with such a record named `FORMAT`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from app.formats.kit.filling import Tracing
from app.formats.kit.options import Option, Value, checked
from app.formats.kit.photos import FILES, LEAVE, plan
from app.formats.kit.report import Steps
from app.formats.kit.selection import IMAGES, selected, tell_unchosen
from app.partial import remove_leftovers, temporary_folder
from app.problem import shortened
from app.project.records import ImageRecord
from app.project.replaced import told
from app.project.store import Project

LIKELY = 0.5
"""What a format grades lower is not taken for it unless the person says so."""
COMMON = (IMAGES,)
"""Options that every format has beside its own."""
PART = 0.2
"""The grade of a single file of a format that is read from the folder it lies in."""
Reader: TypeAlias = Callable[[Project, Path], Steps]
Writer: TypeAlias = Callable[..., Steps]


@dataclass(frozen=True)
class Format:
    """A file format. Terminal, window, tests and the table in the README are made from these records."""

    name: str
    """On the command line."""
    title: str
    """In menus."""
    reader: Reader
    """Adds what the file holds, as one undoable step. Problem when the file is none of this format."""
    writer: Writer
    """Takes a project, a file and the options by their names. Writes the file whole or not at all; a read-only project
    is enough. Problem when it cannot be written."""
    seems: Callable[[Path], float]
    """How surely a file or folder is of this format, by a glance at what is in it: 1 when it bears marks that no other
    format has, LIKELY and more when it can be taken for it, 0 when it is certainly none. It raises nothing, and looks
    only at a part of what may be huge: `app.formats.kit.glance` does both."""
    holds: frozenset[str]
    """Which of `app.formats.kit.fields` come back as well. What does not is in the report of the export."""
    suffix: str = ""
    """The ending of its file; "" when it is a folder."""
    limits: tuple[str, ...] = ()
    """What it cannot say of masks and classes; nothing when every object comes back with the very pixels and class it
    was written with."""
    options: tuple[Option, ...] = ()
    """What can be chosen for an export."""
    photos: str | None = None
    """Where its readers look for the image files: a folder in that of the export, or "" for beside the file about each.
    None when they are told where those are; else its options have FILES, and its writer takes `files`."""
    tracing: Tracing | None = None
    """How it draws masks as polygons, if it does."""
    images: Callable[[Path], Iterable[ImageRecord]] | None = None
    """The images that a file lists, with their sizes where it tells them; None when its files do not list all."""

    @property
    def lossless(self) -> bool:
        """Tells whether every object comes back as it was: the format has no limits."""
        return not self.limits

    @property
    def lists_images(self) -> bool:
        """Tells whether a file of it lists all images with their sizes."""
        return self.images is not None

    def import_file(self, project: Project, file: Path) -> Steps:
        """Adds what the file holds, as one undoable step. Where nothing came in, the report says why. Problem when the
        file is none of this format."""
        return _explained(file, _onto_present_photos(project, self.reader(project, file)))

    def export_file(self, project: Project, file: Path, **options: Value) -> Steps:
        """Writes the file whole or not at all; a read-only project is enough. Problem when it cannot be written, or
        the format has no such option."""
        remove_leftovers(file.absolute().parent)
        values = self.checked(options)
        seen = selected(project, str(values.pop(IMAGES.name)))
        return _telling_replaced(project, seen, self.writer(seen, file, **values))

    def checked(self, options: Mapping[str, Value]) -> dict[str, Value]:
        """Returns a value for each of its options, and for those that every format has. Problem when one is given that
        it does not have, or cannot be."""
        return checked(self.title, (*self.options, *COMMON), options)


def _onto_present_photos(project: Project, steps: Steps) -> Steps:
    """Imports onto photos as they are now: what was known of others in their place is forgotten first."""
    if not project.read_only:
        project.folder.renew()
    return (yield from steps)


def _explained(file: Path, steps: Steps) -> Steps:
    """An import that says why, where nothing came in."""
    report = yield from steps
    report.explain(shortened(file.name or file.absolute().name))
    return report


def _telling_replaced(project: Project, seen: Project, steps: Steps) -> Steps:
    """An export that tells of the photos that were replaced after they had been labelled, and of those that it was not
    to write."""
    replaced = yield from project.folder.replaced()
    report = yield from steps
    for sentence in told(replaced):
        report.warn(sentence)
    tell_unchosen(project, seen, report)
    return report


def try_export(project: Project, each: Format, **options: Value) -> Steps:
    """Exports to a place where nothing is left of it, for what the export would tell."""
    values = each.checked(options)
    tried = {**values, **({FILES.name: LEAVE} if FILES.name in values else {})}
    with temporary_folder() as folder:
        report = yield from each.export_file(project, folder / f"out{each.suffix}", **tried)
    plan(selected(project, str(values[IMAGES.name])), values, report)
    report.done = "Would export"
    return report
