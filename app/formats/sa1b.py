"""SA-1B: a folder of JSON files, one for an image, masks as COCO RLE. https://github.com/facebookresearch/segment-anything
The data set has no classes; ours stands under "category" of each annotation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import cast

import msgspec
from msgspec.structs import replace

from app.formats.kit import values
from app.formats.kit.coco.evidence import contradiction
from app.formats.kit.coco.segmentation import mask_keys, mask_of
from app.formats.kit.coco.source import OTHER_ID, row_id
from app.formats.kit.coercion import besides, fitting, nothing, number, numbers, points
from app.formats.kit.exporting import ExportView, LabelledObject, Page, export_folder, make_parents
from app.formats.kit.extension_keys import (
    beside,
    image_ids,
    image_keys,
    object_keys,
    with_listed_keys,
    with_object_keys,
)
from app.formats.kit.fields import GEOMETRY, IMAGE_KEYS, KEYS, all_fields
from app.formats.kit.files import below, items_in, object_of, others, read_object
from app.formats.kit.format import Format
from app.formats.kit.glance import JsonGlance
from app.formats.kit.importing import ImportedObject, ImportTarget, Item, JsonReader, make_category, make_target
from app.formats.kit.photos import FILES, LEAVE, Photos
from app.formats.kit.report import Report, Steps
from app.formats.kit.values import size_in
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, ImageRecord, Json
from app.project.store import Project
from app.text import say

_HOLDS = all_fields(GEOMETRY, of="object") | all_fields(of="image")
_KNOWN = ("id", "segmentation", "bbox", "area", "category")
_IMAGE = ("image_id", "width", "height", "file_name")
_PHOTOS = ""
_SCORES = ("predicted_iou", "stability_score")
"""A project keeps them with where a mask comes from."""
_TAKEN = {
    **dict.fromkeys(_KNOWN, nothing), "point_coords": points, "crop_box": numbers, **dict.fromkeys(_SCORES, number),
}  # fmt: skip


# --- import ----------------------------------------------------------------------------------------------------------


def import_sa1b(project: Project, folder: Path) -> Steps:
    """Reads a folder file by file. Problem when there is none."""
    return _Reader.steps(project, folder, "SA-1B")


def _seems(path: Path) -> float:
    return _Reader.seems(path, _grade)


def _grade(seen: JsonGlance) -> float:
    has_image = seen.has_object("image") and not set(_IMAGE).isdisjoint(seen.keys_in("image"))
    if not has_image or not (seen.has_list("annotations") or not seen.is_whole):
        return 0.0
    keys = seen.keys_in("annotations")
    return 1.0 if not keys or "segmentation" in keys else 0.3


class _Reader(JsonReader):
    def items(self, file: str) -> Iterator[Item]:
        content = read_object(below(self._folder, file))
        image, annotations = content.get("image"), content.get("annotations")
        if not isinstance(image, dict) or not isinstance(annotations, list):
            raise Problem(say("{file}: this is not a file of SA-1B: it has no image and annotations.", file=file))
        where = make_target(self._project, self._image(file, cast(Json, image)), size_in(cast(Json, image)))
        yield with_listed_keys(where.record, _listed(cast(Json, image)))
        for count, item in enumerate(items_in(content["annotations"]), start=1):
            try:
                known = object_of(item)
                yield _found(where, known, self._mask(file, count, known, where.size))
            except Problem as problem:
                self._report.leave_out(
                    say("{file}, object {count}: {problem}", file=file, count=count, problem=problem), problem
                )
            else:
                if known.get("id") is not None and not row_id(known):
                    self._report.remark(OTHER_ID, say("{file}, object {count}", file=file, count=count))

    def _mask(self, file: str, count: int, item: Json, size: tuple[int, int]) -> Mask:
        mask = mask_of(item.get("segmentation"), size, self._report.warn)
        if told := contradiction(mask, item.get("bbox"), item.get("area")):
            self._report.warn(say("{file}, object {count}: {problem}", file=file, count=count, problem=told))
        return mask

    def _image(self, file: str, image: Json) -> ImageRecord:
        """Its name is told below all folders or below that of the file. Only compared: nothing is opened by it."""
        name = image.get("file_name")
        stem = PurePosixPath(file).with_suffix("")
        if not isinstance(name, str) or not name:
            return self._finder.find(str(stem))
        if PurePosixPath(name).is_relative_to(stem.parent):
            return self._finder.find(str(stem), name)
        return self._finder.find(str(stem), name, str(stem.parent / name))


def _listed(image: Json) -> Json:
    """What a file tells of its image, as COCO does: its number is its id."""
    listed = others(image, "image_id")
    return listed if "id" in image else {**listed, "id": image.get("image_id")}


def _found(where: ImportTarget, item: Json, mask: Mask) -> ImportedObject:
    category = values.name(item.get("category"))
    scores = {key: value for key in _SCORES if (value := number(item.get(key))) is not None}
    usual = _usual(where.size)
    unusual = {key: value for key, value in item.items() if key not in usual or value != usual[key]}
    annotation = with_object_keys(Annotation(row_id(item), where.record.id, None, mask), unusual, *_KNOWN, *scores)
    annotation = replace(annotation, provenance={**annotation.provenance, **scores})
    return ImportedObject(None if category is None else make_category(category), annotation)


def _usual(size: tuple[int, int]) -> Json:
    """What readers expect, and nobody but a model can tell."""
    return {"point_coords": [], "crop_box": [0, 0, size[1], size[0]]}


# --- export ----------------------------------------------------------------------------------------------------------


def export_sa1b(project: Project, folder: Path, *, files: str = LEAVE) -> Steps:
    """Writes a JSON file for each image, also for those without objects. files: see FILES."""
    report = Report("Exported")
    fits = {KEYS: fitting(_TAKEN, strangers=True), IMAGE_KEYS: besides(*_IMAGE)}
    album = ExportView(project, report, _HOLDS, fits)
    ids = image_ids(album.images)

    def write(part: Path, page: Page) -> None:
        image = image_entry(ids[page.record.id], page.size, page.record.path)
        own = image_keys(page.record)
        content = {
            "image": beside(image, others(own, "id") if own.get("id") == image["image_id"] else own),
            "annotations": [_written(page, each) for each in page.objects],
        }
        make_parents(part / f"{page.stem}.json").write_bytes(msgspec.json.encode(content))
        report.annotations += len(page.objects)

    return export_folder(project, folder, album, write, photos=Photos(project, report, files, _PHOTOS))


def image_entry(number: int, size: tuple[int, int], file_name: str) -> Json:
    """Returns what a file tells of its image. size: (height, width)."""
    return {"image_id": number, "width": size[1], "height": size[0], "file_name": file_name}


def _written(page: Page, each: LabelledObject) -> Json:
    annotation = each.annotation
    known: Json = {"id": annotation.id, **mask_keys(annotation.mask), "category": each.category.name}
    known |= {key: value for key in _SCORES if (value := annotation.provenance.get(key)) is not None}
    rest = replace(annotation, provenance=others(annotation.provenance, *known))
    return beside(known, _usual(page.size), annotation.extra, object_keys(rest))


FORMAT = Format(
    "sa1b",
    "SA-1B",
    import_sa1b,
    export_sa1b,
    seems=_seems,
    holds=_HOLDS,
    options=(FILES,),
    photos=_PHOTOS,
)
