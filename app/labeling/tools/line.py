"""The line tool: lamp posts, wires and road marks, clicked corner by corner, with a width."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

from app.labeling.context import Context
from app.labeling.tools.base import Gesture, Tool
from app.labeling.tools.ended import Ended, newest
from app.labeling.tools.options import ToolOption
from app.labeling.tools.overlay import Overlay, PathShape
from app.labeling.tools.pointer import PointerEvent
from app.masks.strokes import Stroke, rasterized
from app.problem import Problem
from app.text import say

_Corners: TypeAlias = list[tuple[float, float]]
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
        self._begun: tuple[_Corners, bool] | None = None
        """The corners of the line under way, and whether it adds."""
        self._ended: Ended[tuple[_Corners, bool]] = Ended()

    def hover(self, c: Context, e: PointerEvent) -> Overlay:
        """Shows how wide it will be."""
        return (self._path([(e.x, e.y)]),)

    def hint_now(self, c: Context) -> str:
        """Returns what ends the line, or else how one is begun."""
        if self._begun:
            return say(
                "{key:gesture.finish} or double click: done    {key:gesture.back}: corner back    "
                "{key:mask.discard}: no line"
            )
        return self.hint

    def wheel(self, c: Context, e: PointerEvent, steps: float) -> bool:
        """Makes the line wider or thinner."""
        if steps:
            self._width.set(round(self._width.value * 1.2**steps + (0.5 if steps > 0 else -0.5)))
        return True

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Begins a line."""
        return self._drawn(c, [(e.x, e.y)], e, adds=e.button == "left")

    def reopen(self, c: Context) -> Gesture | None:
        """Goes on with the line that was ended last, with all its corners."""
        ended = self._ended.take_back(c)
        if ended is None:
            return None
        corners, adds = ended
        return self._drawn(c, corners, PointerEvent(*corners[-1], "none", down=False), adds=adds)

    def drop(self, c: Context) -> None:
        """Remembers the corners of what is taken back."""
        if self._begun:
            self._ended.drop(c, self._begun)

    def has_dropped(self, c: Context) -> bool:
        """Returns True if a line was taken back, and nothing done since."""
        return self._ended.has_dropped(c)

    def _drawn(self, c: Context, corners: _Corners, e: PointerEvent, *, adds: bool) -> Gesture:
        self._begun = corners, adds
        try:
            is_ended = yield from self._until_ended(c, corners, e, adds=adds)
        finally:
            self._begun = None
        if is_ended:
            before, stroke = newest(c), Stroke(tuple(corners), self._width.value / 2)
            try:
                c.session.painter.combine(rasterized(stroke, c.session.place.image_size), self.id, adds=adds)
            except Problem:  # which is told; the corners come back by undo
                self._ended.drop(c, (corners, adds))
                raise
            self._ended.note(c, (corners, adds), before)

    def _until_ended(
        self, c: Context, corners: _Corners, e: PointerEvent, *, adds: bool
    ) -> Generator[Overlay, PointerEvent, bool]:
        """Returns whether it was ended; False when all corners were taken back, or only one is left behind."""
        is_drawn = e.down
        while corners:
            e = yield (self._path([*corners, (e.x, e.y)], adds=adds),)
            if e.key == "leave":
                return len(corners) > 1
            if e.key == "finish":
                return True
            if e.key == "back":
                corners.pop()
            elif e.down and (e.button != "none" or (is_drawn and self._is_far(c, corners[-1], e))):
                corners.append((e.x, e.y))
            is_drawn = e.down
        return False

    def _is_far(self, c: Context, last: tuple[float, float], e: PointerEvent) -> bool:
        return max(abs(e.x - last[0]), abs(e.y - last[1])) * c.view.scale >= _FREEHAND_PX

    def _path(self, corners: _Corners, *, adds: bool = True) -> PathShape:
        return PathShape(tuple(corners), width=self._width.value, fill="" if adds else "less")


TOOL = LineTool()
