"""What CVAT says of an outline, kept as it came and written back, with the attributes of a shape that say nothing."""

from __future__ import annotations

import math
from typing import cast
from xml.etree.ElementTree import Element

from app.formats.kit.geometry import box_words, geometry, only_polygon, only_shape, shape_of_words
from app.formats.kit.lines import line_outline, width_of
from app.masks.geometry import Geometry, Kind
from app.project.records import Annotation, Json

SHAPE_KEYS = {"source": "manual", "occluded": "0", "group_id": ""}
"""Of a shape what a project keeps when it is not this; the group as a number, as labelme has it."""
_NAME = "cvat"
_USUAL = {**SHAPE_KEYS, "z_order": "0"}
_NUMBERS = {"box": ("xtl", "ytl", "xbr", "ybr"), "ellipse": ("cx", "cy", "rx", "ry")}


def outline_of(shape: Element) -> Geometry | None:
    """Returns what is kept of a shape beside its mask; None of a mask."""
    blank = {key: usual for key, usual in _USUAL.items() if shape.get(key) == usual}
    if shape.tag == "polyline" and (width := width_of(attributes_of(shape))):
        return line_outline(_words(shape), width, (_NAME, blank))
    if shape.tag == "polygon":
        words = _words(shape)
    elif shape.tag in _NUMBERS:
        turned = shape.get("rotation")
        words = [*(shape.get(key, "") for key in _NUMBERS[shape.tag]), *([turned] if turned else [])]
    else:
        return None
    return geometry(shape_of_words(cast(Kind, shape.tag), words, (_NAME, blank)))


def attributes_of(shape: Element) -> dict[str, str]:
    """Returns the attributes of a shape that the person chose, by their names."""
    return {each.get("name", ""): each.text or "" for each in shape if each.tag == "attribute"}


def _words(shape: Element) -> list[str]:
    return shape.get("points", "").replace(";", ",").split(",")


def usual_keys(annotation: Annotation) -> Json:
    """Returns attributes that say nothing: those that the file had, of what came from one."""
    shape, usual = only_shape(annotation), {key: value for key, value in _USUAL.items() if value != ""}
    return usual if shape is None else shape.blank_in(_NAME, usual)


def as_it_came(annotation: Annotation) -> tuple[str, Json] | None:
    """Returns the outline that a file had as a tag and its attributes; None when there is none, or it has several
    parts."""
    shape, box = only_shape(annotation), box_words(annotation)
    if shape is None:
        return None
    if box:
        return "box", dict(zip((*_NUMBERS["box"], "rotation"), _in_order(box), strict=False))
    match shape.kind:
        case "ellipse":
            return "ellipse", dict(zip((*_NUMBERS["ellipse"], "rotation"), shape.words, strict=False))
        case "circle":
            x, y, edge_x, edge_y = shape.values()
            radius = math.hypot(edge_x - x, edge_y - y)
            return "ellipse", {"cx": x, "cy": y, "rx": radius, "ry": radius}
        case "polyline":
            *words, width = shape.words
            points = ";".join(f"{x},{y}" for x, y in zip(words[0::2], words[1::2], strict=True))
            is_told = width_of(annotation.attributes) == float(width)
            return ("polyline", {"points": points}) if is_told else None
        case "polygon":
            pairs = zip(shape.words[0::2], shape.words[1::2], strict=True)
        case _:
            pairs = only_polygon(annotation)
    points = ";".join(f"{x},{y}" for x, y in pairs)
    return ("polygon", {"points": points}) if points else None


def _in_order(box: list[str]) -> list[str]:
    """The upper left corner first, which labelme does not ask for."""
    x, y = sorted((box[0], box[2]), key=float), sorted((box[1], box[3]), key=float)
    return [x[0], y[0], x[1], y[1], *box[4:]]
