"""Objects of a file laid on the images of a project, as one undoable step in many small transactions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TypeAlias, TypeVar, cast

from msgspec.structs import replace

from app.formats.kit.class_numbers import note_other_numbers
from app.formats.kit.files import files_below, others
from app.formats.kit.format import PART
from app.formats.kit.geometry import bounded
from app.formats.kit.glance import JsonGlance, first_files, json_glance
from app.formats.kit.imported_classes import ImportedClasses
from app.formats.kit.matching import FileFinder
from app.formats.kit.present import Present
from app.formats.kit.report import UNCLASSIFIED, Nowhere, Report, Steps, several_classes
from app.formats.kit.values import ClassNames
from app.images.reading import image_size
from app.masks.geometry import Geometry
from app.masks.rle import MAX_IMAGE_PIXELS, MAX_PIXELS, Mask
from app.problem import Problem
from app.project.details import OUTLINE, details_of
from app.project.history.journal import Step
from app.project.records import Annotation, Category, ImageRecord, Json
from app.project.store import Project
from app.text import say

_BATCH = 20
"""Objects of one transaction, the least of a Pace: what the person accepts meanwhile waits for it."""
_MOST_NAMES, _MOST_LETTERS = 20, 40
"""Of what is left out; the names are a stranger's."""
_TAKEN_ID = say("its id is that of another object, or of one that was deleted; it got another one.")
_T = TypeVar("_T")


def put_image(step: Step, read: ImageRecord) -> None:
    """Writes what a file tells of an image, and nothing else: what the person did to it meanwhile stays, and what
    another entry of the file told of it. An open image in a file is no reason to open one that is done."""
    now = step.now(read)
    known = {} if now is None else now.extra
    if "id" not in read.extra:  # the file says the id that the project has, so that an older one is gone
        known = others(known, "id")
    read = replace(read, extra={**known, **read.extra})
    step.put_only(read, "extra", *(["status"] if read.status != "open" else []))


@dataclass(frozen=True)
class ImportTarget:
    """An image of the project that objects can be laid on."""

    record: ImageRecord
    size: tuple[int, int]
    """(height, width)"""


@dataclass(frozen=True)
class ImportedObject:
    """An object of a file. Its class has no id yet; its own is 0, or that of the file, which it gets if it is free."""

    category: Category | None
    annotation: Annotation


Item: TypeAlias = ImportedObject | ImageRecord
"""An object, or an image of the project with what the file says of it in extra."""


def make_object(target: ImportTarget, name: str, mask: Mask, *, geometry: Geometry | None = None) -> ImportedObject:
    """Makes an object on an image, with a class of that name. Problem when the name is empty."""
    return ImportedObject(make_category(name), Annotation(0, target.record.id, None, mask, geometry=geometry))


def make_category(name: str) -> Category:
    """Makes a class of a file, which has no id yet. Problem when it has no name."""
    if not name.strip():
        raise Problem(say("it has no class."))
    return Category(0, name, "")


def make_target(project: Project, record: ImageRecord, size: tuple[int, int] | None = None) -> ImportTarget:
    """Makes the target of an image. size: (height, width) the file was made for, if it says so. Problem when that is
    not the size of the image, or none is known."""
    return fit_target(record, _size(project, record), size)


def fit_target(record: ImageRecord, own: tuple[int, int] | None, size: tuple[int, int] | None) -> ImportTarget:
    """Makes the target of an image whose own (height, width) is told, where it is known. size: that of the file, if it
    says so. Problem as make_target."""
    its_size = own or size
    if its_size is None:
        raise Problem(say("{path}: its size is not known, so that no mask can be laid on it.", path=record.path))
    at_most = MAX_IMAGE_PIXELS if own else MAX_PIXELS  # that of a file: what is unpacked may be as large
    if min(its_size) < 1 or its_size[0] * its_size[1] > at_most:
        raise Problem(
            say(
                "{path}: {width} x {height} pixels are an impossible size.",
                path=record.path,
                width=its_size[1],
                height=its_size[0],
            )
        )
    if size not in (None, its_size):
        has, made_for = (f"{width} x {height}" for height, width in (its_size, size))
        raise Problem(
            say(
                "{path} has {has} pixels, but the file was made for {made_for}.",
                path=record.path,
                has=has,
                made_for=made_for,
            )
        )
    return ImportTarget(record, its_size)


def _size(project: Project, record: ImageRecord) -> tuple[int, int] | None:
    try:
        width, height = image_size(project.image_path(record))
    except Problem:
        return (record.height, record.width) if record.height and record.width else None
    project.image_table.note_size(record.id, (height, width))
    return height, width


@dataclass(frozen=True)
class Reading:
    """What an import goes over."""

    project: Project
    report: Report
    title: str
    """Of the format."""
    total: int
    """Of the progress."""

    def steps(
        self,
        parts: Iterable[tuple[int, _T]],
        items: Callable[[_T], Iterator[Item]],
        categories: Iterable[Category] = (),
        names: Iterable[str] = (),
    ) -> Steps:
        """Imports, step by step. parts: pieces of the file or folder, each with the progress when it is done. items:
        what a piece holds; a Problem costs the rest of that piece. categories: to be there even when no object has
        them, in this order. names: all that the file lists, where that is more."""
        categories = list(categories)
        intake, step_id = _Intake(self.project, self.report, [*names, *(each.name for each in categories)]), None
        yield 0, self.total
        with self.project.steps.in_bulk():
            with self.project.step(say("Import {title}", title=self.title)) as step:
                for category in categories:
                    intake.note_if_merged(category)
                    intake.category(step, category)
            step_id, done = step.id, 0
            for done_then, part in parts:
                pending = self._until_problem(items, part)
                while batch := list(islice(pending, _BATCH)):
                    with self.project.step(say("Import {title}", title=self.title), into=step_id) as step:
                        for item in batch:
                            intake.add(step, item)
                    step_id = step.id or step_id
                    yield done, self.total
                done = max(done, min(done_then, self.total))
                yield done, self.total
            intake.finish()
        return self.report

    def _until_problem(self, items: Callable[[_T], Iterator[Item]], part: _T) -> Iterator[Item]:
        try:
            yield from items(part)
        except Problem as problem:
            self.report.leave_out(str(problem), problem, of="file")


class FolderReader:
    """Reads the files of a folder; finder: the images that their names mean."""

    def __init__(self, project: Project, folder: Path, report: Report, finder: FileFinder) -> None:
        self._project = project
        self._folder = folder
        self._report = report
        self._finder = finder


class JsonReader(FolderReader, ABC):
    """Reads a folder with a JSON file for each image."""

    @staticmethod
    def seems(path: Path, grade: Callable[[JsonGlance], float]) -> float:
        """Grades a folder by some of its JSON files, or a single one, which is a part of such a folder at most."""
        files = first_files(path, ".json") if path.is_dir() else [path]
        best = max((grade(seen) for file in files if (seen := json_glance(file))), default=0.0)
        return best if path.is_dir() else min(best, PART)

    @abstractmethod
    def items(self, file: str) -> Iterator[Item]:
        """Yields what one file holds. file: its path below the folder."""

    @classmethod
    def steps(cls, project: Project, folder: Path, title: str) -> Steps:
        """Imports file by file. title: of the format. Problem when there is no JSON file."""
        report = Report("Imported")
        files = files_below(folder, ".json", report=report)
        if not files:
            raise report.refusal(say("{folder}: there are no JSON files in it.", folder=folder.name))
        finder = FileFinder(project.images(), (str(PurePosixPath(file).with_suffix("")) for file in files))
        reader = cls(project, folder, report, finder)
        return (yield from Reading(project, report, title, len(files)).steps(enumerate(files, 1), reader.items))


class LeftOut:
    """Parts of a file that have no place in a project, by what the file calls them."""

    def __init__(self) -> None:
        self._counts = Counter[str]()
        self._others = 0

    def count(self, name: str) -> None:
        """Counts one more part of that name."""
        if name in self._counts or len(self._counts) < _MOST_NAMES:
            self._counts[name] += 1
        else:
            self._others += 1

    def tell(self, report: Report) -> None:
        """Notes one sentence for each name."""
        for name, count in self._counts.items():
            report.warn(
                say(
                    "What the file says as {name} has no place here and is left out ({count}).",
                    name=name[:_MOST_LETTERS],
                    count=count,
                )
            )
        if self._others:
            report.warn(say("So are more kinds of such things ({others}).", others=self._others))


def object_in(item: Json, key: str) -> Json:
    """Returns the JSON object under a key; an empty one when there is none."""
    value = item.get(key)
    return cast(Json, value) if isinstance(value, dict) else {}


class _Intake:
    """What the classes and objects of the file became."""

    def __init__(self, project: Project, report: Report, names: Iterable[str]) -> None:
        self._project = project
        self._report = report
        self._classes = ImportedClasses(project, report)
        self._names = ClassNames((category.name for category in project.categories()), names)
        self._last: dict[str, Category] = {}
        """The class of the file that was last seen of each name."""
        self._told: set[str] = set()
        """Names of which it is told that they have several numbers, or classes."""
        self._images: set[int] = set()
        self._present = Present(project)
        self._kept = 0

    def add(self, step: Step, item: Item) -> None:
        if isinstance(item, ImageRecord):
            self._images.add(item.id)
            put_image(step, item)
            return
        if not item.annotation.mask.area:
            self._report.leave_out(_covers_nothing(self._project, item), Nowhere())
            return
        category_id = self.category(step, item.category).id if item.category else None
        annotation = replace(item.annotation, category_id=category_id)
        if annotation.geometry is not None:
            annotation = replace(annotation, geometry=bounded(annotation.geometry, self._note_of(annotation)))
        self._images.add(annotation.image_id)
        there = self._present.take(annotation)
        if there is not None:
            self._kept += says_else(annotation, there)
            self._report.unchanged += 1
            return
        step.add(self._with_free_id(annotation))
        self._report.annotations += 1

    @cached_property
    def _gone(self) -> frozenset[int]:
        """The ids of objects that are gone: whoever brings them back gives them these again."""
        return self._project.history.gone_ids("annotation")

    def _with_free_id(self, annotation: Annotation) -> Annotation:
        if not annotation.id or (annotation.id not in self._gone and self._project.annotation(annotation.id) is None):
            return annotation
        path = self._project.image(annotation.image_id).path
        self._report.remark(_TAKEN_ID, say("{path}, object {id}", path=path, id=annotation.id))
        return replace(annotation, id=0)

    def note_if_merged(self, category: Category) -> None:
        """Notes that the file had a class of that name already."""
        name = self._names.of(category.name)
        if name in self._last:
            self._report.warn(several_classes(name))
            self._told.add(name)

    def _note_of(self, annotation: Annotation) -> Callable[[str], None]:
        path = self._project.image(annotation.image_id).path
        return lambda sentence: self._report.warn(f"{path}: {sentence}")

    def category(self, step: Step, category: Category) -> Category:
        """The project's class of that name with what the file knows more of it, or a new one."""
        category = replace(category, id=0, name=self._names.of(category.name))
        existing = self._classes.find(step, category.name)
        if existing is not None:
            if self._last.get(category.name) == category:
                return existing  # as nearly all objects have it
            if category.name not in self._told and note_other_numbers(self._report, existing, category):
                self._told.add(category.name)
        self._last[category.name] = category
        return self._classes.merge(step, category)

    def finish(self) -> None:
        tell_kept(self._report, self._kept)
        self._report.images = len(self._images)
        self._report.categories = len(self._last)


def _covers_nothing(project: Project, item: ImportedObject) -> str:
    path, name = project.image(item.annotation.image_id).path, item.category.name if item.category else UNCLASSIFIED
    return say("{path}, an object {name}: it covers no pixel.", path=path, name=name)


def tell_kept(report: Report, kept: int) -> None:
    """Notes of how many objects a file says something else than the project."""
    if kept:
        report.warn(
            say("Objects of which the file says other things than the project, which kept its own: {kept}.", kept=kept)
        )


def says_else(annotation: Annotation, there: Annotation) -> bool:
    """Tells whether a file knows of an object that is there already an attribute or a key that the project does not
    know, or otherwise, or whether it is a crowd. Of one mask there are many outlines, which say the same. annotation:
    as the file has it."""
    if annotation.iscrowd != there.iscrowd:
        return True
    known, said = (({**details_of(each), **each.attributes}) for each in (there, annotation))
    return any(known.get(name) != value for name, value in said.items() if name != OUTLINE)
