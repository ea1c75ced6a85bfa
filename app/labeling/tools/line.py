"""The line tool: lamp posts, wires and road marks, clicked corner by corner, with a width."""

from __future__ import annotations

from app.labeling.context import Context
from app.labeling.tools.base import Gesture, Tool
from app.labeling.tools.options import ToolOption
from app.labeling.tools.overlay import Overlay, PathShape
from app.labeling.tools.pointer import PointerEvent
from app.masks.strokes import Stroke, rasterized
from app.text import say

_FREEHAND_PX = 4.0
"""Points of the screen between two corners while it is drawn freehand."""


class LineTool(Tool):
    """Click: a corner. Drag: freehand. Enter or a double click ends it, Backspace takes the last corner back. A line
    that is begun with the right button is cut out."""

    id = "line"
    text: str = say("Line")
    keys = ("I",)
    order = 42
    stays = True

    def __init__(self) -> None:
        self._width = self.size = ToolOption("size", say("Width"), 6, 1, 500, unit=say("px"))
        self.options = (self._width,)
        self._is_begun = False

    def hint_now(self, c: Context) -> str:
        """Returns what begins a line, or ends the one that is begun: keys mean the whole mask before and after it."""
        if self._is_begun:
            return say(
                "Click: a corner    Drag: freehand    {key:gesture.finish} or double click: done    "
                "{key:gesture.back}: corner back"
            )
        return say("Click: a corner    Drag: freehand    Right button: cut out    Alt and wheel: width")

    def hover(self, c: Context, e: PointerEvent) -> Overlay:
        """Shows how wide it will be."""
        return (self._path([(e.x, e.y)]),)

    def wheel(self, c: Context, e: PointerEvent, steps: float) -> bool:
        """Makes the line wider or thinner."""
        self._width.set(round(self._width.value * 1.2**steps + (0.5 if steps > 0 else -0.5)))
        return True

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Begins a line."""
        adds, corners = e.button == "left", [(e.x, e.y)]
        self._is_begun = True
        try:
            yield from self._corners(c, corners)
        finally:
            self._is_begun = False
        if not corners:
            return
        stroke = Stroke(tuple(corners), self._width.value / 2)
        c.session.painter.combine(rasterized(stroke, c.session.place.image_size), self.id, adds=adds)

    def _corners(self, c: Context, corners: list[tuple[float, float]]) -> Gesture:
        """Adds corners until the line is ended, or the last one was taken back."""
        is_drawn, (x, y) = True, corners[-1]
        while corners:
            e = yield (self._path([*corners, (x, y)]),)
            x, y = e.x, e.y
            if e.key == "finish":
                return
            if e.key == "back":
                corners.pop()
            elif e.down and (e.button != "none" or (is_drawn and self._is_far(c, corners[-1], e))):
                corners.append((x, y))
            is_drawn = e.down

    def _is_far(self, c: Context, last: tuple[float, float], e: PointerEvent) -> bool:
        return max(abs(e.x - last[0]), abs(e.y - last[1])) * c.view.scale >= _FREEHAND_PX

    def _path(self, corners: list[tuple[float, float]]) -> PathShape:
        return PathShape(tuple(corners), width=self._width.value)


TOOL = LineTool()
