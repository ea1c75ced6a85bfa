"""What the rectangle and the ellipse have in common: a box that is dragged, upright or turned."""

from __future__ import annotations

import math
from collections.abc import Callable

from app.labeling.context import Context
from app.labeling.tools.base import Gesture, Tool, is_drag
from app.labeling.tools.options import ToolSwitch
from app.labeling.tools.overlay import Overlay, PathShape
from app.labeling.tools.pointer import PointerEvent
from app.masks.rle import Region
from app.masks.shapes import TurnedBox
from app.text import say


class FrameTool(Tool):
    """Drag: from corner to corner; Shift keeps it as high as wide. Turned: drag along one side, then click how far it
    reaches. The right button cuts it out."""

    stays = True
    turned_hint: str
    """What mouse and keys do when the box is to be turned."""
    raster: Callable[[TurnedBox, tuple[int, int]], Region]
    """Makes pixels of the box."""

    def __init__(self) -> None:
        self.turned = ToolSwitch("turned", say("Turned"))
        self.options = (self.turned,)

    def ring(self, box: TurnedBox) -> tuple[tuple[float, float], ...]:
        """Returns the outline of what the box becomes."""
        return box.corners

    def hint_now(self, c: Context) -> str:
        """Returns what a drag does, and that a click follows where the box is turned."""
        return self.turned_hint if self.turned.value else self.hint

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Begins a box."""
        start, adds, dragged = e, e.button == "left", False
        while e.down or e.key == "finish":  # Enter means nothing while a button is down
            dragged = dragged or is_drag(c, start, e)
            e = yield self._overlay(self._box(start, e), adds=adds) if dragged else ()
        if not dragged or e.key == "back":
            return
        box = self._box(start, e)
        if self.turned.value:
            end = e
            while not (e.down or e.key):
                box = _turned(start, end, e)
                e = yield self._overlay(box, adds=adds)
            if e.key == "back":
                return
        c.session.painter.combine(type(self).raster(box, c.session.place.image_size), self.id, adds=adds)

    def _box(self, start: PointerEvent, e: PointerEvent) -> TurnedBox:
        if self.turned.value:
            return _turned(start, e, e)
        dx, dy = e.x - start.x, e.y - start.y
        if "shift" in e.modifiers:
            side = max(abs(dx), abs(dy))
            dx, dy = math.copysign(side, dx), math.copysign(side, dy)
        return TurnedBox((start.x, start.y), (dx, 0), (0, dy))

    def _overlay(self, box: TurnedBox, *, adds: bool) -> Overlay:
        return (PathShape(self.ring(box), closed=True, fill="more" if adds else "less"),)


def _turned(start: PointerEvent, end: PointerEvent, e: PointerEvent) -> TurnedBox:
    """One side is given, and a place that the opposite one goes through."""
    ax, ay = end.x - start.x, end.y - start.y
    length = math.hypot(ax, ay)
    if not length:
        return TurnedBox((start.x, start.y), (0, 0), (0, 0))
    across = ((e.y - start.y) * ax - (e.x - start.x) * ay) / length
    return TurnedBox((start.x, start.y), (ax, ay), (-ay / length * across, ax / length * across))
