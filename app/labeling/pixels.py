"""The pixels of a part of the image, for tools that look at colours: the wand, an edge that is followed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.replies import Failed, PixelsRead
from app.engine.requests import ReadPixels
from app.labeling.bus import Bus
from app.labeling.events import Changed
from app.labeling.place import Place

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels of the image, the last two behind its last pixel."""
MOST_PIXELS = 4_000_000
"""Of a part: a larger one is made smaller by a power of two."""


@dataclass(frozen=True, eq=False)
class PixelCrop:
    """A part of the image. pixels: (h, w, 3) RGB uint8, `shrink` times smaller than the box."""

    box: Box
    shrink: int
    pixels: NDArray[np.uint8]

    def holds(self, box: Box) -> bool:
        """Returns True if all of the box lies in it."""
        return self.box[0] <= box[0] and self.box[1] <= box[1] and box[2] <= self.box[2] and box[3] <= self.box[3]

    def part(self, x0: float, y0: float, x1: float, y1: float) -> PixelCrop:
        """Returns what is in the box and in this part; the corners are in image pixels."""
        shrink, left, top = self.shrink, *self.box[:2]
        a0, b0 = max(int(x0) - left, 0) // shrink, max(int(y0) - top, 0) // shrink
        a1 = -(-max(min(int(x1) + 1, self.box[2]) - left, 0) // shrink)
        b1 = -(-max(min(int(y1) + 1, self.box[3]) - top, 0) // shrink)
        right, bottom = min(left + a1 * shrink, self.box[2]), min(top + b1 * shrink, self.box[3])
        box = left + a0 * shrink, top + b0 * shrink, right, bottom
        return PixelCrop(box, shrink, self.pixels[b0:b1, a0:a1])


class Pixels:
    """Keeps the part of the image that was asked for last, and tells "pixels" when it is there."""

    def __init__(self, place: Place, bus: Bus) -> None:
        self._place, self._engine, self._tell = place, bus.engine, bus.tell
        self._crop: PixelCrop | None = None
        self._asked: ReadPixels | None = None
        bus.replies.on(PixelsRead, self._read)
        bus.replies.on(Failed, self._failed, of=ReadPixels)

    def ask(self, x0: float, y0: float, x1: float, y1: float) -> PixelCrop | None:
        """Returns the pixels around a part of the image if they are there; else they are on their way.

        The corners are in image pixels and may lie outside the image. None also for a part without a pixel, and where
        the image may not be looked at.
        """
        box, image_id = self._box(x0, y0, x1, y1), self._place.image_id
        if image_id is None or box[0] >= box[2] or box[1] >= box[3]:
            return None
        crop = self._crop
        if crop is not None and crop.holds(box) and crop.shrink <= shrink_of(box):
            return crop
        request = ReadPixels(self._place.ref(image_id), box, shrink_of(box))
        if request != self._asked:
            self._asked = request
            self._engine.submit(request)
        return None

    def shrink(self, x0: float, y0: float, x1: float, y1: float) -> int:
        """Returns how many times smaller `ask` returns this part of the image."""
        return shrink_of(self._box(x0, y0, x1, y1))

    def forget(self) -> None:
        """Forgets what was read: another image is shown."""
        self._crop = self._asked = None

    def _box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        height, width = self._place.image_size
        return max(int(x0), 0), max(int(y0), 0), min(int(x1) + 1, width), min(int(y1) + 1, height)

    def _read(self, reply: PixelsRead) -> None:
        if reply.request == self._asked and self._place.is_shown(reply.request.image):
            self._asked = None
            self._crop = PixelCrop(reply.request.box, reply.request.shrink, reply.pixels)
            self._tell(Changed("pixels"))

    def _failed(self, reply: Failed) -> None:
        if reply.request == self._asked:
            self._asked = None  # app.labeling.readiness tells


def shrink_of(box: Box) -> int:
    """Returns how many times smaller a part is read, so that it has no more than MOST_PIXELS."""
    shrink = 1
    while (box[2] - box[0]) * (box[3] - box[1]) > MOST_PIXELS * shrink**2:
        shrink *= 2
    return shrink
