"""How those who read our files fill polygons: what they will see of a mask, before it is written.

Each is the very library that does it, called the way the reader calls it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.formats.kit.options import Choice, Value
from app.masks.polygons import MOST_PIXELS, from_polygons
from app.masks.regions import bounds, clipped
from app.masks.rle import Mask, Region
from app.problem import Problem
from app.text import say

Ring: TypeAlias = NDArray[np.float64]
"""A closed polygon: (N, 2) xy in image pixels."""
Rings: TypeAlias = Callable[[Mask, float], Sequence[Ring]]
"""Draws a mask with a largest deviation in pixels: its rings as they are written."""
Fill: TypeAlias = Callable[[Sequence[Ring], tuple[int, int]], NDArray[np.bool_]]
"""Fills the rings of one object. Returns the pixels of an image of that (height, width): (H, W)."""

DETAIL = Choice(
    "detail",
    say("Detail of outlines"),
    {
        "exact": say("exact: every pixel edge"),
        "0.5": say("within half a pixel"),
        "1": say("within 1 pixel"),
        "2": say("within 2 pixels"),
    },
)
"""How far the outlines that are written may deviate from those of the mask."""
_MARGIN = 4
"""Pixels around a mask that are looked at too: no outline deviates farther."""


def tolerance_of(detail: Value) -> float:
    """Returns the largest deviation in pixels that a value of DETAIL means; 0 for exact."""
    return 0.0 if detail == "exact" else float(detail)


def by_pycocotools(rings: Sequence[Ring], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Fills (H, W) as COCO's own library, Detectron2, MMDetection and CVAT do: what lies inside."""
    return from_polygons([ring.reshape(-1).tolist() for ring in rings], size).to_array()


def by_opencv(rings: Sequence[Ring], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Fills (H, W) as Ultralytics and supervision do: coordinates are cut off to pixels, the line is filled too."""
    pixels = np.zeros(size, np.uint8)
    for ring in rings:
        cv2.fillPoly(pixels, [ring.astype(np.float32).astype(np.int32)], [1])
    return pixels.astype(np.bool_)


def by_pillow(rings: Sequence[Ring], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Fills (H, W) as labelme and Cityscapes do: coordinates are cut off to pixels, and the line is filled too."""
    from PIL import ImageDraw  # with its fonts it takes megabytes, which an import can do without

    picture = Image.new("L", (size[1], size[0]))
    for ring in rings:
        ImageDraw.Draw(picture).polygon([(x, y) for x, y in ring.tolist()], outline=1, fill=1)
    return np.asarray(picture) != 0


def is_simplified(mask: Mask, rings: Rings, tolerance: float) -> bool:
    """Tells whether a mask that is drawn by rings with such a tolerance comes back as another. It does so where the
    rings are too long for any reader."""
    if not tolerance or not (drawn := rings(mask, tolerance)):
        return False
    corner = (0, 0)
    if math.prod(mask.size) > MOST_PIXELS:
        corner, mask = _cut_out(mask)
    try:
        return from_polygons([(ring - corner).reshape(-1).tolist() for ring in drawn], mask.size) != mask
    except Problem:
        return True


def _cut_out(mask: Mask) -> tuple[tuple[int, int], Mask]:
    """The x and y of a part of the image, which is its box with a margin, and the mask in it."""
    region = mask.region()
    left, top, right, bottom = bounds(region)
    around = (left - _MARGIN, top - _MARGIN, right + _MARGIN, bottom + _MARGIN)
    x0, y0, x1, y1 = clipped(around, mask.size)
    return (x0, y0), Mask.from_region(Region(left - x0, top - y0, region.pixels, (y1 - y0, x1 - x0)))


def _always(_options: Mapping[str, Value]) -> bool:
    return True


@dataclass(frozen=True)
class Tracing:
    """How a format draws masks as polygons, and how its readers fill them."""

    rings: Rings
    fill: Fill
    reader: str
    """Who fills so, for people."""
    is_used: Callable[[Mapping[str, Value]], bool] = _always
    """Whether polygons are written with these options."""
    rings_by: Callable[[Mapping[str, Value]], Rings] | None = None
    """How it draws with these options, where they make a difference."""

    def seen(self, mask: Mask, tolerance: float) -> tuple[int, float]:
        """Returns how many points are written of a mask, and the IoU of what the reader sees with it; 0 points of one
        that becomes no polygons."""
        rings, region = self.rings(mask, tolerance), mask.region()
        if not rings:
            return 0, 0.0
        height, width = region.pixels.shape
        corner = (region.x - _MARGIN, region.y - _MARGIN)
        seen = self.fill([ring - corner for ring in rings], (height + 2 * _MARGIN, width + 2 * _MARGIN))
        both = np.count_nonzero(seen[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN] & region.pixels)
        return sum(map(len, rings)), both / (mask.area + np.count_nonzero(seen) - both)
