"""What lies over the image: saved objects, findings, the object in the making, the overlay of the tool, crosshair."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.labeling.tools.overlay import BoxShape, Overlay
from app.ui.canvas import shapes
from app.ui.canvas.crowd import FEW, Crowd
from app.ui.canvas.ink import Ink, InkScene
from app.ui.canvas.outline import Outline
from app.ui.canvas.overlay import OverlayStyle, changed_area, paint_overlay
from app.ui.canvas.pictures import among, bounds_of, overlapping
from app.ui.canvas.shapes import Drawn, Live, Look
from app.ui.canvas.viewport import Viewport

_MARGIN_PX = 3
"""Lines are blurred by less than that."""
_MOST_CORNERS = 100_000
"""Of two outlines: to compare more takes longer than to draw them."""
PAGE, OBJECTS, SELECTED, LIVE, TOP = range(5)
"""The layers: the image or what is said instead, the accepted objects, those that are selected, the mask that is
worked on; and what is drawn anew each time."""


class Marks:
    """Holds what is shown and paints it."""

    def __init__(self, canvas: QWidget, viewport: Viewport, redraw: Callable[..., None]) -> None:
        """Begins with nothing to show. redraw: tells the canvas from which layer on something is different, and in
        which areas of the view, QRects in device pixels; without them it is all of it."""
        self._canvas, self._viewport, self._redraw = canvas, viewport, redraw
        self.below_live: Callable[[], QPixmap | None] = lambda: None
        """Returns the canvas without the mask in the making, as it was drawn last."""
        self.crowd = Crowd(canvas)
        self.crowd.changed.connect(lambda: redraw(OBJECTS))
        self.objects: Sequence[Drawn] = ()
        """The accepted objects, the topmost last."""
        self.selection: frozenset[int] = frozenset()
        self.findings: Sequence[Drawn] = ()
        """Proposals of everything mode."""
        self.live = Live()
        self._ink = Ink()
        self._preview: tuple[Outline, QColor] | None = None
        self.look = Look()
        self.overlay: Overlay = ()
        """What the tool in use draws."""
        self.crosshair: tuple[float, float] | None = None
        """Where the crosshair is shown, in image pixels; None for none."""
        self.frame: QColor | None = None
        """The colour around the canvas; None for none."""
        self._encoded = 0.0

    # --- what is shown -------------------------------------------------------------------------------------------

    def begin(self, size: tuple[int, int]) -> None:
        """Another image is shown. size: its (height, width)."""
        self.crowd.begin(size)

    def clear(self) -> None:
        """Shows nothing any more: no image is there."""
        self.live, self.findings, self._preview = Live(), (), None
        self.show_objects(())

    def show_objects(self, objects: Sequence[Drawn]) -> None:
        """Shows the accepted objects, the topmost last."""
        self.objects = objects
        places = self.crowd.show(objects)
        self._redraw(OBJECTS, [self._area(place) for place in places] if len(places) <= FEW else None)

    def show_selection(self, ids: Iterable[int]) -> None:
        """Marks these objects as selected, and no others."""
        self.selection = frozenset(ids)
        self._redraw(SELECTED)

    def show_findings(self, findings: Sequence[Drawn]) -> None:
        """Shows the proposals of everything mode."""
        if findings or self.findings:
            self.findings = findings
            self._redraw(OBJECTS)

    @property
    def preview(self) -> Outline | None:
        """What a click at the mouse would give."""
        return self._preview[0] if self._preview else None

    def show_preview(self, outline: Outline | None, color: QColor) -> None:
        """Shows what a click at the mouse would give. It is not drawn while an object is in the making."""
        if outline is not None or self._preview is not None:
            self._preview = None if outline is None else (outline, color)
            self._redraw(LIVE)

    def show_live(self, live: Live) -> None:
        """Shows the object in the making.

        The mask is drawn again only when it is another one: a new point lies on top of the old mask at once.
        """
        before, self.live = self.live, live
        if (live.outline, live.color, live.hatched) == (before.outline, before.color, before.hatched):
            self._redraw(TOP)
        else:
            self._redraw(LIVE, self._changed_areas(before))

    def _changed_areas(self, before: Live) -> list[QRect] | None:
        """Where the mask in the making is drawn otherwise than before; None where that is all of it."""
        old, new = before.outline, self.live.outline
        is_alike = self.live.color == before.color and not (self.live.hatched or before.hatched)
        if old is None or new is None or not is_alike or old.corners + new.corners > _MOST_CORNERS:
            return None
        place = new.changed_from(old)
        return [] if place is None else [self._area(place)]

    def show_overlay(self, overlay: Overlay) -> None:
        """Shows what the tool draws meanwhile."""
        if overlay is self.overlay or not (overlay or self.overlay):
            return
        area = changed_area(self.overlay, overlay, self._viewport, self._canvas.devicePixelRatioF())
        was_ringed, self.overlay = self.has_selected(), overlay
        if self.has_selected() != was_ringed:
            self._redraw(SELECTED)
        else:
            self._redraw(TOP, [area])

    def show_crosshair(self, at: tuple[float, float] | None, *, has_image: bool) -> None:
        """Shows the crosshair at an image pixel, where it comes into view; None for none."""
        self.crosshair = at
        if at is not None and has_image:
            self._viewport.reveal(*at)
        self._redraw(TOP)

    def show_frame(self, color: QColor | None) -> None:
        """Draws a frame around the canvas: what is shown is not what is."""
        self.frame = color
        self._redraw(TOP)

    def show_encoded(self, fraction: float) -> None:
        """Shows how far the image is encoded, while an answer waits for that."""
        self._encoded = fraction
        if self.live.waiting:
            self._redraw(TOP)

    def set_look(self, look: Look) -> None:
        """Changes how masks are shown. What was drawn stays good while it is hidden for a moment."""
        is_same = replace(look, hidden=self.look.hidden) == self.look
        self.look = look
        self._redraw(TOP if is_same else OBJECTS)

    # --- painting ------------------------------------------------------------------------------------------------

    def has_selected(self) -> bool:
        """Returns True if there is something to paint in the layer of those selected."""
        is_told = any(shape.stands_for_selection for shape in self.overlay)
        return bool(self.selection) and not self.look.hidden and not is_told

    def has_live(self) -> bool:
        """Returns True if there is something to paint in the layer of the object in the making."""
        return (self.live.outline is not None or self._preview is not None) and not self.look.hidden

    def paint_objects(self, painter: QPainter, ratio: float) -> None:
        """Paints objects and findings. ratio: device pixels per point, here and below."""
        self.crowd.paint(painter, self._viewport, ratio * self.look.width, self.look)
        shapes.to_image_coordinates(painter, self._viewport)
        seen = among(self.findings, overlapping(bounds_of(self.findings), self._viewport.visible()))
        shapes.paint_findings(painter, seen, self._viewport.scale, ratio * self.look.width)

    def paint_selected(self, painter: QPainter, ratio: float) -> None:
        """Paints the selected objects once more."""
        self.crowd.paint_selected(painter, self._viewport, ratio * self.look.width, self.selection)

    def paint_live(self, painter: QPainter, ratio: float) -> None:
        """Paints the mask in the making, or else the preview."""
        shapes.to_image_coordinates(painter, self._viewport)
        if self._preview is not None and self.live.outline is None:
            shapes.paint_preview(painter, *self._preview, self._viewport.scale, ratio * self.look.width)
        shapes.paint_live_mask(painter, self.live, self._viewport.scale, ratio * self.look.width, self.look)

    def paint_top(self, painter: QPainter, ratio: float) -> None:
        """Paints overlay, points, boxes and crosshair, which are quickly drawn."""
        live = self.live
        boxes = () if live.box is None else (BoxShape(*live.box),)
        view = self._viewport.scale, self._viewport.left, self._viewport.top
        ink = self._ink.of(InkScene(self.objects, live, self.look.opacity, ratio * self.look.width, view))
        style = OverlayStyle(ratio, live.color, self.look.opacity, self.below_live(), ink)
        paint_overlay(painter, (*boxes, *self.overlay), self._viewport, style)
        for x, y, positive in live.points:
            shapes.paint_point(painter, self._at(x, y), positive, ratio)
        if live.waiting and (live.points or live.box is not None):
            shapes.paint_waiting(painter, self._newest_prompt(), self._encoded, ratio)
        if self.crosshair is not None:
            size = (self._viewport.view_width, self._viewport.view_height)
            shapes.paint_crosshair(painter, self._at(*self.crosshair), size, ratio)

    def paint_frame(self, painter: QPainter, ratio: float) -> None:
        """Paints the frame, if there is one."""
        if self.frame is not None:
            size = (self._viewport.view_width, self._viewport.view_height)
            shapes.paint_frame(painter, self.frame, size, ratio)

    def _newest_prompt(self) -> QPointF:
        live = self.live
        if live.points:
            return self._at(*live.points[-1][:2])
        assert live.box is not None
        return self._at((live.box[0] + live.box[2]) / 2, (live.box[1] + live.box[3]) / 2)

    def _area(self, place: Sequence[float]) -> QRect:
        """The device pixels in which something is seen of what lies at x0, y0, x1, y1 of the image."""
        margin = math.ceil(shapes.BLACK_RADIUS * self._canvas.devicePixelRatioF() * self.look.width) + _MARGIN_PX
        x0, y0 = map(math.floor, self._viewport.to_view(*place[:2]))
        x1, y1 = map(math.ceil, self._viewport.to_view(*place[2:]))
        return QRect(x0, y0, x1 - x0, y1 - y0).adjusted(-margin, -margin, margin, margin)

    def _at(self, x: float, y: float) -> QPointF:
        return QPointF(*self._viewport.to_view(x, y))
