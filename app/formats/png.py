"""Masks as plain PNG files: a folder with semantic/ (the number of the class), instances/ (16 bits, the number of the
object, the uppermost) and objects/ (black and white, one file for each object, with a JSON that says what they are)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import cv2
import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from PIL import Image

from app.formats.kit import extension_keys, values
from app.formats.kit.class_numbers import Numbering, by_number, choose, numbered
from app.formats.kit.exporting import NO_CLASS, ExportView, LabelledObject, Page, export_folder, make_parents
from app.formats.kit.fields import ALL, GEOMETRY, all_fields
from app.formats.kit.files import below, files_below, items_under, object_of, objects_in, others, read_object
from app.formats.kit.format import Format
from app.formats.kit.glance import first_files, json_glance
from app.formats.kit.importing import (
    FolderReader,
    ImportedObject,
    ImportTarget,
    Item,
    Reading,
    make_category,
    make_target,
    object_in,
)
from app.formats.kit.matching import FileFinder
from app.formats.kit.options import Choice
from app.formats.kit.photos import FILES, LEAVE, Photos
from app.formats.kit.pixels import (
    NUMBERS,
    VOID,
    Flat,
    Index,
    encode_png,
    flatten,
    paint,
    read_png,
    regions,
    renumber,
    without_void,
)
from app.formats.kit.report import Report, Steps
from app.masks.rle import Mask, Region
from app.problem import Problem
from app.project.records import Annotation, Category, Json
from app.project.store import Project
from app.text import say

_CLASSES = "classes.json"
_SEMANTIC, _INSTANCES, _OBJECTS, _PHOTOS = "semantic", "instances", "objects", "images"
_MOST = 65535
_RIM = 0.1
"""Of the pixels of one number: so few of another class, beside the others, are no object of their own."""
_NUMBERS = Numbering("png", 1, _MOST)
_HOLDS = ALL - {GEOMETRY}
_ALL = "all"
_KIND = Choice(
    "kind", say("Files"),
    {
        _ALL: say("all three kinds"),
        _OBJECTS: say("objects: a black and white file for each"),
        _INSTANCES: say("instances: the number of the object (16 bits), and semantic"),
        _SEMANTIC: say("semantic: the number of the class"),
    },
)  # fmt: skip


# --- import ----------------------------------------------------------------------------------------------------------


def import_png(project: Project, folder: Path) -> Steps:
    """Reads what objects/ has of an image; else instances/ and semantic/, which know nothing of what is covered."""
    report = Report("Imported")
    objects, maps = _files(folder, _OBJECTS, ".json", report), _files(folder, _SEMANTIC, ".png", report)
    described = set(map(_stem, objects))
    files = [*objects, *(file for file in maps if _stem(file) not in described)]
    if not files and not (folder / _CLASSES).is_file():
        raise report.refusal(
            say(
                "{folder}: it has neither {objects} with JSON files nor {semantic} with PNG files.",
                folder=folder.name,
                objects=_OBJECTS,
                semantic=_SEMANTIC,
            )
        )
    categories = _categories(folder, report)
    finder = FileFinder(project.images(), map(_stem, files))
    reader = _Reader(project, folder, report, finder, categories)
    reading = Reading(project, report, say("PNG masks"), len(files))
    return (yield from reading.steps(enumerate(files, 1), reader.items, categories.values()))


def _seems(path: Path) -> float:
    classes = json_glance(path / _CLASSES)
    has_masks = bool(first_files(path / _SEMANTIC, ".png", most=1)) or _has_objects(path / _OBJECTS)
    if classes is not None and classes.has_list("classes"):
        return 1.0 if has_masks else 0.9
    return 0.7 if has_masks else 0.0


def _has_objects(folder: Path) -> bool:
    return any(seen.has_list("objects") for file in first_files(folder, ".json") if (seen := json_glance(file)))


def _files(folder: Path, kind: str, end: str, report: Report) -> list[str]:
    return files_below(folder, end, report=report, within=kind) if (folder / kind).is_dir() else []


def _stem(file: str) -> str:
    return str(PurePosixPath(file).with_suffix(""))


def _categories(folder: Path, report: Report) -> dict[int, Category]:
    """Reads the classes of a folder by their number in semantic/."""
    if not (folder / _CLASSES).is_file():
        return {}
    listed = objects_in(read_object(below(folder, _CLASSES)).get("classes"))
    categories = (
        (number, extension_keys.with_class_keys(make_category(name), item, "number", "name"))
        for item in listed
        if (number := values.whole(item.get("number"))) is not None and (name := values.name(item.get("name")))
    )
    return by_number(categories, _NUMBERS.kind, report)


def _is_rim(under: Index, pixels: NDArray[np.bool_], value: int, most: int) -> bool:
    """Whether what has a class is nothing but the rim of what has another: maps that were drawn apart differ by some
    pixels. under (h, w): the classes; pixels (h, w): of one number."""
    part = pixels & (under == value)
    if np.count_nonzero(part) >= _RIM * np.count_nonzero(pixels):
        return False
    beside = cv2.dilate((pixels & (under == most)).view(np.uint8), np.ones((3, 3), np.uint8))
    return bool(part[beside > 0].any())


class _Reader(FolderReader):
    def __init__(
        self, project: Project, folder: Path, report: Report, finder: FileFinder, categories: dict[int, Category]
    ) -> None:
        super().__init__(project, folder, report, finder)
        self._categories = categories
        self._listed = frozenset(categories)
        """The numbers of classes that the folder tells."""

    def items(self, file: str) -> Iterator[Item]:
        """Yields what is told of an image. file: a JSON file below objects/, or a map below semantic/."""
        return self._described(file) if file.lower().endswith(".json") else self._painted(file)

    def _described(self, file: str) -> Iterator[Item]:
        stem = _stem(file)
        content = read_object(below(self._folder, f"{_OBJECTS}/{file}"))
        listed = items_under(content, "objects", file)
        image = make_target(self._project, self._finder.find(stem))
        said = {**object_in(content, "other"), **others(content, "image", "objects", "other")}
        yield extension_keys.with_image_keys(image.record, said)
        for number, item in enumerate(listed, start=1):
            try:
                described = object_of(item)  # before its file is looked for: a file of a stranger may list a million
                png = below(self._folder, f"{_OBJECTS}/{stem}/{number}.png")  # never by a name in the file
                mask = Mask.from_array(read_png(png, image.size, modes=NUMBERS) != 0)
                yield _found(image, described, mask)
            except Problem as problem:
                self._report.leave_out(
                    say("{file}, object {number}: {problem}", file=file, number=number, problem=problem), problem
                )

    def _painted(self, file: str) -> Iterator[Item]:
        image = make_target(self._project, self._finder.find(_stem(file)))
        classes = read_png(below(self._folder, f"{_SEMANTIC}/{file}"), image.size, modes=NUMBERS)
        instances = below(self._folder, f"{_INSTANCES}/{file}")
        index = read_png(instances, image.size, modes=NUMBERS) if instances.is_file() else np.zeros_like(classes)
        found = self._told_apart(index, classes)
        for number, region in without_void(found, file, self._report, known=self._listed or _white_on_black(classes)):
            category = self._category(number)
            yield ImportedObject(category, Annotation(0, image.record.id, None, Mask.from_region(region)))

    def _told_apart(self, index: Index, classes: Index) -> Iterator[tuple[int, Region]]:
        """Yields each object and the number of its class. What has a class and no number (sky, road) is one object."""
        for _, region in regions(index):
            yield from self._by_class(region, classes)
        yield from regions(np.where(index == 0, classes, 0))

    def _by_class(self, region: Region, classes: Index) -> Iterator[tuple[int, Region]]:
        """Splits what has one number, which objects of several classes may have where each class is counted alone."""
        height, width = region.pixels.shape
        under = classes[region.y : region.y + height, region.x : region.x + width]
        painted, counts = np.unique(under[region.pixels], return_counts=True)
        gaps = [0] if 0 not in self._listed else []  # then it is no class, but a gap in the map of classes
        counts[np.isin(painted, gaps)] = 0
        most = int(painted[counts.argmax()])
        rims = [each for each in painted.tolist() if each != most and _is_rim(under, region.pixels, each, most)]
        under = np.where(np.isin(under, gaps + rims), most, under)
        for number, part in regions(np.where(region.pixels, under + 1, 0)):  # 0 may be a class here
            yield number - 1, Region(region.x + part.x, region.y + part.y, part.pixels, region.image_size)

    def _category(self, number: int) -> Category:
        if number not in self._categories:
            self._categories[number] = numbered(make_category(f"class {number}"), _NUMBERS.kind, number)
        return self._categories[number]


def _white_on_black(classes: Index) -> set[int]:
    """The number of what is painted white on black, where nothing tells of classes: a mask, and no void."""
    return {VOID} if np.isin(classes, (0, VOID)).all() else set()


def _found(image: ImportTarget, item: Json, mask: Mask) -> ImportedObject:
    name = values.name(item.get("class"))
    annotation = extension_keys.with_object_keys(Annotation(0, image.record.id, None, mask), item, "class", "other")
    annotation = replace(annotation, extra={**annotation.extra, **object_in(item, "other")})
    return ImportedObject(None if name is None else make_category(name), annotation)


# --- export ----------------------------------------------------------------------------------------------------------


def export_png(project: Project, folder: Path, *, kind: str = _ALL, files: str = LEAVE) -> Steps:
    """Writes the folders of that kind, a word of _KIND. Without objects/ what others cover is lost, and all that is no
    mask. files: see FILES."""
    report = Report("Exported")
    is_whole = kind in (_ALL, _OBJECTS)
    holds = {*_HOLDS, NO_CLASS} if is_whole else all_fields(of="class")
    album = ExportView(project, report, holds, has_maps=True)
    numbers = choose(album.categories.values(), _NUMBERS, report)

    def write(part: Path, page: Page) -> None:
        if is_whole:
            _write_objects(part / _OBJECTS, page)
        flat = _painted(page, report) if is_whole else flatten(page, report, at_most=_MOST)
        if kind in (_ALL, _INSTANCES):
            make_parents(part / _INSTANCES / f"{page.stem}.png").write_bytes(encode_png(flat.index.astype(np.uint16)))
        if kind != _OBJECTS:
            classes = renumber(flat.index, [numbers.get(each.category.id, _MOST) for each in flat.objects])
            make_parents(part / _SEMANTIC / f"{page.stem}.png").write_bytes(encode_png(_smallest(classes)))
        if kind == _SEMANTIC:
            _count_borders(page, flat.objects, report)
        report.annotations += len(page.objects if is_whole else flat.objects)

    def finish(part: Path) -> None:
        categories = extension_keys.telling(album.categories.values())
        classes = [
            extension_keys.beside({"number": numbers.get(c.id, _MOST), "name": c.name}, extension_keys.class_keys(c))
            for c in categories
        ]
        (part / _CLASSES).write_bytes(msgspec.json.encode({"classes": classes}))

    return export_folder(project, folder, album, write, finish, Photos(project, report, files, _PHOTOS))


def _write_objects(folder: Path, page: Page) -> None:
    for number, each in enumerate(page.objects, start=1):
        pixels = each.annotation.mask.to_array()
        Image.fromarray(pixels).save(make_parents(folder / page.stem / f"{number}.png"), "PNG")
    content: Json = {"image": page.record.path, "objects": [_described(each) for each in page.objects]}
    content |= extension_keys.image_keys(replace(page.record, extra={}))
    content |= {"other": page.record.extra} if page.record.extra else {}
    make_parents(folder / f"{page.stem}.json").write_bytes(msgspec.json.encode(content))


def _described(each: LabelledObject) -> Json:
    annotation = each.annotation
    name = {"class": each.category.name} if annotation.category_id is not None else {}
    return {
        **name,
        **extension_keys.object_keys(annotation),
        **({"other": annotation.extra} if annotation.extra else {}),
    }


def _painted(page: Page, report: Report) -> Flat:
    """The number of an object is that of its file in objects/."""
    for each in page.objects[_MOST:]:
        report.warn(
            say(
                "{place}: it is in {objects} only; {instances} has 65535 numbers.",
                place=page.place(each.annotation),
                objects=_OBJECTS,
                instances=_INSTANCES,
            )
        )
    index = np.zeros(page.size, np.int32)
    for number, each in enumerate(page.objects[:_MOST], start=1):
        paint(index, each.annotation.mask, number)
    return Flat(index, page.objects[:_MOST])


def _count_borders(page: Page, objects: list[LabelledObject], report: Report) -> None:
    """Counts the borders that are lost because objects of one class become one in a semantic map."""
    counts: Counter[int] = Counter()
    for each in objects:
        counts[each.category.id] += 1
        if counts[each.category.id] > 1:
            report.lose("border to others of its class", page.place(each.annotation))


def _smallest(index: NDArray[np.int32]) -> NDArray[np.uint8] | NDArray[np.uint16]:
    return index.astype(np.uint8) if index.max(initial=0) < 256 else index.astype(np.uint16)


FORMAT = Format(
    "png",
    say("PNG masks"),
    import_png,
    export_png,
    seems=_seems,
    holds=_HOLDS,
    options=(_KIND, FILES),
    photos=_PHOTOS,
)
