"""A project as COCO instances: area and bbox as pycocotools computes them.

The same project gives the same bytes. Annotations stream: memory does not grow with their number. The window may go on
working meanwhile: images and classes are those of the beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from app.atomic import replacing
from app.formats.kit.bridges import part_rings
from app.formats.kit.class_numbers import choose
from app.formats.kit.coco.geometry import kept_keys
from app.formats.kit.coco.numbers import COCO_NUMBERS
from app.formats.kit.coco.segmentation import polygons_or_run_length, run_length
from app.formats.kit.exporting import UNREAD_MASK, left_out, refuse_target, size_of
from app.formats.kit.extension_keys import FILE_KEYS, beside, class_keys, image_ids, image_keys, object_keys, telling
from app.formats.kit.fields import EXACT_OUTLINE, GEOMETRY, IMAGE_KEYS, KEYS
from app.formats.kit.filling import DETAIL, is_simplified, tolerance_of
from app.formats.kit.geometry import is_lost
from app.formats.kit.report import UNCLASSIFIED, Report, Steps
from app.problem import Problem
from app.project.records import Annotation, Category, Json
from app.project.store import Project
from app.text import say

_EVERY = 100
"""Records between two reports of progress."""


def export_coco(project: Project, file: Path, *, masks: str = "rle", detail: str = DETAIL.default) -> Steps:
    """Writes one file. masks: as "rle" (compressed), all of them; else the outlines that objects came with, and those
    of the others as "polygons" of that DETAIL, or ("kept") as rle. It takes the place of the old one when it is
    complete and on the disk. Problem when it cannot be."""
    refuse_target(project, file, ".json")
    report = Report("Exported")
    tolerance = tolerance_of(detail) if masks == "polygons" else 0.0
    drawn = partial(polygons_or_run_length, tolerance=tolerance) if masks == "polygons" else run_length
    exporter = _Exporter(project, report, drawn, tolerance, are_outlines_kept=masks != "rle")
    total = sum(project.statistics.counts().values())
    yield 0, total
    with replacing(file) as stream:
        for done, piece in enumerate(exporter.pieces()):
            stream.write(piece)
            if done % _EVERY == 0:
                yield min(done, total), total
    return report


class _Exporter:
    def __init__(
        self,
        project: Project,
        report: Report,
        traced: Callable[[Annotation], object],
        tolerance: float,
        *,
        are_outlines_kept: bool,
    ) -> None:
        self._traced = traced
        self._tolerance = tolerance
        self._are_outlines_kept = are_outlines_kept
        self._project = project
        self._report = report
        self._image_ids = image_ids(project.images())
        categories = project.categories()
        self._numbers = choose(categories, COCO_NUMBERS, report)
        """Of the classes in the file, by their ids in the project."""
        in_order = sorted(categories, key=lambda each: self._numbers[each.id])
        self._categories = {category.id: category for category in telling(in_order)}
        self._known = {None, *self._categories}
        self._sizes: dict[int, tuple[int, int]] = {}
        """(height, width) of the images that were written, by their ids in the project."""

    def pieces(self) -> Iterator[bytes]:
        yield from pieces_of_file(self._rest(), self._images(), self._annotations(), self._classes())
        self._report.categories = len(self._categories)

    def _classes(self) -> Iterator[Json]:
        for category in self._categories.values():
            known = {
                "id": self._numbers[category.id],
                "name": category.name,
                "supercategory": category.supercategory,
            }
            yield beside(known, class_keys(category))

    def _rest(self) -> Json:
        kept = self._project.setting(FILE_KEYS, {})
        return {"info": {"description": self._project.path.stem}, "licenses": [], **kept}

    def _images(self) -> Iterator[Json]:
        for record in self._project.images():
            try:
                height, width = size_of(self._project, record)
            except Problem as problem:
                self._report.leave_out(left_out(record, problem), of="file")
                del self._image_ids[record.id]
                continue
            self._report.images += 1
            self._sizes[record.id] = height, width
            known = {"id": self._image_ids[record.id], "file_name": record.path, "width": width, "height": height}
            if any(record.extra[key] != known[key] for key in record.extra.keys() & known.keys()):
                self._report.lose(IMAGE_KEYS, record.path, "image")  # as an id that another image has too
            yield beside(known, image_keys(record))

    def _annotations(self) -> Iterator[Json]:
        for annotation in self._project.annotation_table.all_stacked():  # readers draw them in this order
            if annotation.image_id not in self._image_ids or annotation.category_id not in self._known:
                self._report.leave_out(say("Object {id} was made while the export ran.", id=annotation.id))
                continue
            if not annotation.mask.counts:
                self._report.leave_out(f"{self._place(annotation)}: {UNREAD_MASK}")
                continue
            if annotation.mask.size != self._sizes[annotation.image_id]:
                place = self._place(annotation)
                self._report.warn(
                    say("{place}: its mask is not made for the size of the image. It is written as it is.", place=place)
                )
            self._report.annotations += 1
            self._report.unclassified += annotation.category_id is None
            yield self._annotation(annotation)

    def _place(self, annotation: Annotation) -> str:
        return say("{path}, object {id}", path=self._project.image(annotation.image_id).path, id=annotation.id)

    def _annotation(self, annotation: Annotation) -> Json:
        mask = annotation.mask
        kept = self._kept(annotation) if annotation.geometry else {}
        known: Json = {
            "id": annotation.id,
            "image_id": self._image_ids[annotation.image_id],
            "category_id": self._numbers[annotation.category_id or self._unclassified().id],
            "segmentation": kept.get("segmentation") or self._traced(annotation),
            "area": kept.get("area", mask.area),
            "bbox": kept.get("bbox", list(mask.bbox)),
            "iscrowd": int(annotation.iscrowd),
        }
        if self._tolerance and not kept and isinstance(known["segmentation"], list):
            self._count_simplified(annotation)
        if annotation.extra.keys() & known.keys():
            self._report.lose(KEYS, say("object {id}", id=annotation.id))
        return beside(known, annotation.extra, object_keys(annotation))

    def _count_simplified(self, annotation: Annotation) -> None:
        if is_simplified(annotation.mask, part_rings, self._tolerance):
            self._report.lose(EXACT_OUTLINE, self._place(annotation))

    def _kept(self, annotation: Annotation) -> Json:
        """What is written of an annotation as it came."""
        kept = kept_keys(annotation) if self._are_outlines_kept else {}
        if is_lost(annotation, kept):
            self._report.lose(GEOMETRY, self._place(annotation))
            if not self._are_outlines_kept:
                self._report.advise(GEOMETRY, "masks=kept")
        return kept

    def _unclassified(self) -> Category:
        named = next((c for c in self._categories.values() if c.name == UNCLASSIFIED), None)
        if named is None:
            named = Category(max(self._categories, default=0) + 1, UNCLASSIFIED, "")
            self._categories[named.id] = named
            self._numbers[named.id] = max([0, *self._numbers.values()]) + 1
        return named


def pieces_of_file(
    rest: Json, images: Iterable[Json], annotations: Iterable[Json], categories: Iterable[Json]
) -> Iterator[bytes]:
    """Yields a file of COCO's in pieces, as its records come. rest: what else is at its top. The categories are asked
    for last: only then it is known whether something had no class."""
    yield b"{"
    for key, value in rest.items():
        yield _dump(key) + b":" + _dump(value) + b",\n"
    yield b'"images":['
    yield from _joined(images)
    yield b'],\n"annotations":['
    yield from _joined(annotations)
    yield b'],\n"categories":['
    yield from _joined(categories)
    yield b"]}\n"


def _joined(items: Iterable[Json]) -> Iterator[bytes]:
    for number, item in enumerate(items):
        yield (b",\n" if number else b"\n") + _dump(item)


def _dump(value: object) -> bytes:
    return msgspec.json.encode(value)
