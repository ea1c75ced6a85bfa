"""Edges of the image that a polygon follows from its last corner on."""

from __future__ import annotations

from typing import TypeAlias

from app.engine.replies import EdgesMapped, Failed
from app.engine.requests import MapEdges
from app.images.edges import Box, EdgeMap, holds
from app.labeling.bus import Bus
from app.labeling.events import Changed
from app.labeling.place import Place

_Point: TypeAlias = tuple[float, float]
_REACH = 320
"""So far around the last corner it is looked at first, in pixels as it is read: a tenth of a second to make."""
_MOST_CELLS = 1_000_000
"""Pixels that are looked at, as they are read: half a second. A way that takes more is looked for more coarsely, ..."""
_COARSEST = 4
"""... but not more than so many times: it would not be where the person sees the edges."""
_KEPT = 3
"""So many maps from one place: the near one, and those that reach farther."""


class Edges:
    """Keeps maps of the edges as seen from one place, and tells "edges" when one is there."""

    def __init__(self, place: Place, bus: Bus) -> None:
        self._place, self._engine, self._tell = place, bus.engine, bus.tell
        self._from: tuple[_Point, int] | None = None
        """The place, and how many times smaller the image is looked at near it."""
        self._maps: list[EdgeMap] = []
        self._asked: MapEdges | None = None
        bus.replies.on(EdgesMapped, self._mapped)
        bus.replies.on(Failed, self._failed, of=MapEdges)

    def toward(self, start: _Point, end: _Point, scale: float) -> EdgeMap | None:
        """Returns edges that know the way from one place to another, both in image pixels, if they are there; else they
        are on their way.

        scale: points of the screen per image pixel; zoomed out, edges are looked at as coarsely as the person sees
        them. None also where the image may not be looked at, for a place outside it, and where it is too far.
        """
        image_id, part, finest = self._place.image_id, self._part(start, end, scale), _shrink_for(scale)
        if image_id is None or part is None:
            return None
        if self._from != (start, finest):
            self.forget()
            self._from = start, finest
        known = (each for each in self._maps if each.holds(*end))
        best = min(known, key=lambda each: each.shrink, default=None)
        if best is None or best.shrink > part[1]:
            self._ask(MapEdges(self._place.ref(image_id), *part, start), end)
        return best

    def reaches(self, start: _Point, end: _Point, scale: float) -> bool:
        """Returns False where the way between two places of the image is too far to be looked for."""
        return self._part(start, end, scale) is not None

    def forget(self) -> None:
        """Forgets what was looked at: another image is shown."""
        self._from, self._maps, self._asked = None, [], None

    def _part(self, start: _Point, end: _Point, scale: float) -> tuple[Box, int] | None:
        """The part of the image in which the way is looked for, and how many times smaller."""
        height, width = self._place.image_size
        image, shrink = (0, 0, width, height), _shrink_for(scale)
        if not (holds(image, *start) and holds(image, *end)):
            return None
        near = _around([start], _REACH * shrink, image)
        if holds(near, *end):
            return near, shrink
        wide, coarsest = _around([start, end], _REACH * shrink, image), shrink * _COARSEST
        while (wide[2] - wide[0]) * (wide[3] - wide[1]) > _MOST_CELLS * shrink**2:
            shrink *= 2
        return (wide, shrink) if shrink <= coarsest else None

    def _ask(self, wanted: MapEdges, end: _Point) -> None:
        """Asks, unless what was asked for will do. What failed is not asked for again."""
        asked = self._asked
        if asked is None or asked.shrink > wanted.shrink or not holds(asked.box, *end):
            self._asked = wanted
            self._engine.submit(wanted)

    def _mapped(self, reply: EdgesMapped) -> None:
        if reply.request == self._asked and self._place.is_shown(reply.request.image):
            self._maps = [*self._maps[1 - _KEPT :], reply.edges]
            self._tell(Changed("edges"))

    def _failed(self, reply: Failed) -> None:
        """The polygon goes on with straight lines."""


def _around(places: list[_Point], reach: int, image: Box) -> Box:
    """The box around some places, so much larger to every side, as far as the image goes."""
    xs, ys = zip(*((int(x), int(y)) for x, y in places), strict=True)
    return (
        max(min(xs) - reach, image[0]), max(min(ys) - reach, image[1]),
        min(max(xs) + reach, image[2]), min(max(ys) + reach, image[3]),
    )  # fmt: skip


def _shrink_for(scale: float) -> int:
    """How many times smaller the image is looked at: a power of two, never coarser than the screen shows it."""
    shrink = 1
    while scale * shrink * 2 <= 1:
        shrink *= 2
    return shrink
