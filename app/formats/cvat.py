"""Reads and writes CVAT for images 1.1, which is one XML file.

https://docs.cvat.ai/docs/dataset_management/formats/format-cvat

Objects are written as the shapes that they came with, the others as masks, which hold every pixel (runs along the rows
of their box, zeros first), or as polygons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TypeAlias
from xml.etree.ElementTree import Element

import msgspec
import numpy as np

from app.atomic import replacing
from app.formats.kit.bridges import inset_ring
from app.formats.kit.coercion import fitting, flag, whole, xml_string
from app.formats.kit.cvat_meta import categories_in, keep, written
from app.formats.kit.cvat_outlines import SHAPE_KEYS, as_it_came, attributes_of, outline_of, usual_keys
from app.formats.kit.exporting import ExportView, LabelledObject, Page, refuse_target
from app.formats.kit.fields import ATTRIBUTES, COLOR, EXACT_OUTLINE, GEOMETRY, KEYS, ORDER, UNUSED
from app.formats.kit.filling import DETAIL, Tracing, by_pycocotools, is_simplified, tolerance_of
from app.formats.kit.format import Format
from app.formats.kit.frames import Frames, of_track
from app.formats.kit.geometry import is_lost
from app.formats.kit.glance import xml_glance
from app.formats.kit.importing import ImportedObject, ImportTarget, Item, LeftOut, Reading, make_category, make_target
from app.formats.kit.lines import line_mask, width_of
from app.formats.kit.matching import ImageFinder
from app.formats.kit.options import Choice
from app.formats.kit.polygons import Point, box_mask, ellipse_mask, polygon_mask, rotate
from app.formats.kit.report import BOX_ALONE, Report, Steps
from app.formats.kit.xml import attributes, elements, is_possible, note_impossible, text
from app.masks.rle import MAX_PIXELS, Mask, Region
from app.problem import Problem
from app.project.records import Annotation, Category, Json
from app.project.store import Project
from app.text import say, say_n

_SHAPES = ("polygon", "mask", "box", "ellipse", "polyline", "points", "cuboid", "skeleton")
_WITHOUT_PIXELS = {
    "points": say("points have no area, so that there is no mask."),
    "polyline": say("a polyline without a width covers no pixels; with an attribute width, in pixels, it is read."),
    "cuboid": say("a cuboid is a solid in perspective, which is not read as a mask."),
    "skeleton": say("a skeleton is made of joints, which are not read as a mask."),
}
_TAKEN = {"source": xml_string, "occluded": flag, "group_id": whole}
_HOLDS = frozenset({ATTRIBUTES, ORDER, COLOR, UNUSED, GEOMETRY})
_MAX_NUMBER = 1 << 31
_MASKS = Choice("masks", say("Masks as"), {"rle": say("masks (run lengths)"), "polygons": say("polygons")})


# --- import ----------------------------------------------------------------------------------------------------------


def import_cvat(project: Project, file: Path) -> Steps:
    """Reads a file, which is gone through twice: what is damaged changes nothing. Problem when it is none of CVAT."""
    report = Report("Imported")
    names: list[str] = []
    categories: list[Category] = []
    meta: Element | None = None
    frames = Frames(project)
    for _, element in elements(file, "annotations", "meta", "image", "track"):
        match element.tag:
            case "meta":
                categories += categories_in(element)
                meta = element
                frames.hear_task(element)
            case "image":
                names.append(element.get("name", ""))
                frames.hear_image(element)
            case _:
                frames.tracks += 1
    reader = _Reader(project, report, ImageFinder(project.images(), names), frames)
    reading = Reading(project, report, "CVAT", file.stat().st_size)
    yield from reading.steps(elements(file, "annotations", "image", "track"), reader.items, categories)
    if meta is not None:
        keep(project, meta)
    reader.left_out.tell(report)
    reader.tell_groups()
    frames.tell(report)
    return report


def _seems(path: Path) -> float:
    seen = xml_glance(path)
    if seen is None or seen.root != "annotations":
        return 0.0
    if seen.children & {"image", "meta", "track"}:
        return 1.0
    return 0.3 if seen.children - {"version"} else 0.6


class _Reader:
    def __init__(self, project: Project, report: Report, finder: ImageFinder, frames: Frames) -> None:
        self._project = project
        self._report = report
        self._finder = finder
        self._frames = frames
        self.left_out = LeftOut()
        """Tags of whole images, and what newer versions may have."""
        self._groups = 0
        """Of several shapes of one label: CVAT shows them as objects of their own, some of its exports join them."""

    def tell_groups(self) -> None:
        """Notes that groups are kept as such."""
        if self._groups:
            self._report.warn(
                say_n(
                    "{n} group of shapes of one label stays a group: each shape is an object, and keeps its group_id.",
                    "{n} groups of shapes of one label stay groups: each shape is an object, and keeps its group_id.",
                    self._groups,
                )
            )

    def items(self, element: Element) -> Iterator[Item]:
        return self._of_track(element) if element.tag == "track" else self._of_image(element)

    def _of_track(self, track: Element) -> Iterator[Item]:
        """The key frames: what CVAT made up between them is none of the person's."""
        for shape in track:
            if shape.tag not in _SHAPES:
                self.left_out.count(shape.tag)
            elif self._frames.is_key(shape):
                try:
                    yield _found(self._frames.target(shape, self._finder), of_track(track, shape))
                    self._frames.read += 1
                except Problem as problem:
                    track_id, frame = track.get("id", ""), shape.get("frame", "")
                    self._report.leave_out(
                        say("track {id}, frame {frame}: {problem}", id=track_id, frame=frame, problem=problem)
                    )

    def _of_image(self, image: Element) -> Iterator[Item]:
        shapes = [shape for shape in image if shape.tag in _SHAPES]
        for other in image:
            if other.tag not in _SHAPES:
                self.left_out.count(other.tag)
        if not shapes:
            return
        name = image.get("name", "")
        size = _whole(image, "height"), _whole(image, "width")
        where = make_target(self._project, self._finder.find(name), size)
        groups = Counter(
            (shape.get("label"), group) for shape in shapes if (group := shape.get("group_id", "")) not in ("", "0")
        )
        self._groups += sum(count > 1 for count in groups.values())
        for number, shape in enumerate(shapes, start=1):
            try:
                yield _found(where, shape)
                if shape.tag == "box":
                    self._report.remark(BOX_ALONE, name)
            except Problem as problem:
                self._report.leave_out(
                    say("{name}, object {number}: {problem}", name=name, number=number, problem=problem), problem
                )


def _found(where: ImportTarget, shape: Element) -> ImportedObject:
    z_order = _whole(shape, "z_order") if shape.get("z_order") else 0
    annotation = Annotation(
        id=0,
        image_id=where.record.id,
        category_id=None,
        mask=_mask(shape, where.size),
        z_order=z_order,
        attributes=attributes_of(shape),
        extra=_unusual(shape),
        geometry=outline_of(shape),
    )
    return ImportedObject(make_category(shape.get("label", "")), annotation)


def _unusual(shape: Element) -> Json:
    extra: Json = {key: value for key, usual in SHAPE_KEYS.items() if (value := shape.get(key, usual)) != usual}
    group = whole(extra.get("group_id"))
    return extra if group is None else {**extra, "group_id": group}


def _mask(shape: Element, size: tuple[int, int]) -> Mask:
    number = partial(_number, shape)
    match shape.tag:
        case "mask":
            return _run_length(shape, size)
        case "polygon":
            return polygon_mask(_points(shape.get("points", "")), size)
        case "polyline" if width := width_of(attributes_of(shape)):
            return line_mask(_points(shape.get("points", "")), width, size)
        case "box" if shape.get("rotation"):
            x0, y0, x1, y1 = map(number, ("xtl", "ytl", "xbr", "ybr"))
            corners: list[Point] = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
            return polygon_mask(rotate(corners, number("rotation"), ((x0 + x1) / 2, (y0 + y1) / 2)), size)
        case "box":
            return box_mask(*map(number, ("xtl", "ytl", "xbr", "ybr")), size=size)
        case "ellipse":
            degrees = number("rotation") if shape.get("rotation") else 0.0
            return ellipse_mask((number("cx"), number("cy")), (number("rx"), number("ry")), size, degrees=degrees)
        case tag:
            raise Problem(_WITHOUT_PIXELS.get(tag) or say("a {tag} covers no pixels.", tag=tag))


def _run_length(shape: Element, size: tuple[int, int]) -> Mask:
    left, top, width, height = (_whole(shape, key) for key in ("left", "top", "width", "height"))
    if not 0 < width <= size[1] or not 0 < height <= size[0]:
        raise Problem(say("its mask of {width} x {height} pixels does not fit the image.", width=width, height=height))
    if width * height > MAX_PIXELS:
        raise Problem(say("its mask of {width} x {height} pixels is too large to be read.", width=width, height=height))
    try:
        runs = np.array([int(run) for run in shape.get("rle", "").split(",")], np.int64)
    except (ValueError, OverflowError) as error:
        raise Problem(say("its mask has runs that are no lengths.")) from error
    if (runs < 0).any() or (runs > width * height).any() or int(runs.sum()) != width * height:
        raise Problem(say("the runs of its mask do not fill its box."))
    pixels = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)
    inside = pixels[max(-top, 0) : max(size[0] - top, 0), max(-left, 0) : max(size[1] - left, 0)]
    if not inside.size:
        raise Problem(say("its mask lies outside the image."))
    return Mask.from_region(Region(max(left, 0), max(top, 0), inside, size))


def _points(points: str) -> list[Point]:
    """Reads the points of a shape, which CVAT writes as "x,y;x,y"."""
    try:
        return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split(";"))]
    except ValueError as error:
        raise Problem(say("its points are not pairs of numbers.")) from error


def _number(element: Element, key: str) -> float:
    try:
        number = float(element.get(key, ""))
    except ValueError as error:
        raise Problem(say("its {key_name} is no number.", key_name=key)) from error
    if not abs(number) < _MAX_NUMBER:  # what is not a number is not less either
        raise Problem(say("its {key_name} is no number that can be.", key_name=key))
    return number


def _whole(element: Element, key: str) -> int:
    return int(_number(element, key))


# --- export ----------------------------------------------------------------------------------------------------------


_Drawn: TypeAlias = Callable[[Mask], tuple[str, Json]]
"""Draws a mask: the tag of a shape, and what stands in it."""


def export_cvat(project: Project, file: Path, *, masks: str = _MASKS.default, detail: str = DETAIL.default) -> Steps:
    """Writes one file, with masks as "rle" or as "polygons" of that DETAIL, which replaces the old one when it is
    complete. Problem when it cannot be written."""
    refuse_target(project, file, ".xml")
    report = Report("Exported")
    tolerance = tolerance_of(detail) if masks != "rle" else 0.0
    drawn = _run_length_of if masks == "rle" else partial(_polygon_of, tolerance=tolerance)
    album = ExportView(project, report, _HOLDS, {KEYS: fitting(_TAKEN)})
    yield 0, len(album.images)
    with replacing(file) as stream:
        stream.write(_head(project, album).encode())
        for done, page in enumerate(album.pages(), start=1):
            if page is not None:
                _write(stream, page, done - 1, report, drawn)
                _count_simplified(page, tolerance, report)
            yield done, len(album.images)
        stream.write(b"</annotations>\n")
    report.categories = len(album.categories)
    return report


def _head(project: Project, album: ExportView) -> str:
    note_impossible(album.categories.values(), album.report)
    start = '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n'
    return f"{start}{written(project, [*album.categories.values()], len(album.images))}\n"


def _write(stream: BinaryIO, page: Page, number: int, report: Report, drawn: _Drawn) -> None:
    height, width = page.size
    tag = attributes(id=number, name=page.record.path, width=width, height=height)
    stream.write(f"<image{tag}>\n".encode())
    for each in page.objects:
        if what := _lost_attributes(each.annotation.attributes):
            report.lose(what, page.place(each.annotation))
        outline = as_it_came(each.annotation)
        if is_lost(each.annotation, outline, "circle", "ellipse"):
            report.lose(GEOMETRY, page.place(each.annotation))
        stream.write(_shape(each, *(outline or drawn(each.annotation.mask))).encode())
    stream.write(b"</image>\n")
    report.annotations += len(page.objects)


def _count_simplified(page: Page, tolerance: float, report: Report) -> None:
    for each in page.objects if tolerance else ():
        if not as_it_came(each.annotation) and is_simplified(each.annotation.mask, inset_ring, tolerance):
            report.lose(EXACT_OUTLINE, page.place(each.annotation))


def _lost_attributes(values: Json) -> str:
    """Why they come back as others, or ""."""
    if any(not isinstance(value, str) for value in values.values()):
        return "kinds of attributes"
    return "" if all(map(is_possible, [*values, *values.values()])) else "characters that XML cannot hold"


def _shape(each: LabelledObject, tag: str, said: Json) -> str:
    annotation = each.annotation
    kept = {**usual_keys(annotation), **annotation.extra, **({"z_order": z} if (z := annotation.z_order) else {})}
    known = attributes(label=each.category.name, **kept, **said)
    return f"  <{tag}{known}>{_attributes(annotation.attributes)}</{tag}>\n"


def _run_length_of(mask: Mask) -> tuple[str, Json]:
    region = mask.region()
    height, width = region.pixels.shape
    runs = ", ".join(map(str, _runs(region)))
    return "mask", {"rle": runs, "left": region.x, "top": region.y, "width": width, "height": height}


def _polygon_of(mask: Mask, tolerance: float) -> tuple[str, Json]:
    (points,) = inset_ring(mask, tolerance)
    return "polygon", {"points": ";".join(f"{x:.2f},{y:.2f}" for x, y in points.tolist())}


def _attributes(values: Json) -> str:
    return "".join(
        f"<attribute{attributes(name=key)}>{text(_said(value))}</attribute>" for key, value in values.items()
    )


def _said(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _runs(region: Region) -> list[int]:
    flat = region.pixels.reshape(-1)
    ends = chain([0], (np.flatnonzero(flat[1:] != flat[:-1]) + 1).tolist(), [len(flat)])
    runs = np.diff(list(ends)).tolist()
    return [0, *runs] if flat[0] else runs


FORMAT = Format(
    "cvat",
    "CVAT",
    import_cvat,
    export_cvat,
    seems=_seems,
    holds=_HOLDS,
    suffix=".xml",
    options=(_MASKS, DETAIL),
    tracing=Tracing(inset_ring, by_pycocotools, "CVAT", is_used=lambda options: options["masks"] == "polygons"),
)
