"""A kept picture of all accepted objects, smaller than the image by a power of two. It is made piece by piece, which
takes longer than the window may stand still."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QRegion

from app.ui.canvas import shapes
from app.ui.canvas.paths import painter_path
from app.ui.canvas.shapes import Drawn
from app.ui.canvas.viewport import Viewport

FORMAT = QImage.Format.Format_ARGB32_Premultiplied
_BLOCK_PX = 512
_FINE = 4
"""So many times finer are fills drawn than they are kept, at most."""
_FILLS, _CORNERS = 40, 20_000
"""In a piece."""
_LINE_PX = 2
_MOST_OTHERS = 1000
"""Objects that are left out of the lines of a picture; of more, the others are drawn anew."""
Bounds = NDArray[np.float64]
"""(n, 4): x0, y0, x1, y1 in image pixels"""


class KeptPicture:
    """Fills as they look, and lines that are a pixel wide and without a halo."""

    def __init__(self, level: int, size: tuple[int, int]) -> None:
        """Begins an empty picture of an image's objects. level: the power of two by which it is smaller; size: (height,
        width) of the image."""
        height, width = (-(-side >> level) for side in size)
        self.scale = 1 / (1 << level)
        self.fills, self.lines = empty(width, height), empty(width, height)
        self._finer = min(1 << level, _FINE)

    @property
    def area(self) -> QRect:
        """The whole picture."""
        return self.fills.rect()

    def around(self, place: Sequence[float]) -> QRect:
        """Returns the area of the picture that shows x0, y0, x1, y1 of the image, with room for the lines."""
        x0, y0 = (math.floor(side * self.scale) - _LINE_PX for side in place[:2])
        x1, y1 = (math.ceil(side * self.scale) + _LINE_PX for side in place[2:])
        return QRect(x0, y0, x1 - x0, y1 - y0).intersected(self.area)

    def reaching(self, objects: Sequence[Drawn], bounds: Bounds, area: QRect) -> list[Drawn]:
        """Returns the objects that are seen in that area, with their lines."""
        return among(objects, overlapping(bounds, self._reached_from(area)))

    def _reached_from(self, area: QRect) -> list[float]:
        """Where in the image what is seen in an area of the picture lies, with its lines."""
        x, y, width, height = _sides(area)
        sides = (x - _LINE_PX, y - _LINE_PX, x + width + _LINE_PX, y + height + _LINE_PX)
        return [side / self.scale for side in sides]

    def clear(self, area: QRect) -> None:
        """Makes that area empty."""
        x, y, width, height = _sides(area)
        for image in (self.fills, self.lines):
            pixels_of(image)[y : y + height, x : x + width] = 0

    def lines_of(self, objects: Sequence[Drawn], bounds: Bounds, chosen: NDArray[np.bool_]) -> KeptPicture | None:
        """Returns a picture with the lines of the chosen ones only: those near the others are drawn anew, the rest is
        there. None where most would be drawn anew. objects: all of this picture; chosen: (n,) bool."""
        if np.count_nonzero(~chosen) > _MOST_OTHERS:
            return None
        region, near = QRegion(), np.zeros(len(bounds), np.bool_)
        for area in map(self.around, bounds[~chosen]):
            region += area
            near |= overlapping(bounds, self._reached_from(area))
        near &= chosen
        if 2 * np.count_nonzero(near) > np.count_nonzero(chosen):
            return None
        result = copy(self)
        result.lines = self.lines.copy()
        painter = QPainter(result.lines)
        painter.setClipRegion(region)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        painter.fillRect(self.area, Qt.GlobalColor.transparent)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.scale(self.scale, self.scale)
        for color, polygons in hairlines(among(objects, near), self.scale):
            stroke(painter, color, polygons)
        painter.end()
        return result

    def add(self, objects: Sequence[Drawn], area: QRect, opacity: float) -> None:
        """Draws on top of what is there; nothing is drawn outside that area."""
        for _ in self.adding(objects, area, opacity):
            pass

    def add_on_top(self, objects: Sequence[Drawn], opacity: float) -> None:
        """Draws on top of all that is there, wherever the objects lie."""
        if objects:
            bounds = bounds_of(objects)
            place = (*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0))
            self.add(objects, self.around(place), opacity)

    def adding(self, objects: Sequence[Drawn], area: QRect, opacity: float) -> Iterator[None]:
        """Does what `add` does in pieces of some milliseconds."""
        for color, polygons in hairlines(objects, self.scale):
            painter = QPainter(self.lines)
            painter.setClipRect(area)
            painter.scale(self.scale, self.scale)
            stroke(painter, color, polygons)
            painter.end()
            yield
        bounds = bounds_of(objects)
        for block in _blocks(area):
            yield from self._fill_block(self.reaching(objects, bounds, block), block, opacity)

    def _fill_block(self, objects: Sequence[Drawn], block: QRect, opacity: float) -> Iterator[None]:
        """Exact pixels, then made smaller."""
        image = empty(block.width() * self._finer, block.height() * self._finer)
        for first in range(0, len(objects), _FILLS):
            painter = QPainter(image)
            painter.scale(self._finer, self._finer)
            painter.translate(-block.left(), -block.top())
            painter.scale(self.scale, self.scale)
            fill(painter, objects[first : first + _FILLS], self._finer * self.scale, opacity)
            painter.end()
            yield
        smaller = cv2.resize(pixels_of(image), (block.width(), block.height()), interpolation=cv2.INTER_AREA)
        painter = QPainter(self.fills)
        painter.drawImage(block.topLeft(), image_of(np.asarray(smaller, np.uint8)))
        painter.end()

    def paint(self, painter: QPainter, image: QImage, viewport: Viewport, around: int) -> None:
        """Paints the fills or the lines. painter: in device pixels; around: so many of what is just out of view."""
        x0, y0, x1, y1 = (side * self.scale for side in viewport.visible(around))
        x0, y0, x1, y1 = (
            math.floor(x0),
            math.floor(y0),
            math.ceil(x1),
            math.ceil(y1),
        )  # the same from wherever it is seen
        source = QRect(x0, y0, x1 - x0, y1 - y0).intersected(self.area)
        left, top = viewport.to_view(source.x() / self.scale, source.y() / self.scale)
        larger = viewport.scale / self.scale
        target = QRectF(left, top, source.width() * larger, source.height() * larger)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, viewport.scale != self.scale)
        painter.drawImage(target, image, QRectF(source))
        painter.restore()


def hairlines(objects: Iterable[Drawn], scale: float) -> Iterator[tuple[QColor, list[NDArray[np.float32]]]]:
    """Yields the outlines, (N, 2) xy in image pixels, colour by colour, always in the same order, and not too many at
    once."""
    colors: defaultdict[int, list[Drawn]] = defaultdict(list)
    for drawn in objects:
        colors[drawn.color.rgba()].append(drawn)
    for color, same in sorted(colors.items()):
        polygons: list[NDArray[np.float32]] = []
        corners = 0
        for drawn in same:
            polygons += drawn.outline.polygons(scale)
            corners += drawn.outline.corners
            if corners > _CORNERS:
                yield QColor.fromRgba(color), polygons
                polygons, corners = [], 0
        yield QColor.fromRgba(color), polygons


def stroke(painter: QPainter, color: QColor, polygons: Sequence[NDArray[np.float32]]) -> None:
    """Draws hairlines along polygons (N, 2) float32 xy. painter: in image coordinates."""
    pen = QPen(color, 1)
    pen.setCosmetic(True)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.strokePath(painter_path(polygons), pen)


def fill(painter: QPainter, objects: Iterable[Drawn], scale: float, opacity: float) -> None:
    """Fills objects in their colours. painter: in image coordinates."""
    for drawn in objects:
        shapes.fill(painter, drawn.outline.at(scale), drawn.color, opacity)


def bounds_of(objects: Sequence[Drawn]) -> Bounds:
    """Returns the bounds of objects: (n, 4) float64 x0, y0, x1, y1 in image pixels."""
    bounds = np.array([drawn.bounds for drawn in objects], np.float64).reshape(-1, 4)
    bounds[:, 2:] += bounds[:, :2]
    return bounds


def overlapping(bounds: Bounds, area: Sequence[float] | NDArray[np.float64]) -> NDArray[np.bool_]:
    """Returns for each of (n, 4) bounds whether it overlaps the area x0, y0, x1, y1: (n,) bool."""
    x0, y0, x1, y1 = area
    return (bounds[:, 0] < x1) & (bounds[:, 1] < y1) & (bounds[:, 2] > x0) & (bounds[:, 3] > y0)


def joined(bounds: Bounds) -> Bounds:
    """Returns bounds (n, 4) of which none overlap any more: those that do become one, with all that lies between."""
    apart: Bounds = np.zeros((0, 4))
    for one in bounds[:, None]:
        near = overlapping(apart, one[0])
        while near.any():
            both = np.vstack([apart[near], one])
            one = np.append(both[:, :2].min(axis=0), both[:, 2:].max(axis=0))[None]
            apart = apart[~near]
            near = overlapping(apart, one[0])
        apart = np.vstack([apart, one])
    return apart


def among(objects: Sequence[Drawn], chosen: NDArray[np.bool_]) -> list[Drawn]:
    """Returns the objects that are chosen: (n,) bool."""
    return [objects[n] for n in np.flatnonzero(chosen).tolist()]


def empty(width: int, height: int) -> QImage:
    """Returns a transparent image."""
    image = QImage(width, height, FORMAT)
    image.fill(0)
    return image


def pixels_of(image: QImage) -> NDArray[np.uint8]:
    """Returns the pixels of the image itself: (h, w, 4) uint8 B G R A, premultiplied."""
    return np.frombuffer(image.bits(), np.uint8).reshape(image.height(), image.width(), 4)


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """Returns an image of (h, w, 4) uint8 pixels. It only points at them: they have to be kept as long."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, pixels.strides[0], FORMAT)


def _sides(area: QRect) -> tuple[int, int, int, int]:
    return area.x(), area.y(), area.width(), area.height()


def _blocks(area: QRect) -> Iterator[QRect]:
    x, y, width, height = _sides(area)
    for top, left in product(range(y, y + height, _BLOCK_PX), range(x, x + width, _BLOCK_PX)):
        yield QRect(left, top, min(_BLOCK_PX, x + width - left), min(_BLOCK_PX, y + height - top))
