"""What COCO says of an outline, kept as it came and written back: polygons with their parts, uncompressed RLE, and the
bbox and area that go with them."""

from __future__ import annotations

from itertools import chain
from typing import Any, cast

import numpy as np
from msgspec import Raw
from msgspec.structs import replace

from app.formats.kit.coco.evidence import polygons_in_pixels
from app.formats.kit.coco.segmentation import LEAST_NUMBERS, in_lists
from app.formats.kit.coercion import number, numbers
from app.formats.kit.geometry import geometry, polygons_of, source_shapes
from app.masks.geometry import Geometry, Shape, numbers_text
from app.masks.rle import Mask
from app.project.records import Annotation, Json

_BOX_PX, _AREA_PX, _AREA_SHARE = 1.5, 1, 0.1
"""By so much a bbox and an area may differ from those of the mask: a polygon's are in parts of pixels. What says
something else is not kept."""


def source_geometry(item: Json, mask: Mask) -> Geometry | None:
    """Returns what is kept of an annotation whose mask was read; None of compressed RLE, which is all that a mask is.
    item: with its segmentation, bbox and area."""
    segmentation = item.get("segmentation")
    if isinstance(segmentation, list):
        given = cast(list[list[float]], in_lists(cast(list[Any], segmentation)))
        polygons = [each for each in polygons_in_pixels(given, mask.size) or given if len(each) >= LEAST_NUMBERS]
        shapes = [Shape("polygon", numbers_text(each)) for each in polygons]
    elif isinstance(segmentation, dict) and _are_runs_of(cast(Json, segmentation).get("counts"), mask):
        polygons, shapes = [], [Shape("runs")]
    else:
        return None
    made = geometry(*shapes)
    if made is None:
        return None
    box, area = _told(_box(item, mask, polygons), mask.bbox), _told(_area(item, mask, polygons), mask.area)
    return replace(made, box=box, area=area) if box or area else made


def kept_keys(annotation: Annotation) -> Json:
    """Returns what is written of an annotation as it came: its segmentation, and bbox and area where ours are others.
    Nothing when it has no outline of its own, or one that polygons do not say."""
    kept, shapes = annotation.geometry, source_shapes(annotation)
    if kept is None or not shapes:
        return {}
    if all(shape.kind == "polygon" for shape in shapes):
        segmentation: object = [_raw(shape.numbers) for shape in shapes]
    elif any(shape.kind == "runs" for shape in shapes):
        segmentation = {"counts": annotation.mask.runs.tolist(), "size": list(annotation.mask.size)}
    else:
        segmentation = [list(chain.from_iterable(polygon)) for polygon in polygons_of(annotation)]
    box, area = {"bbox": _raw(kept.box)} if kept.box else {}, {"area": Raw(kept.area.encode())} if kept.area else {}
    return {"segmentation": segmentation, **box, **area} if segmentation else {}


def _are_runs_of(counts: object, mask: Mask) -> bool:
    return isinstance(counts, list) and counts == mask.runs.tolist()


def _raw(text: str) -> Raw:
    return Raw(f"[{text}]".encode())


def _told(value: object, ours: object) -> str:
    return "" if value is None or value == ours else numbers_text(value)


def _box(item: Json, mask: Mask, polygons: list[list[float]]) -> tuple[Any, ...] | None:
    """The bbox of the file where it is that of the mask, or of the polygons; None where it is not, or there is none."""
    said = numbers(item.get("bbox"))
    if said is None or len(said) != 4:
        return None
    corners = _corners(*map(float, cast(list[float], said)))
    if _is_near(corners, _corners(*mask.bbox)) or (polygons and _is_near(corners, _ends(polygons))):
        return tuple(said)
    return None


def _corners(x: float, y: float, width: float, height: float) -> tuple[float, ...]:
    return x, y, x + width, y + height


def _ends(polygons: list[list[float]]) -> tuple[float, ...]:
    xs, ys = ([number for polygon in polygons for number in polygon[axis::2]] for axis in (0, 1))
    return min(xs), min(ys), max(xs), max(ys)


def _is_near(said: tuple[float, ...], ours: tuple[float, ...]) -> bool:
    return all(abs(one - other) <= _BOX_PX for one, other in zip(said, ours, strict=True))


def _area(item: Json, mask: Mask, polygons: list[list[float]]) -> float | None:
    """The area of the file, in the same way."""
    said, value = number(item.get("area")), cast(float, item.get("area"))
    if said is None:
        return None
    near = abs(said - mask.area) <= max(_AREA_SHARE * mask.area, mask.bbox[2] + mask.bbox[3])
    return value if near or abs(said - sum(map(_polygon_area, polygons))) <= _AREA_PX else None


def _polygon_area(polygon: list[float]) -> float:
    x, y = np.asarray(polygon, np.float64).reshape(-1, 2).T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
