"""A project image by image, as exports see it: what cannot be written is left out and said, what the format has no room
for is counted."""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import cast

from msgspec.structs import replace

from app.formats.kit.extension_keys import FILE_KEYS, telling
from app.formats.kit.fields import FIELDS, KEYS, UNUSED, Field, Of
from app.formats.kit.folder import replacing_folder
from app.formats.kit.paths import told_apart, without_ending
from app.formats.kit.photos import Photos
from app.formats.kit.report import UNCLASSIFIED, Report, Steps
from app.images.pages import as_file, shown
from app.images.reading import image_size
from app.masks.rle import MAX_PIXELS
from app.problem import Problem, shortened
from app.project.records import Annotation, Category, ImageRecord, Json
from app.project.respelled import one_spelling
from app.project.store import Project
from app.project.whereabouts import named_path
from app.text import say

NO_CLASS = "no class"
"""What an ExportView is told that the format holds: it can leave an object without one."""
UNREAD_MASK = say("its mask is damaged, or longer than its image can need.")
"""Of an object whose mask has no letters: see project.rows.Table.read."""

_NO_PLACE = (FileExistsError, NotADirectoryError, IsADirectoryError)
"""Where a file shall be what another image has as a folder: a.json of a.png, beside a.json/b.png."""
_MOST_SHOWN = 1000
"""Characters of a path in a report."""


@dataclass(frozen=True)
class LabelledObject:
    """An object and its class."""

    annotation: Annotation
    category: Category


@dataclass(frozen=True)
class Page:
    """An image and the objects on it, the uppermost last."""

    record: ImageRecord
    size: tuple[int, int]
    """(height, width)"""
    stem: str
    """Where a file about it lies in a folder, without the ending: sub/cat of sub/cat.jpg."""
    objects: list[LabelledObject]

    def place(self, annotation: Annotation) -> str:
        """Names an object of the page in sentences."""
        return say("{path}, object {id}", path=self.record.path, id=annotation.id)


class ExportView:
    """A project as an export sees it: the images and classes are those of the beginning, while the window may go on
    working."""

    def __init__(
        self,
        project: Project,
        report: Report,
        holds: Iterable[str],
        fits: Mapping[str, Callable[[Json], Json]] | None = None,
        *,
        has_maps: bool = False,
    ) -> None:
        """Views a project as a format will hold it, and counts what its classes lose. holds: of app.formats.fields (and
        NO_CLASS) what the format has room for. fits: of a field with keys that it has room for in part, that part, as
        it is written; what has no key in it is lost. has_maps: it says something of each pixel, which leaves huge
        images out."""
        self.report = report
        self._project = project
        self._holds = frozenset(holds)
        self._fits = fits or {}
        self._has_maps = has_maps
        self.images = project.images()
        self.categories = _with_unclassified(project)
        """By id."""
        self.stems = _stems(self.images)
        """Of the pages, by the id of the image."""
        if project.setting(FILE_KEYS, {}):
            report.warn(say("What the imported file said of itself (info, licenses) cannot be kept in this format."))
        self._count_class_losses()

    def pages(self) -> Iterator[Page | None]:
        """Yields a page for each of images; None for one that cannot be written."""
        for record in self.images:
            try:
                yield self._page(record)
            except Problem as problem:
                self.report.leave_out(left_out(record, problem), of="file")
                yield None

    def _page(self, record: ImageRecord) -> Page:
        # Problem when the name leads out of the folder: it would do so in ours too
        named_path(self._project.root, record.path)
        size = size_of(self._project, record)
        if self._has_maps and size[0] * size[1] > MAX_PIXELS:
            raise Problem(
                say(
                    "{path}: a map of its {width} x {height} pixels is more than this format is written for; "
                    "COCO and SA-1B hold masks of any image.",
                    path=record.path,
                    width=size[1],
                    height=size[0],
                )
            )
        page = Page(record, size, self.stems[record.id], [])
        self._count_losses(record, "image", record.path)
        annotations = sorted(self._project.annotations(record.id), key=lambda each: (each.z_order, each.id))
        for annotation in annotations:
            category = self._category(annotation)
            if category is None:
                self.report.leave_out(say("{place} was made while the export ran.", place=page.place(annotation)))
            elif not annotation.mask.counts:
                self.report.leave_out(f"{page.place(annotation)}: {UNREAD_MASK}")
            elif annotation.mask.size != size:
                self.report.leave_out(
                    say("{place}: its mask is not made for the size of the image.", place=page.place(annotation))
                )
            elif not annotation.mask.area:
                self.report.leave_out(say("{place}: its mask is empty.", place=page.place(annotation)))
            else:
                self._count_losses(annotation, "object", page.place(annotation))
                if annotation.category_id is None and NO_CLASS not in self._holds:
                    self.report.unclassified += 1
                page.objects.append(LabelledObject(self._fitted(annotation), category))
        self.report.images += 1
        return page

    def _category(self, annotation: Annotation) -> Category | None:
        if annotation.category_id is not None:
            return self.categories.get(annotation.category_id)
        return next((c for c in self.categories.values() if c.name == UNCLASSIFIED), None)

    def _fitted(self, annotation: Annotation) -> Annotation:
        """Returns an annotation with those of its unknown keys that the format has room for."""
        fit = self._fits.get(KEYS)
        return annotation if fit is None else replace(annotation, extra=fit(annotation.extra))

    def _count_losses(self, record: Annotation | Category | ImageRecord, of: Of, place: str) -> None:
        for field in FIELDS:
            if field.of == of and self._is_lost(field, record):
                self.report.lose(field.name, place, of)

    def _is_lost(self, field: Field, record: Annotation | Category | ImageRecord) -> bool:
        value = field.value(record)
        fit = self._fits.get(field.name)
        if fit is None:
            return bool(value) and field.name not in self._holds
        keys = cast(Json, value)
        return not keys.keys() <= fit(keys).keys()

    def _count_class_losses(self) -> None:
        counts = self._project.statistics.category_counts()
        for category in telling(self._project.categories()):
            self._count_losses(category, "class", say("class {category}", category=category.name))
            if not counts[category.id] and UNUSED not in self._holds:
                self.report.lose(UNUSED, say("class {category}", category=category.name), "class")


def export_folder(project: Project, folder: Path, album: ExportView, write: Callable[[Path, Page], None],
                  finish: Callable[[Path], None] | None = None, photos: Photos | None = None) -> Steps:  # fmt: skip
    """Writes a folder, which is there when all is written. write: puts the files about one image into a folder and
    counts its objects. finish: puts those about all of them there, and counts the classes where not all are written.
    photos: puts the images there. Problem when it cannot be written."""
    yield 0, len(album.images)
    with replacing_folder(folder) as part:
        for done, page in enumerate(album.pages(), start=1):
            if page is not None:
                _write(page, part, write)
                _tell_other_name(page, album.report)
                for _ in photos.put(part, page.record) if photos is not None else ():
                    yield done - 1, len(album.images)
            yield done, len(album.images)
        album.report.categories = len(album.categories)
        if finish is not None:
            finish(part)
    return album.report


def _write(page: Page, part: Path, write: Callable[[Path, Page], None]) -> None:
    """Problem that names the image when it is its name that nothing can be written under."""
    try:
        write(part, page)
    except OSError as error:
        if not isinstance(error, _NO_PLACE) and error.errno != errno.ENAMETOOLONG:
            raise
        path, reason = shown(page.record.path), error.strerror
        told = say("{path}: nothing can be written under its name: {reason}. Rename it.", path=path, reason=reason)
        raise Problem(told) from error


def _tell_other_name(page: Page, report: Report) -> None:
    if page.stem == told_apart(page.record.path):
        report.warn(
            say(
                "{path}: what is written about it is named {name}, since on Windows and macOS another image has its "
                "name.",
                path=shown(page.record.path),
                name=page.stem,
            )
        )


def make_parents(file: Path) -> Path:
    """Makes the folders that a file lies in; returns the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def refuse_target(project: Project, file: Path, suffix: str) -> None:
    """Raises a Problem when the file would take the place of a project, of what SQLite keeps beside it, or of what no
    export can have written: a photo. suffix: of the format."""
    # .maskwright-wal too
    if file.suffix.lower().startswith(project.path.suffix.lower()) or file.absolute() == project.path:
        raise Problem(say("{file} would take the place of a project; choose another name.", file=file.name))
    if file.suffix.lower() not in ("", suffix) and os.path.lexists(file):
        raise Problem(
            say("{file} is there already and is no {suffix} file; choose another name.", file=file.name, suffix=suffix)
        )


def left_out(record: ImageRecord, problem: Problem) -> str:
    """Makes the sentence on an image that cannot be written, with all of its path."""
    shown, name = shortened(record.path, most=_MOST_SHOWN), PurePosixPath(record.path).name
    why = str(problem).removeprefix(f"{record.path}: ").removeprefix(f"{name}: ")
    return say("Left out: {shown}: {why}", shown=shown, why=why)


def size_of(project: Project, record: ImageRecord) -> tuple[int, int]:
    """Returns (height, width); of an image that cannot be read any more, that of its masks. Problem when it has
    none."""
    if record.width and record.height:
        return record.height, record.width
    try:
        width, height = image_size(project.image_path(record))
    except Problem:
        annotations = project.annotations(record.id)
        if not annotations:
            raise
        return annotations[0].mask.size
    return height, width


def _with_unclassified(project: Project) -> dict[int, Category]:
    categories = {category.id: category for category in project.categories()}
    is_named = any(category.name == UNCLASSIFIED for category in categories.values())
    if project.statistics.category_counts()[None] and not is_named:
        new_id = max(categories, default=0) + 1
        categories[new_id] = Category(new_id, UNCLASSIFIED, "")
    return categories


def _stems(images: Sequence[ImageRecord]) -> dict[int, str]:
    """Where two images differ only in their ending, it stays; where they differ only in how their names are spelled,
    one of them is told apart: Windows and macOS would write the one over the other."""
    bare = {record.id: without_ending(PurePosixPath(as_file(record.path))).as_posix() for record in images}
    spelled = {record.id: (one_spelling(bare[record.id]), one_spelling(record.path)) for record in images}
    counts = Counter(each for both in spelled.values() for each in both)
    first: dict[str, str] = {}
    for record in images:
        spelling = spelled[record.id][1]
        first[spelling] = min(first.get(spelling, record.path), record.path)

    def stem(record: ImageRecord) -> str:
        of_bare, of_path = spelled[record.id]
        if counts[of_bare] == 1:
            return bare[record.id]
        return record.path if first[of_path] == record.path else told_apart(record.path)

    return {record.id: stem(record) for record in images}
