"""What a tool draws over the image while it is at work: plain shapes, in image pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.masks.painting import TilePlace
from app.masks.regions import Box


@dataclass(frozen=True)
class BoxShape:
    """A rectangle between two corners, in any order."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class PathShape:
    """A line through points. closed: the last one is joined to the first."""

    points: tuple[tuple[float, float], ...]
    closed: bool = False
    width: float = 0.0
    """In image pixels, of a line that is to be an object; 0 for a thin one."""
    fill: Literal["", "more", "less"] = ""
    """What lies inside, or is covered by its width, is shown as what comes to the object or what goes from it."""
    is_loose: bool = False
    """Its last stretch is dashed: it is to go along edges whose way is not known."""


@dataclass(frozen=True)
class DiscShape:
    """A circle, as the tip of a brush; it grows and shrinks with the image. is_square: a square of that half width."""

    x: float
    y: float
    radius: float
    is_square: bool = False


@dataclass(frozen=True)
class HandlesShape:
    """Points to grip, of the same size at every zoom. chosen: the index of the one that is gripped."""

    points: tuple[tuple[float, float], ...]
    chosen: int | None = None


@dataclass(frozen=True, eq=False)
class RasterShape:
    """Pixels that are set, as a stroke under way: nothing is traced until it is committed.

    pixels: (h, w) bool; its top left corner lies at the image pixel (x, y). color: "#rrggbb"; "" for the class's own.
    """

    x: int
    y: int
    pixels: NDArray[np.bool_]
    color: str = ""


@dataclass(frozen=True, eq=False)
class PaintingShape:
    """A stroke under way, shown as the mask will be after it: painted, or with what it erases gone."""

    tiles: Mapping[TilePlace, NDArray[np.uint8]]
    """As those of app.masks.painting.Painting, which may go on filling them."""
    changed: Box
    """Where it is different from the shape before that had the same tiles; x0, y0, x1, y1 in image pixels."""
    erases: bool = False


@dataclass(frozen=True, eq=False)
class VerticesShape:
    """The vertices of closed polygons and the edges between them, thousands of them.

    points: (N, 2); following: (N,) the index of the vertex that each has an edge to. chosen: the indices of some.
    """

    points: NDArray[np.float64]
    following: NDArray[np.int64]
    chosen: frozenset[int] = frozenset()


CUT_COLOR = "#000000"
"""Of a raster shape that is to be cut out: it is darkened."""
OverlayShape: TypeAlias = BoxShape | PathShape | DiscShape | HandlesShape | RasterShape | PaintingShape | VerticesShape
Overlay: TypeAlias = tuple[OverlayShape, ...]
"""The lowest first."""
