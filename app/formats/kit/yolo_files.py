"""Reads and writes what both YOLO formats share (https://docs.ultralytics.com/datasets/segment): a folder of
labels/*.txt, one for an image and one line for an object, and data.yaml with the names of the classes.

The images stay where they are: a folder (or a link to it) named images beside the labels is all that YOLO wants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from msgspec.structs import replace

from app.formats.kit import splits
from app.formats.kit.class_numbers import Numbering, choose, numbered
from app.formats.kit.exporting import ExportView, LabelledObject, Page, export_folder, make_parents
from app.formats.kit.fields import IMAGE_KEYS, UNUSED
from app.formats.kit.files import below, files_below, read_text
from app.formats.kit.format import LIKELY
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
from app.formats.kit.polygons import box_mask
from app.formats.kit.report import Report, Steps
from app.formats.kit.yaml import names_in, quoted
from app.formats.kit.yolo_rings import put_back
from app.masks.polygons import MAX_PERIMETER_PX, MAX_POINTS, from_polygons, perimeter_px
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category
from app.project.store import Project
from app.text import say

_DECIMALS = 8
"""Of a share of the image: its largest error is 0.0005 pixels in an image of 100,000."""
_LISTS = ("data.yaml", "data.yml", "dataset.yaml", "obj.names", "classes.txt", "labels/classes.txt")
"""obj.names is Darknet's, which CVAT writes: its labels lie beside the images, in obj_train_data."""
HOLDS = frozenset({UNUSED})
_LABELS = "labels"
_KIND = "yolo"
"""Of the numbers of classes."""
_YAML = (".yaml", ".yml")
_NUMBERS_OF_A_BOX = 4
_SHARE = re.compile(r"-?(?:[01](?:\.\d*)?|\.\d+|\d(?:\.\d*)?[eE]-\d+)")
"""Of the image: what lies far outside of it is no label."""
_NO_LABELS = ("classes", "train", "val", "valid", "test", "readme", "readme.roboflow", "readme.dataset")
"""Text files that are about something else, where they lie outside of a folder of labels."""


# --- import ----------------------------------------------------------------------------------------------------------


def import_yolo(project: Project, path: Path, title: str) -> Steps:
    """Reads a folder, or the data.yaml in it. Lines may be polygons or boxes, whatever the format is called. title: of
    the format. Problem when it is none of YOLO."""
    folder = path.parent if path.suffix.lower() in _YAML else path
    listed = [file for file in files_below(folder, ".txt") if _is_about_an_image(file)]
    report = Report("Imported")
    names = _names(path, folder, report)
    if not listed and names is None:
        raise Problem(
            say("{folder}: this is not a YOLO folder: it has neither labels nor data.yaml.", folder=folder.name)
        )
    reader = _Reader(project, folder, report, listed, names or {})
    categories = [reader.category(number) for number in sorted(names or {})]
    reading = Reading(project, report, title, len(listed))
    return (yield from reading.steps(enumerate(listed, 1), reader.items, categories))


def _is_about_an_image(file: str) -> bool:
    path = PurePosixPath(file)
    return _LABELS in path.parts[:-1] or path.stem.lower() not in _NO_LABELS


def seems_yolo(path: Path, *, boxes: bool) -> float:
    """Grades how surely a folder or its data.yaml is of YOLO. boxes: whether it is asked for the format of boxes, whose
    labels the other one reads too, and the other way round: the lines tell which is the likelier."""
    if path.is_file():
        grade = _grade_of_yaml(path) if path.suffix.lower() in _YAML else 0.0
        return grade - 0.1 if grade and boxes else grade
    counts = {count for file in first_files(path, ".txt", most=20) for count in _counts(path, file)}
    if counts:
        return 0.95 if boxes == (counts == {_NUMBERS_OF_A_BOX}) else 0.9
    grade = max((_grade_of_yaml(path / name) for name in _LISTS if name.endswith(_YAML)), default=0.0)
    if not grade and ((path / _LABELS).is_dir() or any(first_lines(path / name) for name in _LISTS)):
        grade = LIKELY
    return grade - 0.1 if grade and boxes else grade


def _grade_of_yaml(file: Path) -> float:
    lines = [line for line in first_lines(file, most=10_000) if not line[0].isspace()]
    keys = {line.partition(":")[0].strip("\"' ") for line in lines if ":" in line}
    if "names" not in keys:
        return 0.0
    return 0.9 if keys & {"train", "val", "path", "nc"} else 0.6


def _counts(folder: Path, file: Path) -> set[int]:
    """How many numbers stand behind the class in each of the first lines; nothing where they are no labels."""
    if not _is_about_an_image(file.relative_to(folder).as_posix()):
        return set()
    lines = [line.split() for line in first_lines(file)]
    return {len(words) - 1 for words in lines} if all(map(_is_label, lines)) else set()


def _is_label(words: list[str]) -> bool:
    first, *rest = words
    is_shape = len(rest) == _NUMBERS_OF_A_BOX or (len(rest) >= 6 and len(rest) % 2 == 0)
    return first.isdecimal() and is_shape and all(map(_SHARE.fullmatch, rest))


def _names(path: Path, folder: Path, report: Report) -> dict[int, str] | None:
    """Returns the names of the classes by their number; None when no file tells them."""
    lists = [path] if path != folder else [below(folder, name) for name in _LISTS if (folder / name).is_file()]
    if not lists:
        report.note(say("There is no data.yaml: the classes are named after their numbers."))
        return None
    text = read_text(lists[0])
    if lists[0].suffix in (".txt", ".names"):
        return dict(enumerate(text.splitlines()))
    try:
        return names_in(text)
    except Problem as problem:
        raise Problem(f"{lists[0].name}: {problem}") from problem


class _Reader:
    def __init__(
        self, project: Project, folder: Path, report: Report, files: Sequence[str], names: dict[int, str]
    ) -> None:
        self._project = project
        self._folder = folder
        self._report = report
        self._names = names
        self._categories: dict[int, Category] = {}
        stems = [_stem(file) for file in files]
        self._finder = FileFinder(project.images(), stems, _beside)
        self._splits = splits.Splits(folder, stems, report.note)

    def category(self, number: int) -> Category:
        if number not in self._categories:
            name = self._names.get(number, "")
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
        image = make_target(self._project, record)
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                yield self._found(image, line)
            except Problem as problem:
                self._report.skip(say("{file}, line {number}: {problem}", file=file, number=number, problem=problem))

    def _said(self, stem: str) -> list[str]:
        """Where YOLO finds the image, if that is where the images of the project lie; else what the lists tell."""
        ending = self._splits.ending(stem)
        there = Path(self._folder.absolute(), _beside(stem)[0])
        if there.is_relative_to(self._project.root):
            path = there.relative_to(self._project.root).as_posix() + ending
            if self._finder.knows(path):
                return [path]
        return [path + ending for path in _beside(stem)] if ending else []

    def _found(self, image: ImportTarget, line: str) -> ImportedObject:
        first, *rest = line.split()
        numbers = _numbers(rest)
        if not first.isdecimal() or len(first) > 9:
            raise Problem(say("it does not begin with the number of a class."))
        category = self.category(int(first))
        return ImportedObject(category, Annotation(0, image.record.id, None, _mask(numbers, image.size)))


def _stem(file: str) -> str:
    return file[: -len(".txt")]


def _is_list_of_names(stem: str, text: str) -> bool:
    """Whether a file is a list of class names, which LabelImg puts among the labels."""
    return PurePosixPath(stem).name == "classes" and not all(line[:1].isdecimal() for line in text.split("\n") if line)


def _beside(stem: str) -> list[str]:
    """Where the image may lie: labels/train/cat goes with images/train/cat, train/cat or labels/train/cat."""
    parts = stem.split("/")
    places = [at for at, part in enumerate(parts[:-1]) if part == _LABELS]
    paths: list[str] = []
    for at in reversed(places):
        before, after = parts[:at], parts[at + 1 :]
        paths += ["/".join([*before, "images", *after]), "/".join([*before, *after])]
    return [*paths, stem]


def _numbers(words: list[str]) -> list[float]:
    try:
        return [float(word) for word in words]
    except ValueError as error:
        raise Problem(say("it has coordinates that are not numbers.")) from error


def _mask(numbers: list[float], size: tuple[int, int]) -> Mask:
    """Returns the mask of a box or polygon. numbers: x y width height of the middle of a box, or the corners of a
    polygon; all as shares of the image."""
    height, width = size
    if len(numbers) == _NUMBERS_OF_A_BOX:
        x, y, box_width, box_height = (n * side for n, side in zip(numbers, (width, height) * 2, strict=True))
        return box_mask(x - box_width / 2, y - box_height / 2, x + box_width / 2, y + box_height / 2, size=size)
    xs, ys = numbers[0::2], numbers[1::2]
    if len(xs) != len(ys):
        raise Problem(say("it has an odd count of coordinates."))
    points = put_back(np.array([(x * width, y * height) for x, y in zip(xs, ys, strict=True)]))
    return from_polygons([points.reshape(-1).tolist()], size)


# --- export ----------------------------------------------------------------------------------------------------------


def export_yolo(
    project: Project,
    folder: Path,
    shares: Callable[[Page, LabelledObject], list[float]],
    losses: Callable[[LabelledObject], str] = lambda _: "",
    *,
    split: float = 0,
    seed: int = 0,
) -> Steps:
    """Writes a folder of labels. shares: the numbers after the class. losses: what of the object they do not say, or
    "". split and seed: see `splits.deal`."""
    report = Report("Exported")
    album = ExportView(project, report, HOLDS, {IMAGE_KEYS: splits.fitted})
    numbers = choose(album.categories.values(), Numbering(_KIND, 0, len(album.categories) - 1), report)

    def write(part: Path, page: Page) -> None:
        lines: list[str] = []
        for each in page.objects:
            values = shares(page, each)
            said = " ".join(f"{value:.{_DECIMALS}f}" for value in values)
            lines.append(f"{numbers[each.category.id]} {said}\n")
            if what := losses(each) or _too_ragged(values, page.size):
                report.lose(what, page.place(each.annotation))
        if page.stem == page.record.path:
            report.note(
                say("{page}: YOLO looks for its labels under a name that another image has too.", page=page.stem)
            )
        make_parents(part / _LABELS / f"{page.stem}.txt").write_text("".join(lines), encoding="ascii", newline="\n")
        report.annotations += len(lines)

    def finish(part: Path) -> None:
        listed = sorted((numbers[c.id], c.name) for c in album.categories.values())
        names = "".join(f"  {number}: {quoted(name)}\n" for number, name in listed)
        lists = splits.deal(album.images, split, seed)
        for name, images in lists.items():
            (part / f"{name}.txt").write_text(splits.list_of(images), encoding="utf-8", newline="\n")
        where = "".join(say("{name}: {name}.txt\n", name=name) for name in lists) or "train: images\nval: images\n"
        text = f"# Put the images into a folder named images.\npath: .\n{where}names:\n{names}"
        (part / "data.yaml").write_text(text, encoding="utf-8", newline="\n")

    return export_folder(project, folder, album, write, finish)


def _too_ragged(values: list[float], size: tuple[int, int]) -> str:
    """What is lost with a polygon that no import would read, or ""."""
    points = np.array(values).reshape(-1, 2) * (size[1], size[0])
    return "outline" if perimeter_px(points) > MAX_PERIMETER_PX or len(points) > MAX_POINTS else ""
