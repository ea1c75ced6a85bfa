"""Lines of files that say how wide they are: wires, road marks, cracks. No format has a place for the width; people and
programs write it under a key (labelme) or as an attribute (CVAT)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from app.formats.kit.geometry import geometry, shape_of_words
from app.formats.kit.polygons import Point
from app.formats.kit.report import Nowhere
from app.masks.geometry import Geometry
from app.masks.rle import Mask
from app.masks.strokes import Stroke, rasterized
from app.problem import Problem
from app.project.records import Json
from app.text import say

WIDTH_KEYS = ("width", "line_width", "thickness")
"""Where the width of a line stands, in pixels."""
_MOST_WIDE = 10_000
_MOST_WORK, _OF_A_WAY = 1_000_000_000, 20_000
"""Pixels that are looked at for all ways of a line, each in its box, and what each way costs beside: some seconds."""


def width_of(said: Mapping[str, object]) -> float | None:
    """Returns the width of a line in pixels that stands among its keys or attributes; None where there is none."""
    for key in WIDTH_KEYS:
        try:
            width = float(str(said.get(key)))
        except ValueError:
            continue
        if 0 < width <= _MOST_WIDE:
            return width
    return None


def line_mask(points: Sequence[Point], width: float, size: tuple[int, int]) -> Mask:
    """Draws a line with round ends as a brush does. size: (height, width) of the image. Problem when it is too much to
    be drawn, or covers no pixel."""
    places = np.array(points, np.float64)
    least, most = np.array([-width, -width]), np.array([size[1], size[0]]) + width
    if len(points) < 2 or not np.isfinite(places).all():
        raise Problem(say("its line has fewer than two points."))
    places = places.clip(least, most)
    boxes = np.minimum(np.abs(np.diff(places, axis=0)) + width + 2, (size[1], size[0]))
    if float((boxes.prod(axis=1) + _OF_A_WAY).sum()) > _MOST_WORK:
        raise Problem(say("its line is too long and too wide to be drawn."))
    path = tuple((float(x), float(y)) for x, y in np.asarray(points, np.float64).tolist())
    mask = Mask.from_region(rasterized(Stroke(path, width / 2), size))
    if not mask.area:
        raise Nowhere(say("it covers no pixel of the image."))
    return mask


def line_outline(words: Iterable[str], width: float, blank: tuple[str, Json]) -> Geometry | None:
    """Returns what is kept of a line beside its mask. words: the x and y of its points, as they came. blank: see
    Shape."""
    return geometry(shape_of_words("polyline", [*words, repr(width)], blank))
