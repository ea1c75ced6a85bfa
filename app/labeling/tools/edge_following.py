"""The ways of a polygon along the edges of the image: known at once, a moment later, or too far to be looked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic

from app.labeling.context import Context
from app.labeling.events import Notice
from app.labeling.tools.corners import Corners, Point, thinned
from app.text import say, say_n

THINNED_PX = 0.8
"""Screen pixels that a leg may be changed by: no hand is as steady."""
_THINNED_CELLS = 0.8
"""The same of a way along edges, in pixels as they were looked at: it has steps."""
_LATE_S = 3.0
"""Nobody expects any more that a corner changes the way to it."""


@dataclass(frozen=True)
class Way:
    """Where a leg goes, without its start."""

    points: list[Point]
    is_loose: bool = False
    """It was to go along edges, and their way is not known: it is straight."""


@dataclass(frozen=True)
class _Awaited:
    """A leg whose way was not known when its corner was set."""

    number: int
    start: Point
    end: Point
    since_s: float


class EdgeFollower:
    """Follows edges for one polygon."""

    def __init__(self) -> None:
        self._is_told = False
        """That edges are too far to be followed."""
        self._awaited: list[_Awaited] = []
        self._late: list[_Awaited] = []
        """Those that are straight by now: their ways did not come in time."""
        self._closes_straight = False
        """So is the last one, back to the first corner."""

    def reopen(self) -> None:
        """Waits anew for the ways that were not known when the polygon was closed."""
        both = sorted((*self._late, *self._awaited), key=lambda each: each.number)
        self._awaited, self._late = [replace(each, since_s=monotonic()) for each in both], []
        self._closes_straight = False

    def way(self, c: Context, start: Point, end: Point) -> Way:
        """Returns the way from one corner to the next. Straight, and seen to be, until it is known, and where it is too
        far, which is told once. Outside the image it goes along the border."""
        return Way([end], is_loose=end != start) if self._awaited else self._found(c, start, end)

    def add(self, c: Context, corners: Corners, end: Point) -> None:
        """Adds a leg. One whose way is not known yet gets it as soon as it is."""
        start, number, way = corners.last, corners.legs, self.way(c, corners.last, end)
        corners.add(way.points)
        if way.is_loose and _reaches(c, start, end):
            self._awaited.append(_Awaited(number, start, end, monotonic()))

    def close(self, c: Context, corners: Corners) -> None:
        """Adds the leg back to the first corner."""
        way = self.way(c, corners.last, corners.first)
        self._closes_straight = way.is_loose and _reaches(c, corners.last, corners.first)
        corners.add(way.points[:-1])

    def tell_straight(self, c: Context, corners: Corners) -> None:
        """Says so when a polygon that was closed has straight sides, since their ways were not known by then."""
        legs = [each for each in (*self._late, *self._awaited) if corners.leg(each.number) == (each.end,)]
        count = len(legs) + self._closes_straight
        if count:
            told = say_n(
                "The way along the edges was not known yet for {n} side, which is straight. {key:prompt.back}: back",
                "The way along the edges was not known yet for {n} sides, which are straight. {key:prompt.back}: back",
                count,
            )
            c.session.tell(Notice(told))

    def settle(self, c: Context, corners: Corners) -> None:
        """Gives the legs the ways that are known by now, the oldest first; one that was taken back gets none."""
        while self._awaited:
            leg = self._awaited[0]
            if corners.leg(leg.number) == (leg.end,) and monotonic() - leg.since_s < _LATE_S:
                way = self._found(c, leg.start, leg.end)
                if way.is_loose:
                    return
                corners.replace(leg.number, way.points)
            elif corners.leg(leg.number) == (leg.end,):
                self._late.append(leg)
            del self._awaited[0]

    def loose(self, corners: Corners) -> tuple[int, ...]:
        """Returns the corners at which the legs begin that are straight until their ways are known."""
        awaited = (each.number for each in self._awaited if corners.leg(each.number) == (each.end,))
        return tuple(corners.begins_at(number) for number in awaited)

    def _found(self, c: Context, start: Point, end: Point) -> Way:
        first, last = _inside(c, start), _inside(c, end)
        edges = c.session.edges.toward(first, last, c.view.scale)
        if edges is not None:
            way = [*([start] if first != start else []), *edges.way_to(*last), *([end] if last != end else [])]
            return Way(thinned(way, max(THINNED_PX / c.view.scale, _THINNED_CELLS * edges.shrink))[1:])
        if not self._is_told and not c.session.edges.reaches(first, last, c.view.scale):
            self._is_told = True
            c.session.tell(Notice(say("That is too far to follow the edges: the dashed line stays straight.")))
        return Way([end], is_loose=end != start)


def _reaches(c: Context, start: Point, end: Point) -> bool:
    return c.session.edges.reaches(_inside(c, start), _inside(c, end), c.view.scale)


def _inside(c: Context, place: Point) -> Point:
    """The place of the image that is nearest."""
    height, width = c.session.place.image_size
    return min(max(place[0], 0.0), width - 1.0), min(max(place[1], 0.0), height - 1.0)
