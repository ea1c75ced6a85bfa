"""Reads and writes COCO panoptic, a folder with one JSON and a PNG for each image.

In the PNG, R + 256 G + 65536 B is the number of a segment, and 0 is nothing. https://cocodataset.org/#format-data
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Raw

from app.formats.kit import extension_keys, values
from app.formats.kit.class_numbers import choose
from app.formats.kit.coco.evidence import contradiction
from app.formats.kit.coco.images import double_image, listed_images
from app.formats.kit.coco.numbers import (
    COCO_NUMBERS,
    double_category,
    nameless_category,
    numbered_class,
    unlisted_category,
)
from app.formats.kit.coco.recognition import is_empty, seems_panoptic
from app.formats.kit.coco.source import CocoKey, CocoSource, key_of, read_source, record
from app.formats.kit.coercion import besides
from app.formats.kit.encodings import in_utf8
from app.formats.kit.exporting import ExportView, LabelledObject, Page, export_folder, make_parents
from app.formats.kit.fields import ALL, GEOMETRY, IMAGE_KEYS, KEYS
from app.formats.kit.files import below, files_below, objects_in
from app.formats.kit.format import Format
from app.formats.kit.glance import first_files
from app.formats.kit.importing import ImportedObject, ImportTarget, Item, Reading, make_category, make_target
from app.formats.kit.matching import ImageFinder
from app.formats.kit.photos import FILES, LEAVE, Photos
from app.formats.kit.pixels import Index, encode_png, flatten, read_png, regions
from app.formats.kit.report import Report, Steps
from app.formats.kit.values import size_in
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category, Json
from app.project.store import Project
from app.text import say

_JSON, _PNGS, _PHOTOS = "panoptic.json", "panoptic", "images"
_MOST = (1 << 24) - 1
_HOLDS = ALL - {GEOMETRY}
_SEGMENT = ("id", "category_id", "area", "bbox", "iscrowd")
_IMAGE = ("file_name", "width", "height")
_COVERS_NOTHING = say("it covers no pixel.")


# --- import ----------------------------------------------------------------------------------------------------------


def import_panoptic(project: Project, path: Path) -> Steps:
    """Reads a JSON file, whose PNG files lie in a folder of its name or beside it; or the folder it lies in."""
    report = Report("Imported")
    file = json_of(path)
    with in_utf8(file) as readable:
        source = read_source(readable, report.warn)
        reader = _Reader(project, file, source, report)
        reading = Reading(project, report, "COCO panoptic", len(source.annotations))
        yield from reading.steps(enumerate(source.annotations, 1), reader.items, reader.categories.values())
        extension_keys.keep_file_keys(project, source.rest)
        return report


def _seems(path: Path) -> float:
    if not path.is_dir():
        return seems_panoptic(path)
    ours = path / _JSON
    listed = [file for file in first_files(path, ".json", most=2) if file.parent == path]
    file = ours if ours.is_file() or len(listed) != 1 else listed[0]
    return 0.6 if file == ours and is_empty(file) else seems_panoptic(file)


def json_of(path: Path) -> Path:
    """Returns the JSON file itself, or the one in a folder. Problem when there is none, or several."""
    if not path.is_dir():
        return path
    if (path / _JSON).is_file():
        return below(path, _JSON)
    found = sorted(path.glob("*.json"))
    if len(found) != 1:
        raise Problem(
            say(
                "{file}: it has {found} JSON files; choose the one of the panoptic segmentation.",
                file=path.name,
                found=len(found),
            )
        )
    return below(path, found[0].name)


class _Reader:
    def __init__(self, project: Project, file: Path, source: CocoSource, report: Report) -> None:
        self._project = project
        self._report = report
        self._root = file.parent
        self._folder = next((name for name in (file.stem, _PNGS) if (self._root / name).is_dir()), ".")
        self._pngs = set(files_below(self._root, ".png", report=report, within=self._folder))
        self._images: dict[CocoKey, Json] = {}
        self._ambiguous: set[CocoKey] = set()
        """The ids of several images of the file: nothing tells which one a map is of."""
        for item in _records(source.images):
            key, name = key_of(item, "id"), item.get("file_name")
            if isinstance(name, str) and self._images.setdefault(key, item)["file_name"] != name:
                self._ambiguous.add(key)
        self.categories = _categories(source, report)
        self._finder = ImageFinder(project.images(), [item["file_name"] for item in self._images.values()])

    def items(self, raw: Raw) -> Iterator[Item]:
        item = record(raw)
        png = item.get("file_name")
        if not isinstance(png, str) or png not in self._pngs:  # only what lies in the folder is ever opened
            raise Problem(
                say(
                    "{png} is not among the PNG files in {name}.",
                    png=str(png)[:200],
                    name=(self._root / self._folder).name,
                )
            )
        image = self._target(item)
        yield extension_keys.with_listed_keys(image.record, self._listed(item))
        segments = self._segments(png, item)
        for number, region in regions(self._index(png, image)):
            try:
                mask, segment = Mask.from_region(region), segments.pop(number, None)
                yield self._found(image, segment, mask)
            except Problem as problem:
                self._report.leave_out(
                    say("{png}, segment {number}: {problem}", png=png, number=number, problem=problem), problem
                )
            else:
                self._note_contradiction(png, number, mask, segment or {})
        for number in segments:
            self._report.skipped += 1
            self._report.nowhere += 1
            self._report.remark(_COVERS_NOTHING, say("{png}, segment {number}", png=png, number=number))

    def _segments(self, png: str, item: Json) -> dict[CocoKey, Json]:
        """What the file says of the segments of an image, by their numbers; of two with one number the first counts."""
        segments: dict[CocoKey, Json] = {}
        for segment in objects_in(item.get("segments_info")):
            number = key_of(segment, "id")
            if segments.setdefault(number, segment) != segment:
                self._report.leave_out(
                    say("{png}, segment {number}: another segment of the file has its number.", png=png, number=number)
                )
        return segments

    def _note_contradiction(self, png: str, number: int, mask: Mask, segment: Json) -> None:
        if told := contradiction(mask, segment.get("bbox"), segment.get("area")):
            self._report.warn(say("{png}, segment {number}: {problem}", png=png, number=number, problem=told))

    def _listed(self, item: Json) -> Json:
        """What the file says of its image."""
        return self._images.get(key_of(item, "image_id"), {})

    def _index(self, png: str, image: ImportTarget) -> Index:
        return read_png(below(self._root, f"{self._folder}/{png}"), image.size, modes=("RGB",))

    def _target(self, item: Json) -> ImportTarget:
        key, listed = key_of(item, "image_id"), self._listed(item)
        if not listed:
            raise Problem(say("The file has segments on an image {key_name}, which it does not list.", key_name=key))
        if key in self._ambiguous:
            raise Problem(double_image(key))
        return make_target(self._project, self._finder.find(listed["file_name"]), size_in(listed))

    def _found(self, image: ImportTarget, segment: Json | None, mask: Mask) -> ImportedObject:
        if segment is None:
            raise Problem(say("the file says nothing of it."))
        key = key_of(segment, "category_id")
        if key not in self.categories:
            name = f"category {key}"
            self._report.warn(unlisted_category(name, key))
            self.categories[key] = numbered_class(make_category(name), key, self._report.warn)
        category = self.categories[key]
        return ImportedObject(
            category, extension_keys.with_object_keys(Annotation(0, image.record.id, None, mask), segment, *_SEGMENT)
        )


def _records(raws: Iterable[Raw]) -> Iterator[Json]:
    """What is no record refers to nothing: its segments are said to have no image or class."""
    for raw in raws:
        try:
            yield record(raw)
        except Problem:
            continue


def _categories(source: CocoSource, report: Report) -> dict[CocoKey, Category]:
    """The classes of the file by their ids; of several with one id the first counts."""
    found: dict[CocoKey, Category] = {}
    for item in _records(source.categories):
        key, told = key_of(item, "id"), values.name(item.get("name"))
        name = told or f"category {key}"
        if key in found:
            if found[key].name != name:
                report.warn(double_category(found[key].name, key))
            continue
        if told is None:
            report.warn(nameless_category(name))
        category = extension_keys.with_class_keys(Category(0, name, ""), item, "id", "name", "supercategory")
        found[key] = numbered_class(category, key, report.warn)
    return found


# --- export ----------------------------------------------------------------------------------------------------------


def export_panoptic(project: Project, folder: Path, *, files: str = LEAVE) -> Steps:
    """Writes a folder with the JSON file and the maps, in which objects lie one over the other: what is covered is
    lost. files: see FILES."""
    report = Report("Exported")
    fits = {KEYS: besides(*_SEGMENT), IMAGE_KEYS: besides(*_IMAGE)}
    album = ExportView(project, report, _HOLDS, fits, has_maps=True)
    ids = extension_keys.image_ids(album.images)
    numbers = choose(album.categories.values(), COCO_NUMBERS, report)
    images: list[Json] = []

    def write(part: Path, page: Page) -> None:
        flat = flatten(page, report, at_most=_MOST)
        make_parents(part / _PNGS / f"{page.stem}.png").write_bytes(encode_png(_colors(flat.index)))
        shown = zip(regions(flat.index), flat.objects, strict=True)  # one after the other: each is as large as its box
        segments = [_segment(n, each, numbers[each.category.id], Mask.from_region(at)) for (n, at), each in shown]
        image_id = ids[page.record.id]
        if page.record.extra.get("id", image_id) != image_id:
            report.lose(IMAGE_KEYS, page.record.path, "image")
        item = {"image_id": image_id, "file_name": f"{page.stem}.png", "segments_info": segments}
        height, width = page.size
        with (part / _JSON).open("ab") as stream:
            stream.write((b",\n" if images else b'{"annotations":[\n') + msgspec.json.encode(item))
        image = {"id": image_id, "file_name": page.record.path, "width": width, "height": height}
        images.append(extension_keys.beside(image, extension_keys.image_keys(page.record)))
        report.annotations += len(segments)

    def finish(part: Path) -> None:
        (part / _PNGS).mkdir(exist_ok=True)
        with (part / _JSON).open("ab") as stream:
            stream.write(b"" if images else b'{"annotations":[')
            stream.write(b'],\n"images":' + msgspec.json.encode(images))
            stream.write(b',\n"categories":' + msgspec.json.encode(_classes(album, numbers)))
            stream.write(b"}\n")

    return export_folder(project, folder, album, write, finish, Photos(project, report, files, _PHOTOS))


def _colors(index: Index) -> np.ndarray:
    """Writes the numbers of the segments as colours: (H, W, 3) uint8."""
    colors = np.empty((*index.shape, 3), np.uint8)
    for channel, shift in enumerate((0, 8, 16)):
        colors[..., channel] = (index >> shift) & 255
    return colors


def _segment(number: int, each: LabelledObject, class_number: int, shown: Mask) -> Json:
    """Returns the record of one segment; its area and bbox are those of the pixels that remain visible."""
    known = {
        "id": number,
        "category_id": class_number,
        "area": shown.area,
        "bbox": list(shown.bbox),
        "iscrowd": int(each.annotation.iscrowd),
    }
    return extension_keys.beside(known, each.annotation.extra, extension_keys.object_keys(each.annotation))


def _classes(album: ExportView, numbers: Mapping[int, int]) -> list[Json]:
    in_order = sorted(album.categories.values(), key=lambda category: numbers[category.id])
    return [_category(category, numbers[category.id]) for category in extension_keys.telling(in_order)]


def _category(category: Category, number: int) -> Json:
    isthing = 0 if category.extra.get("isthing") == 0 else 1
    known = {"id": number, "name": category.name, "supercategory": category.supercategory, "isthing": isthing}
    return extension_keys.beside(known, extension_keys.class_keys(category))


FORMAT = Format(
    "panoptic",
    "COCO panoptic",
    import_panoptic,
    export_panoptic,
    seems=_seems,
    holds=_HOLDS,
    options=(FILES,),
    photos=_PHOTOS,
    limits=(say("what others cover"),),
    images=lambda path: listed_images(json_of(path)),
)
