"""The smart tool: points, boxes and lassos for the model."""

from __future__ import annotations

from app.labeling.context import Context
from app.labeling.events import Notice
from app.labeling.session import Session
from app.labeling.tools.base import Gesture, Tool, is_drag
from app.labeling.tools.overlay import BoxShape, Overlay, PathShape
from app.labeling.tools.pointer import PointerEvent
from app.text import say

LASSO_POINTS = 8
"""So many points of a lasso go to the model, evenly along the way."""


class SmartTool(Tool):
    """Left click: part of it, or what everything mode found there. Right or Shift+left: not part of it. Drag: a box.
    Alt+drag: points along the way."""

    id = "smart"
    text: str = say("Smart")
    keys = ("Q",)
    order = 0

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Begins a click, a box or a lasso."""
        if e.button == "right" or "shift" in e.modifiers:
            exclude(c.session, e.x, e.y)
        elif "alt" in e.modifiers:
            yield from self._lasso(c, e)
        else:
            yield from self._click_or_box(c, e)

    def _click_or_box(self, c: Context, start: PointerEvent) -> Gesture:
        e, dragged = start, False
        while e.down:
            dragged = dragged or is_drag(c, start, e)
            e = yield (BoxShape(start.x, start.y, e.x, e.y),) if dragged else ()
        if dragged or is_drag(c, start, e):
            c.session.editor.box(start.x, start.y, e.x, e.y)
        elif not c.session.take(start.x, start.y):
            c.session.editor.point(start.x, start.y)

    def _lasso(self, c: Context, start: PointerEvent) -> Gesture:
        e, path = start, [(start.x, start.y)]
        while e.down:
            e = yield (PathShape(tuple(path)),)
            path.append((e.x, e.y))
        c.session.editor.points(_evenly(path, LASSO_POINTS) if is_drag(c, start, e) else path[:1])

    def hover(self, c: Context, e: PointerEvent) -> Overlay:
        """Asks for the mask under the mouse; the session shows it when it is there."""
        c.session.hover.move(e.x, e.y)
        return ()

    def double_click(self, c: Context, e: PointerEvent) -> bool:
        """Picks the saved object up, unless the person is in the middle of another one."""
        saved, draft = c.session.objects.at(e.x, e.y), c.session.editor.draft
        # the first press of this double click has already begun a draft
        if saved is None or draft.clicks > 1 or draft.resumed is not None:
            return False
        c.session.discard()
        c.session.editor.resume(saved.id)
        return True


def exclude(session: Session, x: float, y: float) -> None:
    """Says that the pixel is no part of the object in the making. Without one there is nothing that it could be no part
    of, and a model asked for it proposes a mask around that very pixel: the person is told."""
    if session.editor.draft.is_live:
        session.editor.point(x, y, positive=False)
    else:
        session.tell(Notice(say("Click a thing first: this click then takes away what is not part of it.")))


def _evenly(path: list[tuple[float, float]], count: int) -> list[tuple[float, float]]:
    """At most count of them, both ends included."""
    if len(path) <= count:
        return path
    return [path[round(i * (len(path) - 1) / (count - 1))] for i in range(count)]


TOOL = SmartTool()
