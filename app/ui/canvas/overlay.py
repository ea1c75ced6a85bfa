"""The overlay of the tool in use: a table from each type of shape to what paints it, in device pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap

from app.labeling.tools.overlay import (
    CUT_COLOR,
    BoxShape,
    DiscShape,
    Extent,
    HandlesShape,
    Overlay,
    OverlayShape,
    PaintingShape,
    PathShape,
    RasterShape,
    VerticesShape,
)
from app.ui.canvas import handles
from app.ui.canvas.ink import LEAST_OPACITY, tint_of
from app.ui.canvas.painting import paint_painting
from app.ui.canvas.viewport import Viewport

_DASHES = Qt.PenStyle.DashLine
_SHADE = QColor(0, 0, 0, 160)
_WHITE = QColor("#ffffff")
_CUT = QColor(CUT_COLOR)
_LEAST_RADIUS = 2.5
"""In points: the border of a single pixel is seen at every zoom."""
_MARGIN = 8
"""In points: so far do lines and handles reach beyond their places."""
_FILL_OPACITY = 0.3
"""Of what lies inside a line under way: the image shows through."""


@dataclass(frozen=True)
class OverlayStyle:
    """How shapes are drawn. unit: device pixels per point of the screen; color and opacity: of raster shapes; below:
    the canvas without the mask in the making; ink: what strokes are painted with, as in paint_painting."""

    unit: float
    color: QColor
    opacity: float
    below: QPixmap | None = None
    ink: Callable[[QPainter, QRect], None] | None = None


def paint_overlay(painter: QPainter, overlay: Overlay, viewport: Viewport, style: OverlayStyle) -> None:
    """Paints all shapes. Raises KeyError for a type that is not in the table."""
    for shape in overlay:
        PAINTERS[type(shape)](painter, shape, viewport, style)


def paint_box(painter: QPainter, shape: BoxShape, viewport: Viewport, style: OverlayStyle) -> None:
    """Paints black under white dashes: visible on every picture."""
    corners = QPointF(*viewport.to_view(shape.x0, shape.y0)), QPointF(*viewport.to_view(shape.x1, shape.y1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, line in ((_SHADE, Qt.PenStyle.SolidLine), (_WHITE, Qt.PenStyle.DashLine)):
        painter.setPen(QPen(color, 1.5 * style.unit, line))
        painter.drawRect(QRectF(*corners).normalized())


def paint_path(painter: QPainter, shape: PathShape, viewport: Viewport, style: OverlayStyle) -> None:
    """Paints a white line on a wider dark one; of a single point nothing."""
    points = [QPointF(*viewport.to_view(x, y)) for x, y in shape.points]
    color = _CUT if shape.fill == "less" else style.color
    if shape.width and points:
        _paint_wide(painter, points, shape.width * viewport.scale, color, style.opacity)
    if len(points) < 2:
        return
    if shape.fill and not shape.width:
        _fill_path(painter, points, color)
    if shape.closed:
        points.append(points[0])
    painter.setPen(QPen(_SHADE, 3.0 * style.unit))
    painter.drawPolyline(points)
    for is_loose, group in groupby(range(len(points) - 1), shape.loose.__contains__):
        stretches = list(group)
        painter.setPen(QPen(_WHITE, 1.5 * style.unit, _DASHES if is_loose else Qt.PenStyle.SolidLine))
        painter.drawPolyline(points[stretches[0] : stretches[-1] + 2])


def _paint_wide(painter: QPainter, points: list[QPointF], width: float, color: QColor, opacity: float) -> None:
    """Paints what the line covers in the colour of the mask that it will be, or darkens what it cuts out."""
    light = QColor(color)
    light.setAlphaF(max(opacity, LEAST_OPACITY))
    painter.setPen(QPen(light, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.drawPolyline(points if len(points) > 1 else [*points, points[0]])


def _fill_path(painter: QPainter, points: list[QPointF], color: QColor) -> None:
    """Paints what lies inside by the even-odd rule, as it will be filled."""
    light = QColor(color)
    light.setAlphaF(_FILL_OPACITY)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(light)
    painter.drawPolygon(points, Qt.FillRule.OddEvenFill)


def paint_disc(painter: QPainter, shape: DiscShape, viewport: Viewport, style: OverlayStyle) -> None:
    """Paints the border of a circle, or of a square: what is under it stays visible."""
    radius = max(shape.radius * viewport.scale, _LEAST_RADIUS * style.unit)
    middle = QPointF(*viewport.to_view(shape.x, shape.y))
    corner = QPointF(radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((_SHADE, 3.0), (_WHITE, 1.2)):
        painter.setPen(QPen(color, width * style.unit))
        if shape.is_square:
            painter.drawRect(QRectF(middle - corner, middle + corner))
        else:
            painter.drawEllipse(middle, radius, radius)


def paint_stroke(painter: QPainter, shape: PaintingShape, viewport: Viewport, style: OverlayStyle) -> None:
    """Paints a stroke under way as the mask will be after it."""
    paint_painting(painter, shape, viewport, style.ink or partial(_tint, style), style.below)


def _tint(style: OverlayStyle, painter: QPainter, area: QRect) -> None:
    """Paints an area in the colour of the mask."""
    painter.fillRect(area, tint_of(style.color, style.opacity))


def paint_handles(painter: QPainter, shape: HandlesShape, viewport: Viewport, style: OverlayStyle) -> None:
    """Paints small squares, as large at every zoom; the chosen one is filled."""
    half = 4.0 * style.unit
    painter.setPen(QPen(_SHADE, 1.5 * style.unit))
    for number, point in enumerate(shape.points):
        x, y = viewport.to_view(*point)
        painter.setBrush(style.color if number == shape.chosen else _WHITE)
        painter.drawRect(QRectF(x - half, y - half, 2 * half, 2 * half))


def paint_raster(painter: QPainter, shape: RasterShape, viewport: Viewport, style: OverlayStyle) -> None:
    """Paints the pixels in view as the squares that they are; zoomed out, every so many of them."""
    left, top, right, bottom = viewport.visible()
    height, width = shape.pixels.shape
    x0, y0 = max(left, shape.x), max(top, shape.y)
    x1, y1 = min(right, shape.x + width), min(bottom, shape.y + height)
    if x0 >= x1 or y0 >= y1:
        return
    step = max(1, int(1 / viewport.scale))
    cut = shape.pixels[y0 - shape.y : y1 - shape.y : step, x0 - shape.x : x1 - shape.x : step]
    seen = np.ascontiguousarray(cut).view(np.uint8)
    rows, columns = seen.shape
    image = QImage(seen.data, columns, rows, columns, QImage.Format.Format_Indexed8)
    color = QColor(shape.color) if shape.color else QColor(style.color)
    color.setAlphaF(max(style.opacity, LEAST_OPACITY))
    image.setColorTable([0, color.rgba()])
    corners = QPointF(*viewport.to_view(x0, y0)), QPointF(*viewport.to_view(x0 + columns * step, y0 + rows * step))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(QRectF(*corners), image)
    painter.restore()


def paint_vertices(painter: QPainter, shape: VerticesShape, viewport: Viewport, style: OverlayStyle) -> None:
    """Paints the vertices and edges of polygons that are in view."""
    handles.paint_vertices(painter, shape, viewport, style.unit, style.color)


PAINTERS: Mapping[type[OverlayShape], Callable[[QPainter, Any, Viewport, OverlayStyle], None]] = {
    BoxShape: paint_box,
    PathShape: paint_path,
    DiscShape: paint_disc,
    HandlesShape: paint_handles,
    RasterShape: paint_raster,
    PaintingShape: paint_stroke,
    VerticesShape: paint_vertices,
}
"""Who adds a type of shape adds its painter here. None paints farther than _MARGIN beyond the shape's extent."""


def changed_area(before: Overlay, after: Overlay, viewport: Viewport, unit: float) -> QRect:
    """Returns where one overlay looks different from another, in device pixels.

    unit: device pixels per point of the screen.
    """
    gone = [shape.extent for shape in before if not any(now.goes_on(shape) for now in after)]
    come = [now.news if any(now.goes_on(shape) for shape in before) else now.extent for now in after]
    area = QRect()
    for extent in (*gone, *come):
        area = area if extent is None else area.united(_on_screen(extent, viewport, unit))
    return area


def _on_screen(extent: Extent, viewport: Viewport, unit: float) -> QRect:
    """The device pixels of a part of the image, with room for pens and handles."""
    (left, top), (right, bottom) = viewport.to_view(*extent[:2]), viewport.to_view(*extent[2:])
    margin = math.ceil(_MARGIN * unit)
    return QRectF(left, top, right - left, bottom - top).toAlignedRect().adjusted(-margin, -margin, margin, margin)
