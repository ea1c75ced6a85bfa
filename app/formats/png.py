"""Masks as plain PNG files: a folder with semantic/ (the number of the class), instances/ (16 bits, the number of the
object, the uppermost) and objects/ (black and white, one file for each object, with a JSON that says what they are)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.formats.base import FileFormat, Report, Steps
from app.formats.exporting import Album, Named, Page, export_folder, made
from app.formats.files import files_below, objects_in, read_object
from app.formats.importing import (
    FolderReader,
    Found,
    Item,
    Reading,
    Target,
    found,
    named,
    object_in,
    target,
    z_order_of,
)
from app.formats.matching import FileFinder
from app.formats.pixels import NUMBERS, encode_png, most_under, numbered, paint, read_png, regions
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category, Json
from app.project.store import Project

_CLASSES = "classes.json"
_SEMANTIC, _INSTANCES, _OBJECTS = "semantic", "instances", "objects"
_MOST = 65535


# --- import ----------------------------------------------------------------------------------------------------------


def import_png(project: Project, folder: Path) -> Steps:
    """From objects/ where there is one; else from instances/ and semantic/, which know nothing of what is covered."""
    report = Report("Imported")
    objects, maps = _files(folder / _OBJECTS, ".json"), _files(folder / _SEMANTIC, ".png")
    files = objects or maps
    if not files and not (folder / _CLASSES).is_file():
        raise Problem(f"{folder.name}: it has neither {_OBJECTS} with JSON files nor {_SEMANTIC} with PNG files.")
    categories = _categories(folder)
    finder = FileFinder(project.images(), (str(PurePosixPath(file).with_suffix("")) for file in files))
    reader = _Reader(project, folder, report, finder, categories)
    reading = Reading(project, report, "PNG masks", len(files))
    items = reader.objects if objects else reader.maps
    return (yield from reading.steps(enumerate(files, 1), items, categories.values()))


def _files(folder: Path, end: str) -> list[str]:
    return files_below(folder, end) if folder.is_dir() else []


def _categories(folder: Path) -> dict[int, Category]:
    """By their number in semantic/."""
    if not (folder / _CLASSES).is_file():
        return {}
    listed = objects_in(read_object(folder / _CLASSES).get("classes"))
    return {
        number: named(name)
        for item in listed
        if isinstance(number := item.get("number"), int) and isinstance(name := item.get("name"), str) and name.strip()
    }


class _Reader(FolderReader):
    def __init__(
        self, project: Project, folder: Path, report: Report, finder: FileFinder, categories: dict[int, Category]
    ) -> None:
        super().__init__(project, folder, report, finder)
        self._categories = categories

    def objects(self, file: str) -> Iterator[Item]:
        stem = str(PurePosixPath(file).with_suffix(""))
        content = read_object(self._folder / _OBJECTS / file)
        image = target(self._project, self._finder.find(stem))
        for number, item in enumerate(objects_in(content.get("objects")), start=1):
            png = self._folder / _OBJECTS / stem / f"{number}.png"  # never by a name in the file
            try:
                mask = Mask.from_array(read_png(png, image.size, modes=NUMBERS) != 0)
                yield _found(image, item, mask)
            except Problem as problem:
                self._report.skip(f"{file}, object {number}: {problem}")

    def maps(self, file: str) -> Iterator[Item]:
        image = target(self._project, self._finder.find(str(PurePosixPath(file).with_suffix(""))))
        classes = read_png(self._folder / _SEMANTIC / file, image.size, modes=NUMBERS)
        instances = self._folder / _INSTANCES / file
        index = read_png(instances, image.size, modes=NUMBERS) if instances.is_file() else classes
        for _, region in regions(index):
            yield found(image, self._name(most_under(classes, region)), Mask.from_region(region))

    def _name(self, number: int) -> str:
        return self._categories[number].name if number in self._categories else f"class {number}"


def _found(image: Target, item: Json, mask: Mask) -> Found:
    name = item.get("class")
    annotation = Annotation(
        id=0,
        image_id=image.record.id,
        category_id=None,
        mask=mask,
        iscrowd=item.get("iscrowd") is True,
        z_order=z_order_of(item),
        attributes=object_in(item, "attributes"),
        extra=object_in(item, "other"),
    )
    return Found(named(name if isinstance(name, str) else ""), annotation)


# --- export ----------------------------------------------------------------------------------------------------------


def export_png(project: Project, folder: Path) -> Steps:
    """All three kinds: whoever needs one takes one."""
    report = Report("Exported")
    album = Album(project, report, holds={"attributes", "crowd mark", "order", "other keys"}, has_maps=True)
    numbers = {category_id: number for number, category_id in enumerate(album.categories, start=1)}

    def write(part: Path, page: Page) -> None:
        _write_objects(part / _OBJECTS, page)
        _write_maps(part, page, [numbers[each.category.id] for each in page.objects], report)
        report.annotations += len(page.objects)

    def finish(part: Path) -> None:
        classes = [{"number": numbers[c.id], "name": c.name} for c in album.categories.values()]
        (part / _CLASSES).write_bytes(msgspec.json.encode({"classes": classes}))

    return export_folder(project, folder, album, write, finish)


def _write_objects(folder: Path, page: Page) -> None:
    for number, each in enumerate(page.objects, start=1):
        pixels = each.annotation.mask.to_array()
        Image.fromarray(pixels).save(made(folder / page.stem / f"{number}.png"), "PNG")
    content = {"image": page.record.path, "objects": [_described(each) for each in page.objects]}
    made(folder / f"{page.stem}.json").write_bytes(msgspec.json.encode(content))


def _described(each: Named) -> Json:
    annotation = each.annotation
    known: Json = {"class": each.category.name}
    ours = {
        "attributes": annotation.attributes, "iscrowd": annotation.iscrowd, "z_order": annotation.z_order,
        "other": annotation.extra,
    }  # fmt: skip
    return known | {key: value for key, value in ours.items() if value}


def _write_maps(part: Path, page: Page, classes: list[int], report: Report) -> None:
    """Where objects lie one over the other the last one is seen; objects/ has the whole of each."""
    for each in page.objects[_MOST:]:
        report.note(f"{page.place(each.annotation)}: it is in {_OBJECTS} only; {_INSTANCES} has 65535 numbers.")
    index = np.zeros(page.size, np.int32)
    for number, each in enumerate(page.objects[:_MOST], start=1):
        paint(index, each.annotation.mask, number)
    made(part / _INSTANCES / f"{page.stem}.png").write_bytes(encode_png(index.astype(np.uint16)))
    semantic = numbered(index, [min(number, _MOST) for number in classes[:_MOST]])
    made(part / _SEMANTIC / f"{page.stem}.png").write_bytes(encode_png(_smallest(semantic)))


def _smallest(index: NDArray[np.int32]) -> NDArray[np.uint8] | NDArray[np.uint16]:
    return index.astype(np.uint8) if index.max(initial=0) < 256 else index.astype(np.uint16)


FORMAT = FileFormat("png", "PNG masks", import_png, export_png)
