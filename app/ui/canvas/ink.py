"""What a stroke under way is painted with: the colour of its mask, and where it takes pixels from other objects, or
leaves them to those, the hatching that tells so. Squares of the view are made where the stroke comes, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from app.labeling.policies import ALLOW, OLD_CUTS_NEW
from app.ui.canvas import shapes
from app.ui.canvas.pictures import Bounds, among, bounds_of, empty, overlapping
from app.ui.canvas.shapes import Drawn, Live

_SQUARE_PX = 256
_MOST_CORNERS = 10_000
"""Of the outlines in a square: some ten milliseconds, once."""
LEAST_OPACITY = 0.35
"""A stroke under way is seen also when masks are shown faintly."""


def tint_of(color: QColor, opacity: float) -> QColor:
    """Returns the colour in which a stroke is painted where it takes and leaves nothing."""
    tint = QColor(color)
    tint.setAlphaF(max(opacity, LEAST_OPACITY))
    return tint


@dataclass(frozen=True, eq=False)
class InkScene:
    """What the ink depends on. others: the objects that are seen, without the one that is worked on."""

    others: Sequence[Drawn]
    live: Live
    opacity: float
    unit: float
    """Device pixels per point."""
    view: tuple[float, float, float]
    """Scale, and where the corner of the image lies."""

    @property
    def tint(self) -> QColor:
        """The colour of what is painted."""
        return tint_of(self.live.color, self.opacity)

    def is_like(self, before: InkScene) -> bool:
        """Returns True if the ink is that of a scene before."""
        mine, theirs = self.live, before.live
        return (
            self.others is before.others
            and (mine.color, mine.policy, mine.had) == (theirs.color, theirs.policy, theirs.had)
            and (self.opacity, self.unit, self.view) == (before.opacity, before.unit, before.view)
        )


class Ink:
    """Keeps the squares that were made, as long as nothing is different."""

    def __init__(self) -> None:
        self._scene: InkScene | None = None
        self._bounds: Bounds | None = None
        self._squares: dict[tuple[int, int], QImage | None] = {}

    def of(self, scene: InkScene) -> Callable[[QPainter, QRect], None] | None:
        """Returns what paints for a scene, as paint_painting wants it; None where nobody takes or leaves anything."""
        if scene.live.policy == ALLOW:
            return None
        if self._scene is None or not scene.is_like(self._scene):
            self._scene, self._bounds, self._squares = scene, None, {}
        return self._paint

    def _paint(self, painter: QPainter, area: QRect) -> None:
        """Paints all of an area of the view. painter: in device pixels."""
        assert self._scene is not None
        for column, row in product(
            range(area.left() // _SQUARE_PX, area.right() // _SQUARE_PX + 1),
            range(area.top() // _SQUARE_PX, area.bottom() // _SQUARE_PX + 1),
        ):
            place = QRect(column * _SQUARE_PX, row * _SQUARE_PX, _SQUARE_PX, _SQUARE_PX)
            if (column, row) not in self._squares:
                self._squares[column, row] = self._made(self._scene, place)
            square, part = self._squares[column, row], place.intersected(area)
            if square is None:
                painter.fillRect(part, self._scene.tint)
            else:
                painter.drawImage(part, square, part.translated(-place.topLeft()))

    def _made(self, scene: InkScene, place: QRect) -> QImage | None:
        """A square; None where no other object lies."""
        scale, left, top = scene.view
        if self._bounds is None:
            self._bounds = bounds_of(scene.others)
        x0, y0 = (place.left() - left) / scale, (place.top() - top) / scale
        here = x0, y0, x0 + _SQUARE_PX / scale, y0 + _SQUARE_PX / scale
        others = _quickly_drawn(among(scene.others, overlapping(self._bounds, here)), scale)
        if not others:
            return None
        image = empty(_SQUARE_PX, _SQUARE_PX)
        image.fill(scene.tint)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-place.topLeft())
        painter.translate(left, top)
        painter.scale(scale, scale)
        _hatch(painter, scene, others)
        painter.end()
        return image


def _quickly_drawn(others: Sequence[Drawn], scale: float) -> list[Drawn]:
    """Leaves out the most ragged objects, which a square cannot be made of in a moment; the simplest come first. What
    those left out lose is seen at the end of the stroke."""
    corners = np.array([each.outline.corners_at(scale) for each in others])
    order = np.argsort(corners, kind="stable")
    return [others[n] for n in order[np.cumsum(corners[order]) <= _MOST_CORNERS]]


def _hatch(painter: QPainter, scene: InkScene, others: Sequence[Drawn]) -> None:
    """Paints who loses what. painter: in image coordinates; the tint is there already."""
    live, scale, modes = scene.live, scene.view[0], QPainter.CompositionMode
    for color, path in shapes.by_color(((each.outline, each.color) for each in others), scale):
        if live.policy == OLD_CUTS_NEW:
            painter.setCompositionMode(modes.CompositionMode_Clear)
            painter.fillPath(path, live.color)
            painter.setCompositionMode(modes.CompositionMode_SourceOver)
        shapes.hatch(painter, path, live.color if live.policy == OLD_CUTS_NEW else color, scene.unit)
    if live.had is not None:  # what it had and shares stays shared
        painter.setCompositionMode(modes.CompositionMode_Source)
        painter.fillPath(live.had.at(scale), scene.tint)
