"""The polygon tool: corners by clicks, freehand where it is dragged (lasso). What lies inside is added or cut out."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

import numpy as np

from app.labeling.context import Context
from app.labeling.events import Notice
from app.labeling.tools.base import Gesture, Tool, is_drag
from app.labeling.tools.corners import Corners, Point, thinned
from app.labeling.tools.edge_following import THINNED_PX, EdgeFollower, Way
from app.labeling.tools.ended import Ended, newest
from app.labeling.tools.options import ToolChoice
from app.labeling.tools.overlay import HandlesShape, Overlay, PathShape
from app.labeling.tools.pointer import PointerEvent
from app.masks.evenodd import crosses_itself, filled
from app.problem import Problem
from app.text import say, say_n

CLOSE_PX = 9.0
"""Screen pixels from the first corner, where a click closes the polygon."""
_Polygon: TypeAlias = tuple[Corners, bool, EdgeFollower]
"""What is remembered of one; whether it cuts."""
_Leg: TypeAlias = Generator[Overlay, PointerEvent, tuple[bool, PointerEvent]]


class PolygonTool(Tool):
    """Click: a corner. Drag: freehand. Shift: along the edges of the image. A click on the first corner, Enter or a
    double click closes it; a right click closes it and cuts it out. Begun with the right button it cuts however it is
    closed."""

    id = "polygon"
    text: str = say("Polygon")
    keys = ("P",)
    order = 30
    stays = True

    def __init__(self) -> None:
        choices = ("add", say("Add to the object")), ("cut", say("Cut from the object")), ("new", say("New each time"))
        self.how = ToolChoice("how", say("What it does"), "add", choices)
        self.options = (self.how,)
        self._corners: Corners | None = None
        self._cuts = False
        self._edges = EdgeFollower()
        self._ended: Ended[_Polygon] = Ended()

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Begins with the first corner, and goes on from press to press until the polygon is closed."""
        return self._drawn(c, (Corners(), e.button == "right", EdgeFollower()), e)

    def reopen(self, c: Context) -> Gesture | None:
        """Goes on with the polygon that was closed last, with all its corners."""
        ended = self._ended.take_back(c)
        if ended is None:
            return None
        ended[2].reopen()
        return self._drawn(c, ended, None)

    def drop(self, c: Context) -> None:
        """Remembers the corners of what is taken back."""
        if self._corners:
            self._ended.drop(c, (self._corners, self._cuts, self._edges))

    def has_dropped(self, c: Context) -> bool:
        """Returns True if a polygon was taken back, and nothing done since."""
        return self._ended.has_dropped(c)

    def double_click(self, c: Context, e: PointerEvent) -> bool:
        """Does nothing: the first of the two clicks closed the polygon."""
        return True

    def _drawn(self, c: Context, polygon: _Polygon, start: PointerEvent | None) -> Gesture:
        """Sets corners until the polygon is closed. start: the press that sets the first one; None: some are set."""
        corners, _, _ = polygon
        self._corners, self._cuts, self._edges = polygon
        try:
            is_closed = yield from self._until_closed(c, corners, start)
        finally:
            self._corners = None
        if is_closed:
            before = newest(c)
            try:
                self._close(c, corners.points)
            except Problem:  # which is told; the corners come back by undo
                self._ended.drop(c, polygon)
                raise
            self._ended.note(c, polygon, before)
            self._edges.tell_straight(c, corners)

    def _until_closed(
        self, c: Context, corners: Corners, start: PointerEvent | None
    ) -> Generator[Overlay, PointerEvent, bool]:
        """Returns whether it was closed; False when all corners were taken back, or too few are left behind."""
        if start is not None:
            is_closed, e = yield from self._leg(c, corners, start)
        else:
            is_closed, e = False, PointerEvent(*corners.last, "none", down=False)
        while len(corners) and not is_closed:
            if e.key == "leave":
                return len(corners) >= 3
            e = yield self._shown(c, corners, e)
            if e.key == "back":
                corners.back()
            elif e.key == "finish":
                is_closed = _may_close(c, corners)
            elif not e.down or e.button == "none":
                continue
            elif e.button == "right" and not self._cuts:
                is_closed = self._cuts = _may_close(c, corners)
            elif _is_at_first(c, corners, e):
                is_closed = _may_close(c, corners)
                if is_closed and "shift" in e.modifiers:
                    self._edges.close(c, corners)
            else:
                is_closed, e = yield from self._leg(c, corners, e)
        return is_closed

    def _leg(self, c: Context, corners: Corners, start: PointerEvent) -> _Leg:
        """Goes on from a press to its release: a corner, a stretch along edges, or one drawn freehand, which closes the
        polygon at its first corner. Returns whether it does, and the release."""
        follows, end = "shift" in start.modifiers and len(corners) > 0, (start.x, start.y)
        e, path, dragged = start, [end], False
        while e.down or e.key in ("finish", "back"):
            dragged = dragged or (e.down and not follows and is_drag(c, start, e))
            self._edges.settle(c, corners)
            way = self._edges.way(c, corners.last, end) if follows else Way(path if dragged else [end])
            e = yield self._overlay(corners, way, is_at_first=False)
            if not e.key:
                path.append((e.x, e.y))
        if follows:
            self._edges.add(c, corners, end)
            return False, e
        if not dragged:
            corners.add([end])
            return False, e
        corners.add(thinned(path, THINNED_PX / c.view.scale))
        return len(corners) >= 3 and _is_at_first(c, corners, e), e

    def _shown(self, c: Context, corners: Corners, e: PointerEvent) -> Overlay:
        """Returns what is set, and an edge, or the way along those of the image, that follows the pointer."""
        self._edges.settle(c, corners)
        is_at_first = len(corners) >= 3 and _is_at_first(c, corners, e)
        end = corners.first if is_at_first else (e.x, e.y)
        way = self._edges.way(c, corners.last, end) if "shift" in e.modifiers else Way([end])
        return self._overlay(corners, way, is_at_first=is_at_first)

    def _overlay(self, corners: Corners, way: Way, *, is_at_first: bool) -> Overlay:
        fill = "less" if self._does_cut else "more"
        loose = (*self._edges.loose(corners), *([len(corners) - 1] if way.is_loose else []))
        path = PathShape((*corners.points, *way.points), fill=fill, loose=loose)
        return path, HandlesShape(corners.handles or (way.points[0],), 0 if is_at_first else None)

    def _close(self, c: Context, points: tuple[Point, ...]) -> None:
        session = c.session
        if session.place.size() is None:
            return
        ring = np.array(points, np.float64)
        part = filled([ring], session.place.image_size)
        if self.how.value == "new" and not self._cuts:
            _finish_others(c)
        session.painter.combine(part, "polygon", adds=not self._does_cut)
        if part.pixels.any() and crosses_itself(ring):
            session.tell(Notice(say("The outline crosses itself: what it goes around twice is left out.")))

    def readout(self, c: Context) -> str:
        """Returns how many corners are set, and what they will do."""
        if self._corners is None:
            return ""
        count = max(len(self._corners), 1)  # the first one is seen from the press on, and set by the release
        if self._does_cut:
            return say_n("{n} corner, to be cut out", "{n} corners, to be cut out", count)
        if self.how.value == "add" and c.session.editor.draft.is_live:
            return say_n("{n} corner, to be added", "{n} corners, to be added", count)
        if self.how.value == "add" and len(c.session.objects.selection) == 1:
            return say_n(
                "{n} corner, to be added to the object that is selected",
                "{n} corners, to be added to the object that is selected",
                count,
            )
        return say_n("{n} corner of a new object", "{n} corners of a new object", count)

    def hint_now(self, c: Context) -> str:
        """Returns what closes the polygon, or else how one is begun."""
        if self._corners is not None and self._does_cut:
            return say(
                "{key:gesture.finish} or double click: cut it out    Shift: along edges    {key:gesture.back}: "
                "take back    {key:mask.discard}: no polygon"
            )
        if self._corners is not None:
            return say(
                "{key:gesture.finish} or double click: close    Shift: along edges    Right click: cut it "
                "out\n{key:gesture.back}: take back    {key:mask.discard}: no polygon"
            )
        return say("Click: a corner    Drag: freehand    Shift: along edges    Right button: cut out")

    @property
    def _does_cut(self) -> bool:
        return self._cuts or self.how.value == "cut"


def _may_close(c: Context, corners: Corners) -> bool:
    """Returns whether there are enough corners; says so if not."""
    if len(corners) < 3:
        c.session.tell(Notice(say("A polygon takes at least three corners.")))
    return len(corners) >= 3


def _is_at_first(c: Context, corners: Corners, e: PointerEvent) -> bool:
    if not len(corners):
        return False
    x, y = corners.first
    return max(abs(e.x - x), abs(e.y - y)) * c.view.scale <= CLOSE_PX


def _finish_others(c: Context) -> None:
    """Accepts what is in the making, and leaves alone what is selected, on offer, or waits here. Raises Problem when
    it cannot be accepted."""
    draft = c.session.editor.draft
    if draft.is_live and not draft.is_offer:
        c.session.acceptance.accept()
        if c.session.editor.draft is draft:
            raise Problem(say("The object in the making cannot be accepted, and a new one was not begun."))
    c.session.drafts.put_by()
    c.session.objects.select(None)


TOOL = PolygonTool()
