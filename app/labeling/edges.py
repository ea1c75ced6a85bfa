"""Edges of the image that a polygon follows from its last corner on."""

from __future__ import annotations

from app.engine.replies import EdgesMapped, Failed
from app.engine.requests import MapEdges
from app.images.edges import EdgeMap
from app.labeling.bus import Bus
from app.labeling.events import Changed
from app.labeling.place import Place

_SIDE = 640
"""Of the part that is looked at around the last corner, in pixels as it is read: a tenth of a second to make."""


class Edges:
    """Keeps the map of the edges around one place, and tells "edges" when it is there."""

    def __init__(self, place: Place, bus: Bus) -> None:
        self._place, self._engine, self._tell = place, bus.engine, bus.tell
        self._map: EdgeMap | None = None
        self._asked: MapEdges | None = None
        bus.replies.on(EdgesMapped, self._mapped)
        bus.replies.on(Failed, self._failed, of=MapEdges)

    def around(self, x: float, y: float, scale: float) -> EdgeMap | None:
        """Returns the edges as seen from a place in image pixels, if they are there; else they are on their way.

        scale: points of the screen per image pixel; zoomed out, edges are looked at as coarsely as the person sees
        them. None also for a place outside the image, and where the image may not be looked at.
        """
        height, width = self._place.image_size
        image_id, shrink = self._place.image_id, _shrink_for(scale)
        if image_id is None or not (0 <= x < width and 0 <= y < height):
            return None
        if self._map is not None and self._map.start == (x, y) and self._map.shrink == shrink:
            return self._map
        half = _SIDE // 2 * shrink
        box = max(int(x) - half, 0), max(int(y) - half, 0), min(int(x) + half, width), min(int(y) + half, height)
        request = MapEdges(self._place.ref(image_id), box, shrink, (x, y))
        if request != self._asked:
            self._asked = request
            self._engine.submit(request)
        return None

    def forget(self) -> None:
        """Forgets what was looked at: another image is shown."""
        self._map = self._asked = None

    def _mapped(self, reply: EdgesMapped) -> None:
        if reply.request == self._asked and self._place.is_shown(reply.request.image):
            self._map = reply.edges
            self._tell(Changed("edges"))

    def _failed(self, reply: Failed) -> None:
        """The polygon goes on with straight lines; that place is not asked about again."""


def _shrink_for(scale: float) -> int:
    """How many times smaller the image is looked at: a power of two, never coarser than the screen shows it."""
    shrink = 1
    while scale * shrink * 2 <= 1:
        shrink *= 2
    return shrink
