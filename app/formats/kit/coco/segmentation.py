"""What COCO writes under "segmentation", from and to masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from app.formats.kit.bridges import part_rings
from app.formats.kit.coco.evidence import IN_SHARES, polygons_in_pixels
from app.formats.kit.report import Nowhere
from app.masks.polygons import MAX_PERIMETER_PX, from_polygons, perimeter_px
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Json
from app.text import say

LEAST_NUMBERS = 6
"""Of a polygon: three points."""


def mask_of(segmentation: object, size: tuple[int, int], warn: Callable[[str], None]) -> Mask:
    """Reads a mask. The type tells polygons from RLE, iscrowd does not: RLE with iscrowd 0 is legal. size: (height,
    width) of the image. warn hears of parts that were left out. Problem when there is no mask in it."""
    if isinstance(segmentation, list) and segmentation:
        return _united(in_lists(cast(list[Any], segmentation)), size, warn)
    if isinstance(segmentation, dict):
        return _run_length(cast(Json, segmentation), size)
    raise Problem(say("it has neither polygons nor RLE."))


def in_lists(segmentation: list[Any]) -> list[Any]:
    """Returns polygons as COCO has them, where they are written as one list of numbers, or with their points in pairs:
    both are certain."""
    if segmentation and all(map(_is_number, segmentation)):
        return [segmentation]
    if len(segmentation) >= LEAST_NUMBERS // 2 and _is_in_pairs(segmentation):
        return [_flat(segmentation)]
    return [_flat(polygon) if _is_in_pairs(polygon) else polygon for polygon in segmentation]


def _is_in_pairs(polygon: object) -> bool:
    points = cast(list[object], polygon) if isinstance(polygon, list) else []
    return bool(points) and all(map(_is_pair, points))


def _is_pair(point: object) -> bool:
    numbers = cast(list[object], point) if isinstance(point, list) else []
    return len(numbers) == 2 and all(map(_is_number, numbers))


def _flat(polygon: list[list[Any]]) -> list[Any]:
    return [number for point in polygon for number in point]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def counts_of(segmentation: object, size: tuple[int, int]) -> str:
    """Returns the counts of compressed RLE, which may still be damaged: app.masks.rle_batch tells, of many at once and
    ten times as fast as mask_of. "" when it is not of that (height, width), or no compressed RLE."""
    if not isinstance(segmentation, dict):
        return ""
    rle = cast(Json, segmentation)
    counts = rle.get("counts")
    return counts if isinstance(counts, str) and rle.get("size") == list(size) else ""


def _united(polygons: list[Any], size: tuple[int, int], warn: Callable[[str], None]) -> Mask:
    """Polygons of fewer than three points cover nothing; the others of the object are worth having."""
    scaled = polygons_in_pixels(polygons, size)
    if scaled is not None:
        warn(IN_SHARES)
    polygons = polygons if scaled is None else scaled
    usable: list[Any] = [p for p in polygons if not isinstance(p, list) or len(cast(list[Any], p)) >= LEAST_NUMBERS]
    if 0 < len(usable) < len(polygons):
        warn(
            say("polygons of fewer than three points were left out: {polygons}.", polygons=len(polygons) - len(usable))
        )
    mask = from_polygons(usable or polygons, size)
    if not mask.area:
        raise Nowhere(say("it covers no pixel of the image."))
    return mask


def _run_length(rle: Json, size: tuple[int, int]) -> Mask:
    its_size, counts = rle.get("size"), rle.get("counts")
    if not isinstance(counts, str | list) or not isinstance(its_size, list) or len(cast(list[Any], its_size)) != 2:
        raise Problem(say("it has neither polygons nor RLE."))
    if its_size != list(size):
        height, width = cast(list[Any], its_size)
        raise Problem(
            say(
                "its mask is made for {width} x {height} pixels, but the image has {its_width} x {its_height}.",
                width=width,
                height=height,
                its_width=size[1],
                its_height=size[0],
            )
        )
    return Mask.from_coco(size, cast(str | list[int], counts))


def mask_keys(mask: Mask) -> Json:
    """Returns the keys in which COCO and SA-1B tell a mask: compressed RLE, and what follows from it."""
    return {"segmentation": _written(mask), "bbox": list(mask.bbox), "area": mask.area}


def _written(mask: Mask) -> Json:
    return {"size": list(mask.size), "counts": mask.counts}


def run_length(annotation: Annotation) -> Json:
    """Writes a mask as compressed RLE."""
    return _written(annotation.mask)


def polygons_or_run_length(annotation: Annotation, tolerance: float = 0.0) -> Json | list[list[float]]:
    """Writes a polygon along the pixel edges for each part, holes joined to it by bridges of no width: filled by
    pycocotools it is the very mask, or with a tolerance in pixels nearly so. COCO's crowds are RLE always; so is what
    is empty, or too ragged for any reader."""
    if annotation.iscrowd or not annotation.mask.area:
        return run_length(annotation)
    rings = part_rings(annotation.mask, tolerance)
    if not rings or sum(map(perimeter_px, rings)) > MAX_PERIMETER_PX:
        return run_length(annotation)
    if tolerance:
        return [ring.round(2).reshape(-1).tolist() for ring in rings]
    return [ring.astype(int).reshape(-1).tolist() for ring in rings]
