"""Reads and writes a folder of labelme's JSON files, one for an image.

https://github.com/wkentaro/labelme (its _label_file.py)

Objects are written as the shapes that they came with, the others as mask shapes, which hold every pixel and labelme
reads since 5.3, or as polygons, which every labelme reads: one for each part. Shapes of one label and one group_id are
parts of one object, as labelme's own converters have it (labelme2coco.py, labelme2voc.py).
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import msgspec
import numpy as np
from msgspec import Raw

from app.formats.kit import values
from app.formats.kit.bridges import part_rings
from app.formats.kit.coercion import besides, booleans, fitting, nothing, string, whole
from app.formats.kit.exporting import ExportView, LabelledObject, Page, export_folder, make_parents
from app.formats.kit.extension_keys import image_keys, object_keys, with_image_keys, with_object_keys
from app.formats.kit.fields import EXACT_OUTLINE, GEOMETRY, GROUP_OF, IMAGE_KEYS, KEYS, WRITTEN_BY, all_fields
from app.formats.kit.files import below, items_in, object_of, others, read_object
from app.formats.kit.filling import DETAIL, Ring, Tracing, by_pillow, is_simplified, tolerance_of
from app.formats.kit.format import Format
from app.formats.kit.geometry import box_words, geometry, is_lost, polygons_of, source_shapes
from app.formats.kit.glance import JsonGlance
from app.formats.kit.groups import GROUP, GroupNumbers, grouped, joined
from app.formats.kit.importing import ImportedObject, ImportTarget, Item, JsonReader, make_category, make_target
from app.formats.kit.lines import line_mask, line_outline, width_of
from app.formats.kit.matching import places_meant
from app.formats.kit.options import Choice
from app.formats.kit.paths import spellings
from app.formats.kit.photos import FILES, LEAVE, Photos
from app.formats.kit.pixels import decode_png, encode_png
from app.formats.kit.polygons import box_mask, ellipse_mask, points_in, polygon_mask
from app.formats.kit.report import BOX_ALONE, Report, Steps
from app.formats.kit.values import size_in
from app.masks.geometry import Geometry, Kind, Shape, numbers_text
from app.masks.rle import Mask, Region
from app.masks.tracing import INSET
from app.problem import Problem
from app.project.records import Annotation, ImageRecord, Json
from app.project.store import Project
from app.project.whereabouts import named_path
from app.text import say, say_n

_VERSION = "5.5.0"
_TOP = ("version", "imagePath", "imageData", "imageHeight", "imageWidth", "shapes")
_SHAPE = ("label", "points", "shape_type", "mask")
_USUAL: tuple[object, ...] = (None, "", {})
"""What labelme writes where there is nothing."""
_TAKEN = {**dict.fromkeys(_SHAPE, nothing), GROUP: whole, "description": string, "flags": booleans}
_NAME = "labelme"
_PHOTOS = ""
_BLANK: Json = {GROUP: None, "description": "", "flags": {}, "mask": None}
_KINDS: tuple[Kind, ...] = ("polygon", "rectangle", "oriented_rectangle", "rotation", "circle")
"""Shapes whose points are kept beside the mask, and written again."""
_LINES = ("line", "linestrip")
_HOLDS = all_fields(of="object") | all_fields(of="image")
_MASKS = Choice(
    "masks",
    say("Masks as"),
    {"png": say("mask shapes (labelme 5.3 and newer)"), "polygons": say("polygons (every labelme)")},
)


# --- import ----------------------------------------------------------------------------------------------------------


def import_labelme(project: Project, folder: Path) -> Steps:
    """Reads a folder file by file. Problem when there is none."""
    return _Reader.steps(project, folder, "labelme")


def _seems(path: Path) -> float:
    return _Reader.seems(path, _grade)


def _grade(seen: JsonGlance) -> float:
    is_marked = bool({"imagePath", "imageData", "imageHeight", "imageWidth"} & seen.members.keys())
    if seen.has_list("shapes"):
        return 1.0 if is_marked or {"points", "shape_type"} & seen.keys_in("shapes") else 0.5
    return 0.0 if seen.is_whole or not is_marked else 0.6  # the image itself may stand before the shapes


class _Reader(JsonReader):
    def items(self, file: str) -> Iterator[Item]:
        content = read_object(below(self._folder, file))
        if not isinstance(content.get("shapes"), list):
            raise Problem(say("{file}: this is not a labelme file: it has no list of shapes.", file=file))
        image = make_target(
            self._project, self._image(file, content), size_in(content, height="imageHeight", width="imageWidth")
        )
        yield with_image_keys(image.record, _unusual(content) | _older(content), *_TOP)
        for shapes in grouped(items_in(content["shapes"])):
            parts = [part for number, shape in shapes if (part := self._part(file, image, number, shape))]
            if len(parts) > 1:
                yield joined(parts)
                self._report.joined += 1
            else:
                yield from parts

    def _part(self, file: str, image: ImportTarget, number: int, shape: object) -> ImportedObject | None:
        try:
            found = _found(image, object_of(shape))
            if _is_box(object_of(shape)):
                self._report.remark(BOX_ALONE, file)
            return found
        except Problem as problem:
            self._report.leave_out(
                say("{file}, shape {number}: {problem}", file=file, number=number, problem=problem), problem
            )
            return None

    def _image(self, file: str, content: Json) -> ImageRecord:
        """Finds the image that a JSON file is about. Its imagePath leads from the JSON to the image, often as
        ../images/cat.jpg, and is only compared."""
        path = content.get("imagePath")
        stem = str(PurePosixPath(file).with_suffix(""))
        said = spellings(path) if isinstance(path, str) else []
        return self._finder.find(stem, *(place for each in said for place in places_meant(stem, each)))


def _older(content: Json) -> Json:
    """The version of labelme that wrote a file, where we write another one: what nobody worked on goes back with it."""
    version = content.get("version")
    return {WRITTEN_BY: version} if isinstance(version, str) and version != _VERSION else {}


def _unusual(item: Json) -> Json:
    return {key: value for key, value in item.items() if value not in _USUAL}


def _found(image: ImportTarget, shape: Json) -> ImportedObject:
    label = values.name(shape.get("label"))
    if label is None:
        raise Problem(say("it has no label."))
    annotation = Annotation(0, image.record.id, None, _mask(shape, image.size), geometry=_outline(shape))
    return ImportedObject(make_category(label), with_object_keys(annotation, _unusual(shape), *_SHAPE))


def _is_box(shape: Json) -> bool:
    return shape.get("shape_type") == "rectangle"


def _outline(shape: Json) -> Geometry | None:
    """What is kept of a shape beside its mask; nothing of a mask."""
    kind = shape.get("shape_type", "polygon")
    blank = {key: value for key, value in shape.items() if value in _USUAL}
    if kind in _LINES and (width := width_of(shape)):
        words = numbers_text(shape["points"]).split(",")
        return line_outline(words, width, (_NAME, {"shape_type": kind, **blank}))
    return geometry(Shape(kind, numbers_text(shape["points"]), (_NAME, blank))) if kind in _KINDS else None


def _mask(shape: Json, size: tuple[int, int]) -> Mask:
    points = points_in(shape.get("points"))
    match shape.get("shape_type", "polygon"):
        case "polygon" | "oriented_rectangle" | "rotation":
            return polygon_mask(points, size)
        case "rectangle" if len(points) == 4:
            return polygon_mask(points, size)
        case "rectangle" if len(points) == 2:
            return box_mask(*points[0], *points[1], size=size)
        case "circle" if len(points) == 2:
            (x, y), (edge_x, edge_y) = points
            radius = float(np.hypot(edge_x - x, edge_y - y))
            return ellipse_mask((x, y), (radius, radius), size)
        case "mask" if len(points) == 2:
            return _cropped(shape.get("mask"), points[0], size)
        case "line" | "linestrip" if width := width_of(shape):
            return line_mask(points, width, size)
        case "line" | "linestrip" as kind:
            raise Problem(
                say("a {kind} without a width covers no pixels; with a key width, in pixels, it is read.", kind=kind)
            )
        case "point" | "points" as kind:
            raise Problem(say("a {kind} covers no pixels.", kind=kind))
        case kind:
            raise Problem(
                say_n(
                    "it is no shape that is known: {kind} of {n} point.",
                    "it is no shape that is known: {kind} of {n} points.",
                    len(points),
                    kind=str(kind)[:40],
                )
            )


def _cropped(encoded: object, corner: tuple[float, float], size: tuple[int, int]) -> Mask:
    """A PNG whose top left pixel lies at corner."""
    try:
        data = base64.b64decode(encoded if isinstance(encoded, str) else "")
    except (binascii.Error, ValueError) as error:
        raise Problem(say("its mask is damaged.")) from error
    pixels = decode_png(data, size, exact=False) != 0
    x, y = (int(min(max(number, -1e6), 1e6)) for number in corner)  # as labelme's own converters cut it off
    height, width = size
    inside = pixels[max(-y, 0) : max(height - y, 0), max(-x, 0) : max(width - x, 0)]
    if not inside.size:
        raise Problem(say("its mask lies outside the image."))
    return Mask.from_region(Region(max(x, 0), max(y, 0), inside, size))


def _way(image: Path, start: Path) -> str:
    """Returns how an image is found from a folder: its whole path where it is on another drive."""
    try:
        return os.path.relpath(image, start)
    except ValueError:
        return str(image)


# --- export ----------------------------------------------------------------------------------------------------------


def export_labelme(
    project: Project, folder: Path, *, masks: str = _MASKS.default, detail: str = DETAIL.default, files: str = LEAVE
) -> Steps:
    """Writes a JSON file for each image, also for those without objects, with masks as "png" or as "polygons" of that
    DETAIL. files: see FILES."""
    report = Report("Exported")
    photos = Photos(project, report, files, _PHOTOS)
    tolerance = tolerance_of(detail) if masks != "png" else 0.0
    drawn: _Drawn = _pixels if masks == "png" else partial(_polygons, tolerance=tolerance)
    fits = {KEYS: fitting(_TAKEN, strangers=True), IMAGE_KEYS: besides(*_TOP)}
    album = ExportView(project, report, _HOLDS, fits)

    def write(part: Path, page: Page) -> None:
        file, groups = f"{page.stem}.json", GroupNumbers(page.objects)
        for each in groups.refused:
            report.lose(GROUP_OF, page.place(each.annotation))
        image = PurePosixPath(page.record.path).name
        if not photos.has(page.record):
            image = _way(named_path(project.root, page.record.path), (folder.absolute() / file).parent)
        kept = [_as_it_came(each.annotation) for each in page.objects]
        shapes = [
            _shapes(each, groups, outlines or drawn(each.annotation.mask))
            for each, outlines in zip(page.objects, kept, strict=True)
        ]
        content: Json = {
            "version": _version(page, *chain.from_iterable(shapes)),
            "flags": {},
            "shapes": [*chain.from_iterable(shapes)],
            "imagePath": image.replace(os.sep, "/"),
            "imageData": None,
            "imageHeight": page.size[0],
            "imageWidth": page.size[1],
        }
        kept_keys = others(image_keys(page.record), WRITTEN_BY)
        content |= {k: v for k, v in kept_keys.items() if k == "flags" or k not in content}
        make_parents(part / file).write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2))
        for each, outlines in zip(page.objects, kept, strict=True):
            if is_lost(each.annotation, outlines, "circle"):
                report.lose(GEOMETRY, page.place(each.annotation))
            if not outlines and is_simplified(each.annotation.mask, _rings, tolerance):
                report.lose(EXACT_OUTLINE, page.place(each.annotation))
        report.annotations += len(page.objects)

    return export_folder(project, folder, album, write, photos=photos)


def _version(page: Page, *shapes: Json) -> str:
    """That of the file which it was, if there are no shapes that an older labelme does not know."""
    said = page.record.extra.get(WRITTEN_BY)
    is_new = any(shape["shape_type"] == "mask" for shape in shapes)
    return said if isinstance(said, str) and not is_new else _VERSION


_Drawn: TypeAlias = Callable[[Mask], list[Json]]
"""Draws a mask: what its shapes say of their outlines."""


def _shapes(each: LabelledObject, groups: GroupNumbers, outlines: list[Json]) -> list[Json]:
    """The shapes of an object. Those of one object have a group of their own."""
    annotation = each.annotation
    group = groups.of(each, len(outlines))
    own = {} if _has_parts_with_keys(annotation) else others(annotation.extra, GROUP)
    own |= object_keys(annotation) | ({} if group is None else {GROUP: group})
    return [{"label": each.category.name, **outline, **own} for outline in outlines]


def _has_parts_with_keys(annotation: Annotation) -> bool:
    """Whether it came as several shapes, which have each their own keys: see groups.joined."""
    shapes = source_shapes(annotation)
    return len(shapes) > 1 and all(shape.blank is not None and shape.blank[0] == _NAME for shape in shapes)


def _as_it_came(annotation: Annotation) -> list[Json]:
    """The outline that a file had, as labelme says it; nothing when there is none."""
    shapes, box = source_shapes(annotation), box_words(annotation)
    if all(shape.kind in _KINDS or _is_line(shape) for shape in shapes):
        return [
            {"points": _pairs(shape), "shape_type": shape.kind, **shape.blank_in(_NAME, _BLANK)} for shape in shapes
        ]
    if len(box) == 4:
        return [_outlined(_pairs(Shape("box", ",".join(box))), "rectangle")]
    return [_outlined(polygon) for polygon in polygons_of(annotation)]


def _is_line(shape: Shape) -> bool:
    """Whether it is a line of labelme, whose width stands beside it under a key of its own."""
    return shape.kind == "polyline" and shape.blank is not None and shape.blank[0] == _NAME


def _pairs(shape: Shape) -> list[Raw]:
    """The points of a shape. Behind those of a line stands its width."""
    return [Raw(f"[{x},{y}]".encode()) for x, y in zip(shape.words[0::2], shape.words[1::2], strict=False)]


def _outlined(points: object, kind: str = "polygon") -> Json:
    return {"points": points, "shape_type": kind, **_BLANK}


def _pixels(mask: Mask) -> list[Json]:
    region = mask.region()
    height, width = region.pixels.shape
    corners = [[region.x, region.y], [region.x + width - 1, region.y + height - 1]]
    png = base64.b64encode(encode_png(region.pixels.astype(np.uint8))).decode()
    return [{**_outlined(corners, "mask"), "mask": png}]


def _polygons(mask: Mask, tolerance: float) -> list[Json]:
    """Draws each part; a mask with too many of them as its pixels."""
    return [_outlined(ring.tolist()) for ring in _rings(mask, tolerance)] or _pixels(mask)


def _rings(mask: Mask, tolerance: float) -> list[Ring]:
    return [ring.round(2) for ring in part_rings(mask, tolerance, INSET)]


FORMAT = Format(
    "labelme",
    "labelme",
    import_labelme,
    export_labelme,
    seems=_seems,
    holds=_HOLDS,
    options=(_MASKS, DETAIL, FILES),
    photos=_PHOTOS,
    tracing=Tracing(_rings, by_pillow, "labelme", is_used=lambda options: options["masks"] == "polygons"),
)
