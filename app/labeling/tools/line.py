"""The line tool: lamp posts, wires and road marks, clicked corner by corner, with a width."""

from __future__ import annotations

from collections.abc import Generator

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
    hint: str = say("Click: a corner    Drag: freehand    Right button: cut out")
    stays = True

    def __init__(self) -> None:
        self._width = self.size = ToolOption("size", say("Width"), 6, 1, 500, unit=say("px"))
        self.options = (self._width,)
        self._is_begun = False

    def hover(self, c: Context, e: PointerEvent) -> Overlay:
        """Shows how wide it will be."""
        return (self._path([(e.x, e.y)]),)

    def hint_now(self, c: Context) -> str:
        """Returns what ends the line, or else how one is begun."""
        if self._is_begun:
            return say(
                "{key:gesture.finish} or double click: done    {key:gesture.back}: corner back    "
                "{key:mask.discard}: no line"
            )
        return self.hint

    def wheel(self, c: Context, e: PointerEvent, steps: float) -> bool:
        """Makes the line wider or thinner."""
        self._width.set(round(self._width.value * 1.2**steps + (0.5 if steps > 0 else -0.5)))
        return True

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Begins a line."""
        self._is_begun = True
        try:
            corners = yield from self._corners(c, e)
        finally:
            self._is_begun = False
        if corners:
            stroke = Stroke(tuple(corners), self._width.value / 2)
            part = rasterized(stroke, c.session.place.image_size)
            c.session.painter.combine(part, self.id, adds=e.button == "left")

    def _corners(self, c: Context, e: PointerEvent) -> Generator[Overlay, PointerEvent, list[tuple[float, float]]]:
        """Returns the corners once it is ended; none when all were taken back."""
        corners, is_drawn, adds = [(e.x, e.y)], True, e.button == "left"
        while corners:
            e = yield (self._path([*corners, (e.x, e.y)], adds=adds),)
            if e.key == "finish":
                break
            if e.key == "back":
                corners.pop()
            elif e.down and (e.button != "none" or (is_drawn and self._is_far(c, corners[-1], e))):
                corners.append((e.x, e.y))
            is_drawn = e.down
        return corners

    def _is_far(self, c: Context, last: tuple[float, float], e: PointerEvent) -> bool:
        return max(abs(e.x - last[0]), abs(e.y - last[1])) * c.view.scale >= _FREEHAND_PX

    def _path(self, corners: list[tuple[float, float]], *, adds: bool = True) -> PathShape:
        return PathShape(tuple(corners), width=self._width.value, fill="" if adds else "less")


TOOL = LineTool()
