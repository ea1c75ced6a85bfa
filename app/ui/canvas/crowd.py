"""The accepted objects on the canvas. Few are drawn as they are; of thousands a picture is kept at each power of two
that was looked at, so that what a zoom takes does not depend on how many they are, nor on how ragged."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect, QTimer, Signal
from PySide6.QtGui import QImage, QPainter

from app.ui.canvas import pictures, shapes
from app.ui.canvas.pictures import Bounds, KeptPicture, bounds_of, joined, overlapping
from app.ui.canvas.shapes import BLACK_RADIUS, HALO, HALO_RADIUS, LINE_RADIUS, WHITE_RADIUS, Drawn, Look
from app.ui.canvas.viewport import Viewport
from app.ui.canvas.widening import ringed, widened
from app.ui.splices import Splice, spliced, splices

_MANY = 15_000
"""Corners of the outlines in view: fewer are drawn in less time than one can feel."""
_MOST_PIXELS = 4_000_000
"""Of a kept picture. Zoomed in further, fewer objects are in view."""
_SHARP = 2**0.25 + 1e-6
"""So many times larger lines are shown than they are kept, at most: one step of the ladder."""
_BLUR = 0.15
"""Lines of another size than they are shown in are so much wider."""
FEW, _FEW_AROUND = 50, 300
"""Changed objects, and those that lie there: they are drawn again at once. Of more, everything is made anew."""
_MARGIN_PX = 2
"""Around an area, so that lines that only touch it are as wide there as elsewhere."""
_SLICE_S = 0.008


@dataclass
class _Making:
    level: int
    picture: KeptPicture
    steps: Iterator[None]
    objects: int
    """So many of the first ones will be in it."""


class Crowd(QObject):
    """Where a picture is still being made, the nearest one is shown for a moment, of another size or as it was."""

    changed = Signal()
    """There is something sharper to be painted."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.objects: Sequence[Drawn] = ()
        self._bounds: Bounds = np.zeros((0, 4))
        self._corners: NDArray[np.int64] = np.zeros(0, np.int64)
        self._ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._size = (0, 0)
        self._look = Look()
        self.is_sharp = True
        """What was painted last is all there is."""
        self._pictures: dict[int, KeptPicture] = {}
        self._old: dict[int, KeptPicture] = {}
        self._making: _Making | None = None
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._make)
        self._was_many = False
        self._of_selected: tuple[KeptPicture, frozenset[int], KeptPicture | None] | None = None
        """Of which picture, whose lines, and they."""
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self.changed)

    def begin(self, size: tuple[int, int]) -> None:
        """Begins anew for another image. size: (height, width)."""
        self._size = size
        self._forget()

    def show(self, objects: Sequence[Drawn]) -> Bounds:
        """Takes the objects as they are now, the topmost last. What it does depends on how many are different.

        Returns where something is to be painted again: (n, 4) x0, y0, x1, y1 in image pixels.
        """
        before, self.objects = self.objects, objects
        changes = splices(before, objects)
        self._of_selected = self._of_selected if not changes else None
        gone = [drawn for change in changes for drawn in change.gone]
        new = [drawn for change in changes for drawn in change.new]
        self._follow(changes, new)
        places = self._together(np.unique(bounds_of([*gone, *new]), axis=0))
        if changes:
            self.is_sharp = self.is_sharp and len(places) <= FEW  # else all is painted again, see Marks.show_objects
            if not objects:
                self._forget()
            elif not gone and changes[0].at == len(before):
                self._add(new)
            else:
                self._change(places)
        return places

    def _follow(self, changes: Sequence[Splice[Drawn]], new: Sequence[Drawn]) -> None:
        """Keeps the arrays in step with the objects."""
        ids, corners = [drawn.id for drawn in new], [drawn.outline.corners for drawn in new]
        self._bounds = spliced(self._bounds, changes, bounds_of(new))
        self._ids = spliced(self._ids, changes, ids)
        self._corners = spliced(self._corners, changes, corners)

    def paint(self, painter: QPainter, viewport: Viewport, unit: float, look: Look) -> None:
        """Paints the objects in view. painter: in device pixels, with a clip where not all of the view is to be
        painted; unit: device pixels per point."""
        if look.opacity != self._look.opacity:
            self._make_anew()
        self._look, self.is_sharp = look, True
        are_many = self._are_many(overlapping(self._bounds, viewport.visible()), viewport)
        area, whole = _area_of(painter, viewport), _whole(viewport)
        seen = self._seen(area, viewport, unit)
        if are_many:
            self._paint_many(painter, viewport, unit, seen, area)
        else:
            painter.save()
            shapes.to_image_coordinates(painter, viewport)
            shapes.paint_objects(painter, seen, viewport.scale, unit, look)
            painter.restore()
        if are_many != self._was_many and area != whole:
            self._soon.start()  # what is not painted now looks as the few or the many did
        self._was_many = are_many

    def paint_selected(self, painter: QPainter, viewport: Viewport, unit: float, ids: frozenset[int]) -> None:
        """Paints rings around these objects, on all others. painter, unit: as in `paint`."""
        selected = np.isin(self._ids, list(ids))
        inside = overlapping(self._bounds, viewport.visible())
        area = _area_of(painter, viewport)
        if self._are_many(selected & inside, viewport):
            lines = self._kept_lines(viewport, ids, selected) or self._seen(area, viewport, unit, selected)
            self._paint_rings(painter, viewport, unit, lines, area)
        else:
            painter.save()
            shapes.to_image_coordinates(painter, viewport)
            shapes.paint_selected(painter, self._seen(area, viewport, unit, selected), viewport.scale, unit)
            painter.restore()

    def _kept_lines(self, viewport: Viewport, ids: frozenset[int], selected: NDArray[np.bool_]) -> KeptPicture | None:
        """The lines of those selected, made of the picture of all; None where there is none, or that takes longer."""
        picture = self._pictures.get(_level(viewport)) if viewport.scale <= _SHARP else None
        if picture is None or selected.all():
            return picture
        if self._of_selected is None or self._of_selected[:2] != (picture, ids):
            self._of_selected = picture, ids, picture.lines_of(self.objects, self._bounds, selected)
        return self._of_selected[2]

    def _seen(
        self, area: QRect, viewport: Viewport, unit: float, chosen: NDArray[np.bool_] | None = None
    ) -> list[Drawn]:
        """The objects that reach into an area of the view, with all that is drawn around them."""
        reach = BLACK_RADIUS * unit + _MARGIN_PX
        x0, y0 = viewport.to_image(area.left() - reach, area.top() - reach)
        x1, y1 = viewport.to_image(area.right() + 1 + reach, area.bottom() + 1 + reach)
        inside = overlapping(self._bounds, (x0, y0, x1, y1))
        return pictures.among(self.objects, inside if chosen is None else inside & chosen)

    def _are_many(self, chosen: NDArray[np.bool_], viewport: Viewport) -> bool:
        return self._corners[chosen].sum() * min(viewport.scale, 1) >= _MANY

    # --- many ----------------------------------------------------------------------------------------------------

    def _paint_many(
        self, painter: QPainter, viewport: Viewport, unit: float, seen: Sequence[Drawn], area: QRect
    ) -> None:
        level = _level(viewport)
        is_kept = (self._size[0] >> level) * (self._size[1] >> level) <= _MOST_PIXELS
        picture = self._picture(level) if is_kept else None
        if picture is not None and not self._look.contour_only:
            picture.paint(painter, picture.fills, viewport, _MARGIN_PX)
        elif not is_kept and not self._look.contour_only:
            self._fill(painter, viewport, seen)
        if viewport.scale > _SHARP or not is_kept:
            self._paint_lines(painter, viewport, unit, seen, area)
        elif picture is not None:
            self._paint_lines(painter, viewport, unit, picture, area)

    def _fill(self, painter: QPainter, viewport: Viewport, seen: Sequence[Drawn]) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # the borders lie under the lines
        shapes.to_image_coordinates(painter, viewport)
        pictures.fill(painter, seen, viewport.scale, self._look.opacity)
        painter.restore()

    def _paint_lines(
        self, painter: QPainter, viewport: Viewport, unit: float, lines_of: KeptPicture | Sequence[Drawn], area: QRect
    ) -> None:
        """Paints the lines of outlines with their halo."""
        area, hairlines, radii = self._hairlines(viewport, unit, lines_of, area)
        lines = widened(pictures.pixels_of(hairlines), (HALO.blue(), HALO.green(), HALO.red()), radii)
        painter.drawImage(area.topLeft(), pictures.image_of(lines))

    def _paint_rings(
        self, painter: QPainter, viewport: Viewport, unit: float, lines_of: KeptPicture | Sequence[Drawn], area: QRect
    ) -> None:
        """Paints rings around outlines. Their lines with the halo, which were painted with all others, are left out and
        only drawn over those that cross them: to make them again takes longer than all else."""
        area, hairlines, (_, halo) = self._hairlines(viewport, unit, lines_of, area)
        ring = ringed(pictures.pixels_of(hairlines), (WHITE_RADIUS * unit, BLACK_RADIUS * unit), halo)
        painter.drawImage(area.topLeft(), pictures.image_of(ring))
        painter.drawImage(area.topLeft(), hairlines)

    def _hairlines(
        self, viewport: Viewport, unit: float, lines_of: KeptPicture | Sequence[Drawn], area: QRect
    ) -> tuple[QRect, QImage, tuple[float, float]]:
        """The hairlines in an area and around it; how far lines and halo reach from them, in pixels."""
        around = math.ceil(BLACK_RADIUS * unit) + _MARGIN_PX
        area = area.adjusted(-around, -around, around, around)
        hairlines, wider = pictures.empty(area.width(), area.height()), 0.0
        on_hairlines = QPainter(hairlines)
        on_hairlines.translate(-area.left(), -area.top())
        if isinstance(lines_of, KeptPicture):
            lines_of.paint(on_hairlines, lines_of.lines, viewport, around)
            if viewport.scale != lines_of.scale:
                wider = (1 - viewport.scale / lines_of.scale) / 2 - _BLUR
        else:
            shapes.to_image_coordinates(on_hairlines, viewport)
            for color, polygons in pictures.hairlines(lines_of, viewport.scale):
                pictures.stroke(on_hairlines, color, polygons)
        on_hairlines.end()
        return area, hairlines, (LINE_RADIUS * unit + wider, HALO_RADIUS * unit + wider)

    # --- the pictures --------------------------------------------------------------------------------------------

    def _picture(self, level: int) -> KeptPicture | None:
        """Returns the picture of a level, or the nearest one until it is made. None when there is none at all."""
        there = self._old | self._pictures
        if level not in self._pictures:
            self.is_sharp = False
            if self._making is None or (there and self._making.level != level):
                picture = KeptPicture(level, self._size)
                steps = picture.adding(self.objects, picture.area, self._look.opacity)
                self._making = _Making(level, picture, steps, len(self.objects))
                self._timer.start()
        return there[min(there, key=lambda other: abs(other - level))] if there else None

    def _make(self) -> None:
        """A slice of it."""
        until = perf_counter() + _SLICE_S
        while self._making is not None and perf_counter() < until:
            made = self._making
            if next(made.steps, made) is made:
                made.picture.add_on_top(self.objects[made.objects :], self._look.opacity)
                self._pictures[made.level] = made.picture
                self._old.clear()
                self._stop_making()
                self.changed.emit()

    def _stop_making(self) -> None:
        self._timer.stop()
        self._making = None

    def _make_anew(self) -> None:
        """What there is is shown until then."""
        self.is_sharp = False
        self._stop_making()
        self._old |= self._pictures
        self._pictures.clear()

    def _forget(self) -> None:
        self._stop_making()
        self._of_selected = None
        self._pictures.clear()
        self._old.clear()

    def _add(self, objects: Sequence[Drawn]) -> None:
        """On top of all others."""
        for picture in self._pictures.values():
            picture.add_on_top(objects, self._look.opacity)

    def _together(self, places: Bounds) -> Bounds:
        """Makes one of the places that overlap, where that is less to draw: around one that was cut lie the same as
        around the next."""
        return places if len(places) > FEW else min((joined(places), places), key=self._around)

    def _around(self, places: Bounds) -> int:
        """Counts what is drawn for these places, one after the other."""
        return sum(int(overlapping(self._bounds, place).sum()) for place in places)

    def _change(self, places: Bounds) -> None:
        """What lies there, at once where that is quickly done."""
        if len(places) > FEW or self._around(places) > _FEW_AROUND:
            self._make_anew()
            return
        self._stop_making()
        for picture, place in product(self._pictures.values(), places):
            area = picture.around(place)
            picture.clear(area)
            picture.add(picture.reaching(self.objects, self._bounds, area), area, self._look.opacity)


def _level(viewport: Viewport) -> int:
    """The power of two by which the picture that is shown is smaller than the image."""
    return max(0, math.floor(math.log2(_SHARP / viewport.scale)))


def _whole(viewport: Viewport) -> QRect:
    return QRect(0, 0, viewport.view_width, viewport.view_height)


def _area_of(painter: QPainter, viewport: Viewport) -> QRect:
    """What is to be painted of the view."""
    whole = _whole(viewport)
    return painter.clipBoundingRect().toAlignedRect().intersected(whole) if painter.hasClipping() else whole
