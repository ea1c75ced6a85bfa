"""What a tool draws over the image while it is at work: plain shapes, in image pixels.

A new one is a class here, which says where it lies, and what paints it in app.ui.canvas.overlay.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.masks.painting import TILE_PX, TilePlace
from app.masks.regions import Box

Extent: TypeAlias = tuple[float, float, float, float]
"""x0, y0, x1, y1 in image pixels; lines and handles reach some points of the screen beyond it."""


class OverlayShape(ABC):
    """Something that is drawn over the image."""

    stands_for_selection: ClassVar[bool] = False
    """It tells by itself which object is selected, and is better seen without a ring around that."""

    @property
    @abstractmethod
    def extent(self) -> Extent | None:
        """Where it lies; None for nowhere."""

    def goes_on(self, before: OverlayShape) -> bool:
        """Returns True if a shape of before is seen still, and only `news` comes to it."""
        return self == before

    @property
    def news(self) -> Extent | None:
        """Where it looks different from the shape that it goes on from; None for nowhere."""
        return None


@dataclass(frozen=True)
class BoxShape(OverlayShape):
    """A rectangle between two corners, in any order."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def extent(self) -> Extent:
        """Where it lies."""
        return min(self.x0, self.x1), min(self.y0, self.y1), max(self.x0, self.x1), max(self.y0, self.y1)


@dataclass(frozen=True)
class PathShape(OverlayShape):
    """A line through points. closed: the last one is joined to the first."""

    points: tuple[tuple[float, float], ...]
    closed: bool = False
    width: float = 0.0
    """In image pixels, of a line that is to be an object; 0 for a thin one."""
    fill: Literal["", "more", "less"] = ""
    """What lies inside, or is covered by its width, is shown as what comes to the object or what goes from it."""
    loose: tuple[int, ...] = ()
    """The stretches that are dashed, each by the index of the point that it begins at: they are to go along edges whose
    way is not known."""

    @property
    def extent(self) -> Extent | None:
        """Where it lies; None for no points."""
        return _around(self.points, self.width / 2)


@dataclass(frozen=True)
class DiscShape(OverlayShape):
    """A circle, as the tip of a brush; it grows and shrinks with the image. is_square: a square of that half width."""

    x: float
    y: float
    radius: float
    is_square: bool = False

    @property
    def extent(self) -> Extent | None:
        """Where it lies."""
        return _around([(self.x, self.y)], self.radius)


@dataclass(frozen=True)
class HandlesShape(OverlayShape):
    """Points to grip, of the same size at every zoom. chosen: the index of the one that is gripped."""

    points: tuple[tuple[float, float], ...]
    chosen: int | None = None

    @property
    def extent(self) -> Extent | None:
        """Where it lies; None for no points."""
        return _around(self.points)


@dataclass(frozen=True, eq=False)
class RasterShape(OverlayShape):
    """Pixels that are set, as a stroke under way: nothing is traced until it is committed.

    pixels: (h, w) bool; its top left corner lies at the image pixel (x, y). color: "#rrggbb"; "" for the class's own.
    """

    x: int
    y: int
    pixels: NDArray[np.bool_]
    color: str = ""

    @property
    def extent(self) -> Extent:
        """Where it lies."""
        height, width = self.pixels.shape
        return self.x, self.y, self.x + width, self.y + height


@dataclass(frozen=True, eq=False)
class PaintingShape(OverlayShape):
    """A stroke under way, shown as the mask will be after it: painted, or with what it erases gone."""

    tiles: Mapping[TilePlace, NDArray[np.uint8]]
    """As those of app.masks.painting.Painting, which may go on filling them."""
    changed: Box
    """Where it is different from the shape before that had the same tiles; x0, y0, x1, y1 in image pixels."""
    erases: bool = False

    @property
    def extent(self) -> Extent | None:
        """Where its tiles lie, which may reach beyond the image; None for no tiles."""
        if not self.tiles:
            return None
        columns, rows = zip(*self.tiles, strict=True)
        left, top, right, bottom = min(columns), min(rows), max(columns) + 1, max(rows) + 1
        return left * TILE_PX, top * TILE_PX, right * TILE_PX, bottom * TILE_PX

    def goes_on(self, before: OverlayShape) -> bool:
        """Returns True if the shape of before had the same tiles."""
        return isinstance(before, PaintingShape) and before.tiles is self.tiles

    @property
    def news(self) -> Extent | None:
        """Where it was painted since; None for nowhere."""
        x0, y0, x1, y1 = self.changed
        return self.changed if x0 < x1 and y0 < y1 else None


@dataclass(frozen=True, eq=False)
class VerticesShape(OverlayShape):
    """The vertices of closed polygons and the edges between them, thousands of them.

    points: (N, 2); following: (N,) the index of the vertex that each has an edge to. chosen: the indices of some.
    """

    points: NDArray[np.float64]
    following: NDArray[np.int64]
    chosen: frozenset[int] = frozenset()
    stands_for_selection = True

    @property
    def extent(self) -> Extent | None:
        """Where they lie; None for no vertices."""
        if not len(self.points):
            return None
        (x0, y0), (x1, y1) = self.points.min(axis=0).tolist(), self.points.max(axis=0).tolist()
        return x0, y0, x1, y1


def _around(points: Iterable[tuple[float, float]], reach: float = 0.0) -> Extent | None:
    places = list(points)
    if not places:
        return None
    xs, ys = zip(*places, strict=True)
    return min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach


CUT_COLOR = "#000000"
"""Of a raster shape that is to be cut out: it is darkened."""
Overlay: TypeAlias = tuple[OverlayShape, ...]
"""The lowest first."""
