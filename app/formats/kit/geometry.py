"""Outlines that a file had (source geometry), for readers and writers: made where a file is read, written back where
they are still those of the mask, and turned into polygons for formats that do not know their kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

import numpy as np

from app.formats.kit.polygons import Point, box_points, ellipse_points
from app.formats.kit.yolo_rings import put_back
from app.masks.geometry import Geometry, Kind, Shape, words_text
from app.masks.polygons import from_polygons
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Json
from app.text import say

_CURVES: tuple[Kind, ...] = ("circle", "ellipse")


# --- reading ---------------------------------------------------------------------------------------------------------


def geometry(*shapes: Shape, box: str = "", area: str = "") -> Geometry | None:
    """Makes what is kept of the outline of an object; None when there is none that could be written again. box and
    area: see Geometry."""
    made = Geometry(shapes, box, area)
    return made if made.is_sound else None


def bounded(made: Geometry | None, warn: Callable[[str], None]) -> Geometry | None:
    """Returns an outline, if it is not too long to be kept; warn hears of one that is."""
    if made is None or not made.is_long:
        return made
    warn(say("its outline has more points than are kept; it will be traced from its mask."))
    return None


def shape_of_words(kind: Kind, words: Iterable[str], blank: tuple[str, Json] | None = None) -> Shape:
    """Makes a shape of numbers as a text or XML file has them. ValueError when one is none."""
    return Shape(kind, words_text(words), blank)


# --- writing ---------------------------------------------------------------------------------------------------------


def source_shapes(annotation: Annotation) -> tuple[Shape, ...]:
    """Returns the shapes that a file had for an object; none when there was no file, or it is a stranger's project
    where they are damaged."""
    kept = annotation.geometry
    return kept.shapes if kept is not None and kept.is_sound else ()


def only_shape(annotation: Annotation) -> Shape | None:
    """Returns the shape that a file had for an object, if it is the only one."""
    shapes = source_shapes(annotation)
    return shapes[0] if len(shapes) == 1 else None


def polygons_of(annotation: Annotation) -> list[list[Point]]:
    """Returns the shapes of an object as polygons in pixels that are read as the very mask; none where they would not
    be."""
    polygons = [corners_of(shape, annotation.mask.size) for shape in source_shapes(annotation)]
    return polygons if polygons and all(polygons) and fill(polygons, annotation.mask) else []


def only_polygon(annotation: Annotation) -> list[Point]:
    """Returns the outline of an object as one polygon in pixels, as polygons_of does; none when it has more parts."""
    polygons = polygons_of(annotation) if only_shape(annotation) else []
    return polygons[0] if polygons else []


def box_words(annotation: Annotation) -> list[str]:
    """Returns xtl ytl xbr ybr (in pixels, as they came) and perhaps degrees of an object that came as one box; nothing
    of any other."""
    shape = only_shape(annotation)
    if shape is None:
        return []
    if shape.kind == "box_shares":
        [polygon] = polygons_of(annotation) or [[]]
        return [repr(number) for number in (*polygon[0], *polygon[2])] if polygon else []
    return shape.words if shape.kind == "box" or (shape.kind == "rectangle" and len(shape.words) == 4) else []


def is_lost(annotation: Annotation, written: object, *kinds: Kind) -> bool:
    """Whether the outline that an object came with is not written: nothing of it, or only a polygon of a curve. kinds:
    curves that the format knows."""
    shapes = [shape for shape in source_shapes(annotation) if shape.kind != "runs"]
    return any(not written or (shape.kind in _CURVES and shape.kind not in kinds) for shape in shapes)


def fill(polygons: Iterable[Iterable[Point]], mask: Mask) -> bool:
    """Whether polygons in pixels are read as the very mask."""
    try:
        return from_polygons([list(chain.from_iterable(each)) for each in polygons], mask.size) == mask
    except Problem:
        return False


def corners_of(shape: Shape, size: tuple[int, int]) -> list[Point]:
    """Returns the polygon, in pixels, that a shape is filled as; no point for runs and lines. size: (height, width) of
    the image."""
    values = shape.values()
    height, width = size
    match shape.kind:
        case "runs" | "polyline":
            return []
        case "circle":
            x, y, edge_x, edge_y = values
            radius = float(np.hypot(edge_x - x, edge_y - y))
            return ellipse_points((x, y), (radius, radius))
        case "ellipse":
            return ellipse_points((values[0], values[1]), (values[2], values[3]), *values[4:])
        case "box":
            return box_points(*values)
        case "rectangle" if len(values) == 4:
            return box_points(*values)
        case "box_shares":
            x, y, w, h = (n * side for n, side in zip(values, (width, height) * 2, strict=True))
            return box_points(x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        case "polygon_shares":
            points = [(x * width, y * height) for x, y in zip(values[0::2], values[1::2], strict=True)]
            return [(x, y) for x, y in put_back(np.array(points)).tolist()]  # as it is read: see yolo_files
        case _:
            return list(zip(values[0::2], values[1::2], strict=True))
