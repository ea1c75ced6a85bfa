"""Reads and writes what both YOLO formats share (https://docs.ultralytics.com/datasets/segment): a folder of
labels/*.txt, one for an image and one line for an object, and data.yaml with the names of the classes.

The images stay where they are: a folder (or a link to it) named images beside the labels is all that YOLO wants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

import numpy as np
from msgspec.structs import replace

from app.formats.kit import splits, yolo_lines
from app.formats.kit.class_numbers import Numbering, choose, numbered
from app.formats.kit.exporting import ExportView, LabelledObject, Page, export_folder, make_parents
from app.formats.kit.fields import GEOMETRY, IMAGE_KEYS, UNUSED
from app.formats.kit.files import below, files_below, read_text
from app.formats.kit.format import LIKELY
from app.formats.kit.geometry import geometry, is_lost, shape_of_words
from app.formats.kit.glance import first_files, first_lines
from app.formats.kit.importing import (
    ImportedObject,
    ImportTarget,
    Item,
    Reading,
    make_category,
    make_target,
)
from app.formats.kit.matching import FileFinder
from app.formats.kit.photos import LEAVE, Photos
from app.formats.kit.polygons import Point
from app.formats.kit.report import BOX_ALONE, Report, Steps
from app.formats.kit.yaml import quoted
from app.formats.kit.yolo_classes import LABELS, LISTS, YAML, YoloClasses, is_about_an_image, read_classes
from app.formats.kit.yolo_lines import NUMBERS_OF_A_BOX, YoloShape
from app.masks.geometry import Geometry
from app.masks.polygons import MAX_PERIMETER_PX, MAX_POINTS, perimeter_px
from app.problem import Problem, shortened
from app.project.records import Annotation, Category
from app.project.store import Project
from app.text import say

_DECIMALS = 8
"""Of a share of the image: its largest error is 0.0005 pixels in an image of 100,000."""
HOLDS = frozenset({UNUSED})
PHOTOS = "images"
"""The folder beside the labels where YOLO looks for the images."""
_KIND = "yolo"
"""Of the numbers of classes."""
_PIXELS = say("its coordinates are pixels, not shares of the image; they were read as such.")
_KEYPOINTS = say("its keypoints are kept for COCO, which alone has a place for them.")
_SHARE = re.compile(r"-?(?:[01](?:\.\d*)?|\.\d+|\d(?:\.\d*)?[eE]-\d+)")
"""Of the image: what lies far outside of it is no label."""


# --- import ----------------------------------------------------------------------------------------------------------


def import_yolo(project: Project, path: Path, title: str) -> Steps:
    """Reads a folder, or the data.yaml in it. Lines may be polygons or boxes, whatever the format is called. title: of
    the format. Problem when it is none of YOLO."""
    folder = path.parent if path.suffix.lower() in YAML else path
    report = Report("Imported")
    files = files_below(folder, ".txt", report=report)
    listed = [file for file in files if is_about_an_image(file) or _counts(folder / file)]
    classes = read_classes(path, folder, listed, report)
    if not listed and classes is None:
        raise report.refusal(
            say("{folder}: this is not a YOLO folder: it has neither labels nor data.yaml.", folder=folder.name)
        )
    if classes is None:
        report.warn(say("There is no data.yaml: the classes are named after their numbers."))
    if not listed and not report.left_out:
        report.nothing = say("There are no files of labels (.txt) in {folder}.", folder=shortened(folder.name))
    reader = _Reader(project, folder, report, listed, classes or YoloClasses({}))
    categories = [reader.category(number) for number in sorted(reader.names)]
    reading = Reading(project, report, title, len(listed))
    return (yield from reading.steps(enumerate(listed, 1), reader.items, categories))


def seems_yolo(path: Path, *, boxes: bool) -> float:
    """Grades how surely a folder or its data.yaml is of YOLO. boxes: whether it is asked for the format of boxes, whose
    labels the other one reads too, and the other way round: the lines tell which is the likelier."""
    if path.is_file():
        grade = _grade_of_yaml(path) if path.suffix.lower() in YAML else 0.0
        return grade - 0.1 if grade and boxes else grade
    counts = {count for file in first_files(path, ".txt", most=20) for count in _counts(file)}
    if counts:
        return 0.95 if boxes == (counts <= {NUMBERS_OF_A_BOX, NUMBERS_OF_A_BOX + 1}) else 0.9
    grade = max((_grade_of_yaml(path / name) for name in LISTS if name.endswith(YAML)), default=0.0)
    if not grade and ((path / LABELS).is_dir() or any(first_lines(path / name) for name in LISTS)):
        grade = LIKELY
    return grade - 0.1 if grade and boxes else grade


def _grade_of_yaml(file: Path) -> float:
    lines = [line for line in first_lines(file, most=10_000) if not line[0].isspace()]
    keys = {line.partition(":")[0].strip("\"' ") for line in lines if ":" in line}
    if "names" not in keys:
        return 0.0
    return 0.9 if keys & {"train", "val", "path", "nc"} else 0.6


def _counts(file: Path) -> set[int]:
    """How many numbers stand behind the class in each of the first lines; nothing where they are no labels: a photo
    may be called train.jpg."""
    lines = [line.split() for line in first_lines(file)]
    return {len(words) - 1 for words in lines} if all(map(_is_label, lines)) else set()


def _is_label(words: list[str]) -> bool:
    first, *rest = words
    is_class = first.removesuffix(".0").isdecimal()
    return is_class and len(rest) >= NUMBERS_OF_A_BOX and all(map(_SHARE.fullmatch, rest))


class _Reader:
    def __init__(
        self, project: Project, folder: Path, report: Report, files: Sequence[str], classes: YoloClasses
    ) -> None:
        self._project = project
        self._folder = folder
        self._report = report
        self.names = classes.names
        self._keypoints = classes.keypoints
        self._categories: dict[int, Category] = {}
        stems = [_stem(file) for file in files]
        self._finder = FileFinder(project.images(), stems, _beside)
        self._splits = splits.Splits(folder, stems, report.warn)

    def category(self, number: int) -> Category:
        if number not in self._categories:
            name = self.names.get(number, "")
            made = make_category(name if name.strip() else f"class {number}")
            self._categories[number] = numbered(made, _KIND, number)
        return self._categories[number]

    def items(self, file: str) -> Iterator[Item]:
        text = read_text(below(self._folder, file))
        stem = _stem(file)
        try:
            record = self._finder.find(stem, *self._said(stem))
        except Problem:
            if text.strip() and not _is_list_of_names(stem, text):
                raise
            return  # nothing is lost with it
        if split := self._splits.of(stem):
            yield replace(record, extra={**record.extra, splits.KEY: split})
        if not text.strip():
            return
        yield from self._objects(file, text, make_target(self._project, record))

    def _objects(self, file: str, text: str, image: ImportTarget) -> Iterator[Item]:
        lines = text.splitlines()
        height, width = image.size
        tracked = yolo_lines.tracked(lines)
        are_pixels = yolo_lines.are_pixels(self._shapes(lines, tracked), image.size)
        scale = (1.0, 1.0) if are_pixels else (float(width), float(height))
        if are_pixels:
            self._report.remark(_PIXELS, file)
        for number, line in enumerate(lines, start=1):
            words = line.split()
            if not words:
                continue
            try:
                shape = yolo_lines.shape_of(words[1:], self._keypoints, tracked)
                if shape.is_far_out and not are_pixels:
                    raise Problem(say("its coordinates are neither shares of the image nor pixels in it."))
                yield self._found(image, words, shape, scale)
                self._remark(shape, file)
            except Problem as problem:
                self._report.leave_out(
                    say("{file}, line {number}: {problem}", file=file, number=number, problem=problem), problem
                )

    def _shapes(self, lines: list[str], tracked: frozenset[int]) -> Iterator[YoloShape]:
        for line in lines:
            with suppress(Problem):  # told when its object is made
                yield yolo_lines.shape_of(line.split()[1:], self._keypoints, tracked)

    def _remark(self, shape: YoloShape, file: str) -> None:
        if shape.is_box:
            self._report.remark(BOX_ALONE, file)
        if shape.keypoints:
            self._report.remark(_KEYPOINTS, file)

    def _said(self, stem: str) -> list[str]:
        """Where YOLO finds the image, if that is where the images of the project lie; else what the lists tell."""
        ending = self._splits.ending(stem)
        there = Path(self._folder.absolute(), _beside(stem)[0])
        if there.is_relative_to(self._project.root):
            path = there.relative_to(self._project.root).as_posix() + ending
            if self._finder.knows(path):
                return [path]
        return [path + ending for path in _beside(stem)] if ending else []

    def _found(self, image: ImportTarget, words: list[str], shape: YoloShape, scale: Point) -> ImportedObject:
        category = self.category(yolo_lines.class_number(words[0]))
        made = Annotation(
            id=0,
            image_id=image.record.id,
            category_id=None,
            mask=shape.mask(scale, image.size),
            attributes=shape.attributes,
            extra=shape.extra(scale),
            geometry=_outline(words[1:], shape, scale),
        )
        return ImportedObject(category, made)


def _stem(file: str) -> str:
    return file[: -len(".txt")]


def _is_list_of_names(stem: str, text: str) -> bool:
    """Whether a file is a list of class names, which LabelImg puts among the labels."""
    return PurePosixPath(stem).name == "classes" and not all(line[:1].isdecimal() for line in text.split("\n") if line)


def _beside(stem: str) -> list[str]:
    """Where the image may lie: labels/train/cat goes with images/train/cat, train/cat or labels/train/cat."""
    parts = stem.split("/")
    places = [at for at, part in enumerate(parts[:-1]) if part == LABELS]
    paths: list[str] = []
    for at in reversed(places):
        before, after = parts[:at], parts[at + 1 :]
        paths += ["/".join([*before, "images", *after]), "/".join([*before, *after])]
    return [*paths, stem]


def _outline(words: list[str], shape: YoloShape, scale: Point) -> Geometry | None:
    """What is kept of a line beside its mask; nothing of a box in pixels."""
    coordinates, are_pixels = words[: len(shape.coordinates)], scale == (1.0, 1.0)
    if shape.is_box:
        return None if are_pixels else geometry(shape_of_words("box_shares", coordinates))
    return geometry(shape_of_words("polygon" if are_pixels else "polygon_shares", coordinates))


# --- export ----------------------------------------------------------------------------------------------------------


def export_yolo(
    project: Project,
    folder: Path,
    kept: Callable[[Annotation], list[str]],
    shares: Callable[[Page, LabelledObject], list[list[float]]],
    losses: Callable[[LabelledObject], list[str]] = lambda _: [],
    kept_by: Mapping[str, str] | None = None,
    agreed: Callable[[list[list[str]]], list[list[str]]] = lambda lines: lines,
    *,
    split: float = 0,
    seed: int = 0,
    files: str = LEAVE,
) -> Steps:
    """Writes a folder of labels. kept: the numbers after the class as the object came with them, if it did. shares:
    those of any other, for each line that it becomes. losses: what of the object they do not say. kept_by: the options
    with which that would not be lost. agreed: leaves out, of what all objects of an image came with, what cannot stand
    beside the rest. split and seed: see `splits.deal`. files: see FILES."""
    report = Report("Exported")
    photos = Photos(project, report, files, PHOTOS)
    for what, option in (kept_by or {}).items():
        report.advise(what, option)
    album = ExportView(project, report, {*HOLDS, GEOMETRY}, {IMAGE_KEYS: splits.fitted})
    numbers = choose(album.categories.values(), Numbering(_KIND, 0, len(album.categories) - 1), report)

    def write(part: Path, page: Page) -> None:
        lines: list[str] = []
        came_with = agreed([kept(each.annotation) for each in page.objects])
        for each, words in zip(page.objects, came_with, strict=True):
            drawn = [] if words else shares(page, each)
            said = [words] if words else [map(in_words, values) for values in drawn]
            lines += [f"{numbers[each.category.id]} {' '.join(line)}\n" for line in said]
            whats = [] if words else losses(each) or _too_ragged(drawn, page.size)
            for what in whats or ([GEOMETRY] if is_lost(each.annotation, words) else []):
                report.lose(what, page.place(each.annotation))
        if page.stem.startswith(page.record.path):
            report.warn(
                say("{page}: YOLO looks for its labels under a name that another image has too.", page=page.record.path)
            )
        make_parents(part / place_of_labels(page.stem)).write_text("".join(lines), encoding="ascii", newline="\n")
        report.annotations += len(page.objects)

    def finish(part: Path) -> None:
        listed = sorted((numbers[c.id], c.name) for c in album.categories.values())
        names = "".join(f"  {number}: {quoted(name)}\n" for number, name in listed)
        lists = splits.deal(album.images, split, seed)
        for name, images in lists.items():
            (part / f"{name}.txt").write_text(splits.list_of(images, report), encoding="utf-8", newline="\n")
        where = "".join(f"{name}: {name}.txt\n" for name in lists) or "train: images\nval: images\n"
        told = "" if photos.are_there else "# Put the images into a folder named images.\n"
        # without a path: Ultralytics takes "." for the folder that it is started in, and no path for that of this file
        text = f"{told}{where}names:\n{names}"
        (part / "data.yaml").write_text(text, encoding="utf-8", newline="\n")

    return export_folder(project, folder, album, write, finish, photos)


def place_of_labels(stem: str) -> str:
    """Returns where the labels of an image lie: Ultralytics looks for those of images/a/images/b.jpg in the place of
    the last of its folders that is called images. stem: of the image, below the folder of images."""
    *folders, name = stem.split("/")
    if PHOTOS not in folders:
        return f"{LABELS}/{stem}.txt"
    last = len(folders) - 1 - folders[::-1].index(PHOTOS)
    return "/".join([PHOTOS, *folders[:last], LABELS, *folders[last + 1 :], f"{name}.txt"])


def in_words(share: float) -> str:
    """Returns a share of the image as it is written."""
    return f"{share:.{_DECIMALS}f}"


def _too_ragged(drawn: list[list[float]], size: tuple[int, int]) -> list[str]:
    """What is lost with polygons that no import would read."""
    rings = [np.array(values).reshape(-1, 2) * (size[1], size[0]) for values in drawn]
    is_lost = any(perimeter_px(points) > MAX_PERIMETER_PX or len(points) > MAX_POINTS for points in rings)
    return ["outline"] if is_lost else []
