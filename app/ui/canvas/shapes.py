"""What the canvas draws on top of the image: plain values, painted by plain functions, in image coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from app.labeling.policies import ALLOW, Policy
from app.ui.canvas.outline import Outline
from app.ui.canvas.viewport import Viewport

HALO = QColor(16, 20, 24)
LINE_RADIUS, HALO_RADIUS = 0.4, 1.3
"""So much wider than a hairline on each side, in points."""
WHITE_RADIUS, BLACK_RADIUS = 4.0, 5.7
"""Of the rings around what is selected: no class looks like white in black, nor any picture, in grey neither."""
_COARSER = 0.35
"""Rings follow outlines to within a pixel of the screen, which have a fraction of the corners."""
_PREVIEW_OPACITY = 0.25
_SHADOW = QColor(16, 20, 24, 150)
_HATCH = 9
"""The distance of hatching lines along the rows, in points."""


class Drawn(Struct, frozen=True, eq=False):
    """An accepted object on the canvas."""

    id: int
    outline: Outline
    bounds: tuple[int, int, int, int]
    """x, y, width, height"""
    color: QColor
    filled: bool = False
    """Of a proposal: it is filled a little, in its colour."""


@dataclass(frozen=True, eq=False)
class Live:
    """The object that is worked on. outline: None while no mask is there yet; the prompt is drawn at once."""

    outline: Outline | None = None
    color: QColor = field(default_factory=lambda: QColor("#ffffff"))
    points: tuple[tuple[float, float, bool], ...] = ()
    """x, y, positive"""
    box: tuple[float, float, float, float] | None = None
    waiting: bool = False
    """An answer to the newest click is on its way."""
    hatched: tuple[tuple[Outline, QColor], ...] = ()
    """The pixels that it will lose when it is accepted, or others to it, in the colour of who loses them."""
    policy: Policy = ALLOW
    """What becomes of pixels that it gains and others have, ..."""
    had: Outline | None = None
    """... other than those that it had when it was picked up."""


@dataclass(frozen=True)
class Look:
    """How masks are shown: fill opacity 0..1; width of outlines, 1 for the usual one; hidden for a look at the bare
    picture."""

    opacity: float = 0.4
    width: float = 1.0
    contour_only: bool = False
    hidden: bool = False


def to_image_coordinates(painter: QPainter, viewport: Viewport) -> None:
    """Moves a painter from the coordinates of the screen to those of the image."""
    painter.translate(viewport.left, viewport.top)
    painter.scale(viewport.scale, viewport.scale)


def paint_objects(painter: QPainter, objects: Sequence[Drawn], scale: float, unit: float, look: Look) -> None:
    """Paints fills, and on all of them the lines.

    painter: in image coordinates; unit: device pixels per point, so that lines are as thick on every screen.
    """
    if not look.contour_only:
        for drawn in objects:
            fill(painter, drawn.outline.at(scale), drawn.color, look.opacity)
    _paint_lines(painter, by_color(_colored(objects), scale), unit)


def paint_selected(painter: QPainter, objects: Sequence[Drawn], scale: float, unit: float) -> None:
    """Paints rings around the lines, on those of paint_objects and on all others."""
    rings = [path for _, path in by_color(_colored(objects), scale * _COARSER)]
    for path in rings:
        _thick_stroke(painter, path, QColor("#000000"), BLACK_RADIUS * unit, inside=WHITE_RADIUS * unit)
    for path in rings:
        _thick_stroke(painter, path, QColor("#ffffff"), WHITE_RADIUS * unit, inside=HALO_RADIUS * unit)
    _paint_lines(painter, by_color(_colored(objects), scale), unit)


def _colored(objects: Iterable[Drawn]) -> Iterator[tuple[Outline, QColor]]:
    return ((drawn.outline, drawn.color) for drawn in objects)


def by_color(outlines: Iterable[tuple[Outline, QColor]], scale: float) -> list[tuple[QColor, QPainterPath]]:
    """Returns the outlines of each colour as one: thousands of them are drawn in a fraction of the time."""
    paths: dict[int, QPainterPath] = {}
    for outline, color in outlines:
        paths.setdefault(color.rgba(), QPainterPath()).addPath(outline.at(scale))
    for path in paths.values():
        path.setFillRule(Qt.FillRule.WindingFill)  # where two lie on each other too; holes turn the other way
    return [(QColor.fromRgba(color), path) for color, path in paths.items()]


def paint_findings(painter: QPainter, findings: Sequence[Drawn], scale: float, unit: float) -> None:
    """Paints proposals nobody took yet: dashed lines tell them from objects without colour."""
    for drawn in findings:
        path = drawn.outline.at(scale)
        if drawn.filled:
            fill(painter, path, drawn.color, _PREVIEW_OPACITY)
        _thick_stroke(painter, path, HALO, 1.0 * unit)
        _stroke(painter, path, drawn.color)
        _stroke(painter, path, QColor("#ffffff"), Qt.PenStyle.DashLine)


def paint_preview(painter: QPainter, outline: Outline, color: QColor, scale: float, unit: float) -> None:
    """Paints what a click here would give: a light fill and a dotted line."""
    path = outline.at(scale)
    fill(painter, path, color, _PREVIEW_OPACITY)
    _thick_stroke(painter, path, HALO, 0.6 * unit)
    _stroke(painter, path, QColor("#ffffff"), Qt.PenStyle.DotLine)


def paint_live_mask(painter: QPainter, live: Live, scale: float, unit: float, look: Look) -> None:
    """Paints the mask of the object in the making, if it has one yet."""
    if live.outline is None:
        return
    path = live.outline.at(scale)
    if not look.contour_only:
        fill(painter, path, live.color, look.opacity)
    for color, path_of_lost in by_color(live.hatched, scale):
        hatch(painter, path_of_lost, color, unit)
    _paint_lines(painter, [(live.color, path)], unit * 1.3)
    _stroke(painter, path, QColor("#ffffff"), Qt.PenStyle.DashLine)


def fill(painter: QPainter, path: QPainterPath, color: QColor, opacity: float) -> None:
    """Fills a path. opacity: 0..1."""
    fill = QColor(color)
    fill.setAlphaF(opacity)
    painter.fillPath(path, fill)


def hatch(painter: QPainter, path: QPainterPath, color: QColor, unit: float) -> None:
    """Fills a path with lines that are as wide and as far apart at every zoom."""
    brush = QBrush(_hatching(color.rgb(), round(_HATCH * unit)))
    scale = painter.deviceTransform().m11()
    brush.setTransform(QTransform.fromScale(1 / scale, 1 / scale))
    painter.fillPath(path, brush)


@lru_cache(maxsize=64)
def _hatching(color: int, side: int) -> QImage:
    """A tile of the lines, in device pixels: the colour beside black is seen on every picture."""
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for shift, line in ((0.0, QColor(color)), (side / 5, _SHADOW)):
        painter.setPen(QPen(line, side / 7))
        for start in (-side, 0, side):
            painter.drawLine(QPointF(start + shift - 1, side + 1), QPointF(start + shift + side + 1, -1))
    painter.end()
    return image


def _paint_lines(painter: QPainter, lines: Sequence[tuple[QColor, QPainterPath]], unit: float) -> None:
    """A dark halo under the class colour: the line is seen on bright and on dark pictures."""
    for _, path in lines:
        _thick_stroke(painter, path, HALO, HALO_RADIUS * unit)
    for color, path in lines:
        _thick_stroke(painter, path, color, LINE_RADIUS * unit)


def _thick_stroke(painter: QPainter, path: QPainterPath, color: QColor, radius: float, *, inside: float = 0.0) -> None:
    """Hairlines side by side: Qt draws opaque ones of one pixel some thirty times faster than anything wider, which a
    ragged mask on a large photo would feel (16 ms against 0.3 ms a line). inside: the radius of what is left out."""
    scale, rings = painter.deviceTransform().m11(), math.ceil(radius - inside)
    for ring in range(rings):
        reach = (radius - (radius - inside) * ring / rings) / scale
        for dx, dy in ((reach, 0), (0, reach), (-reach, 0), (0, -reach)):
            painter.translate(dx, dy)
            _stroke(painter, path, color)
            painter.translate(-dx, -dy)


def _stroke(painter: QPainter, path: QPainterPath, color: QColor, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:
    pen = QPen(color, 1, style)
    pen.setCosmetic(True)
    painter.strokePath(path, pen)


def paint_point(painter: QPainter, at: QPointF, positive: bool, unit: float) -> None:
    """Paints a disc with + or -: told apart without colour too."""
    radius = 6.5 * unit
    painter.setPen(QPen(QColor("#ffffff"), 1.6 * unit))
    painter.setBrush(QColor("#0b8f3c" if positive else "#c62828"))
    painter.drawEllipse(at, radius, radius)
    arm = 3.2 * unit
    painter.drawLine(QPointF(at.x() - arm, at.y()), QPointF(at.x() + arm, at.y()))
    if positive:
        painter.drawLine(QPointF(at.x(), at.y() - arm), QPointF(at.x(), at.y() + arm))


def paint_waiting(painter: QPainter, at: QPointF, fraction: float, unit: float) -> None:
    """Paints a ring around the click whose answer is on its way; it closes as the image is encoded."""
    radius = 12 * unit
    ring = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 140), 4 * unit))
    painter.drawEllipse(ring)
    painter.setPen(QPen(QColor("#ffffff"), 2.4 * unit))
    painter.drawArc(ring, 90 * 16, -int(360 * 16 * max(fraction, 0.08)))


def paint_crosshair(painter: QPainter, at: QPointF, size: tuple[int, int], unit: float) -> None:
    """Paints lines over the whole view with a gap in the middle: the pixel itself stays visible."""
    gap = 10 * unit
    width, height = size
    lines = [
        (QPointF(0, at.y()), QPointF(at.x() - gap, at.y())),
        (QPointF(at.x() + gap, at.y()), QPointF(width, at.y())),
        (QPointF(at.x(), 0), QPointF(at.x(), at.y() - gap)),
        (QPointF(at.x(), at.y() + gap), QPointF(at.x(), height)),
    ]
    for color, thickness in ((QColor(0, 0, 0, 150), 3 * unit), (QColor("#ffffff"), 1 * unit)):
        painter.setPen(QPen(color, thickness))
        for line in lines:
            painter.drawLine(*line)


def paint_frame(painter: QPainter, color: QColor, size: tuple[int, int], unit: float) -> None:
    """Paints a frame along the border of the view."""
    width = 3 * unit
    painter.setPen(QPen(color, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(width / 2, width / 2, size[0] - width, size[1] - width))
