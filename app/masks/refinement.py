"""What a corrective click changes of a mask: a part near the click, to its sign, and not a pixel elsewhere.

A click in the middle of what is wrong is about as far from the border of the mask as what is wrong reaches. So that
distance tells how far the correction may reach; within it the model's answer decides, and where that has no end there,
or says nothing of the click, the edges of the image do. See docs/decisions/018 and 034.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.masks.growing import grown
from app.masks.regions import Box, Look, added, bounds, clipped, common_box, cut, part_at, removed
from app.masks.rle import Region, check_region

_Pixels = NDArray[np.bool_]

REACH = 1.5
"""So many times the distance from the click to the border of the mask. Measured, see docs/decisions/018."""
_MOST_OVER = 1.5
"""Times what lies within reach: when all that hangs together there is hardly more, no rest is left standing."""
_OVER_REACH = 2.0
"""So many times as far is looked for it."""
_TO_EDGES = 2.5
"""So many times that distance an edge of the image is looked for, where the answer has no end. Measured, as REACH."""
DETAIL = 0.2
"""Of the root of the area of the mask: so near to its border a click is about a detail. Measured, as REACH."""
_LEAST = 0.3
"""Of that distance: so much around a click changes, whatever the model says."""
_FARTHEST, _FARTHEST_PX = 0.5, 16.0
"""Of the root of the area of the mask, and at least so many pixels: a click farther off is taken to be so far."""
_FIRST_SEARCH_PX = 32


class Correction(NamedTuple):
    """A click on the pixel in column x, row y: it belongs to the mask, or not."""

    x: int
    y: int
    positive: bool


def corrected(
    start: Region,
    answer: Region,
    clicks: Sequence[Correction],
    earlier: Sequence[Correction] = (),
    reach: float = REACH,
    *,
    insists: bool = True,
    look: Look | None = None,
) -> Region:
    """Returns start with what the answer has otherwise around each click, one after the other.

    A positive click only adds, a negative one only removes: the connected part of the difference that it lies in, as
    far as it reaches, and the rest of that part where it is small. earlier: clicks that start obeys stay obeyed.
    reach: math.inf takes that part whole. insists: a little around the click changes even when the answer says nothing
    of it. look: shows the image, whose edges end what the answer does not; without it that is done by a disc. Problem
    when the result is too large to be worked on.
    """
    result, before = start, list(earlier)
    for click in clicks:
        result = _corrected(result, answer, click, before, reach, insists=insists, look=look)
        before.append(click)
    return result


def distance_to_border(mask: Region, x: int, y: int) -> float:
    """Returns how far the pixel is from the nearest one of the other kind; inf where there is none in the image.

    Beyond the border of the image is nothing. What is looked at is never larger than the mask with a frame around it,
    which holds the nearest pixel of either kind: a click may be far off in a huge image.
    """
    height, width = mask.image_size
    half, is_set = _FIRST_SEARCH_PX, has_pixel(mask, x, y)
    left, top, right, bottom = bounds(mask)
    framed = clipped((left - 1, top - 1, right + 1, bottom + 1), mask.image_size)
    while True:
        box = common_box((x - half, y - half, x + half + 1, y + half + 1), framed)
        nearest = _nearest_in(mask, box, x, y, is_set=not is_set)
        if nearest <= half or half >= max(height, width):
            return nearest
        half *= 2


def _nearest_in(mask: Region, box: Box, x: int, y: int, *, is_set: bool) -> float:
    """How far the nearest pixel in the box is that is set, or not; inf where there is none."""
    if box[0] >= box[2] or box[1] >= box[3]:
        return math.inf
    rows, columns = np.nonzero(cut(mask, box) == is_set)
    squares = (rows + box[1] - y) ** 2 + (columns + box[0] - x) ** 2
    return math.sqrt(float(squares.min())) if len(squares) else math.inf


def is_detail(mask: Region, click: Correction) -> bool:
    """Returns whether a click so near to the border, for the size of the mask, says that a detail of it is wrong.

    One farther off says that something else was meant.
    """
    area = int(np.count_nonzero(mask.pixels))
    return distance_to_border(mask, click.x, click.y) <= DETAIL * math.sqrt(area)


def has_pixel(mask: Region, x: int, y: int) -> bool:
    """Returns whether the pixel in column x, row y of the image belongs to the mask."""
    height, width = mask.pixels.shape
    column, row = x - mask.x, y - mask.y
    return 0 <= column < width and 0 <= row < height and bool(mask.pixels[row, column])


@dataclass(frozen=True, eq=False)
class _Place:
    """Where a click corrects a mask. distance: what the correction is measured by."""

    box: Box
    click: Correction
    distance: float
    on_start: _Pixels
    """The mask in the box; of a negative click, what lies around the mask, which it adds to."""
    before: Sequence[Correction]

    def disc(self, radius: float) -> _Pixels:
        """Returns what is so many times the distance from the click, or nearer; without a border, the click alone."""
        if math.isinf(radius):
            return np.ones_like(self.on_start)
        limit = radius * self.distance if math.isfinite(self.distance) else 0
        return _squares(self.box, self.click) <= limit**2

    def change(self, wanted: _Pixels) -> _Pixels:
        """Returns the part of what is wanted that the click lies in, without what is so already."""
        return _reached(wanted, self.box, self.click, self.before) & ~self.on_start


def _corrected(
    start: Region,
    answer: Region,
    click: Correction,
    before: Sequence[Correction],
    reach: float,
    *,
    insists: bool,
    look: Look | None,
) -> Region:
    distance = _span(start, click)
    if math.isinf(distance):
        reach = math.inf
    box = _box_of(start, answer, click, _OVER_REACH * reach * distance)
    on_start, on_answer = cut(start, box), cut(answer, box)
    if not click.positive:  # what is to be removed of a mask is to be added to what lies around it
        on_start, on_answer = ~on_start, ~on_answer
    place = _Place(box, click, distance, on_start, before)
    is_so = has_pixel(start, click.x, click.y) == click.positive
    said = on_answer | on_start if is_so else on_answer & ~on_start  # what hangs together with what is so grows
    insisted = np.zeros_like(on_start)
    if insists and not is_so:
        insisted = place.disc(_LEAST) & ~on_start
    change = _change(place, said, insisted, reach, look)
    return (added if click.positive else removed)(start, Region(box[0], box[1], change, start.image_size))


def _change(place: _Place, said: _Pixels, insisted: _Pixels, reach: float, look: Look | None) -> _Pixels:
    """What a click changes of what the answer said and what it insists on; what a disc would end ends at edges."""
    wanted = said | insisted
    near = place.change(wanted & place.disc(reach))
    if math.isinf(reach):
        return near
    together = place.change(wanted & place.disc(_OVER_REACH * reach))
    ends = np.count_nonzero(together) <= _MOST_OVER * np.count_nonzero(near)
    is_told = np.count_nonzero(place.change(said & place.disc(reach))) >= np.count_nonzero(insisted)
    found = None
    if look is not None and not (ends and is_told):
        found = _to_edges(place, wanted if is_told else ~place.on_start, look(place.box))
    return found if found is not None else together if ends else near


def _to_edges(place: _Place, wanted: _Pixels, image: NDArray[np.uint8] | None) -> _Pixels | None:
    """What is wanted as far as the edges of the image, seen from the click and the mask; None where nothing ends it."""
    possible = wanted & place.disc(_TO_EDGES)
    outside = ~possible & ~place.on_start
    if image is None or not outside.any():
        return None
    inside = place.on_start | (place.disc(_LEAST) & possible)
    return place.change(grown(image, inside, outside, place.distance) & wanted)


def _span(start: Region, click: Correction) -> float:
    """The distance that a correction is measured by; inf where the mask is empty."""
    distance, area = distance_to_border(start, click.x, click.y), int(np.count_nonzero(start.pixels))
    return min(distance, max(_FARTHEST * math.sqrt(area), _FARTHEST_PX)) if area else distance


def _box_of(start: Region, answer: Region, click: Correction, radius: float) -> Box:
    """Where something may change."""
    if math.isfinite(radius):
        whole = math.ceil(radius)
        around = click.x - whole, click.y - whole, click.x + whole + 1, click.y + whole + 1
        return clipped(around, start.image_size)
    boxes = [(click.x, click.y, click.x + 1, click.y + 1)]
    boxes += [bounds(region) for region in (start, answer) if region.pixels.any()]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    box = min(lefts), min(tops), max(rights), max(bottoms)
    check_region((box[3] - box[1], box[2] - box[0]), start.image_size)
    return box


def _reached(wanted: _Pixels, box: Box, click: Correction, before: Sequence[Correction]) -> _Pixels:
    """The part of wanted that the click lies in, without what is nearer to an earlier click that says otherwise."""
    part = part_at(wanted, click.x - box[0], click.y - box[1])
    against = [e for e in before if e.positive != click.positive and (e.x, e.y) != (click.x, click.y)]
    inside = [e for e in against if box[0] <= e.x < box[2] and box[1] <= e.y < box[3]]
    inside = [e for e in inside if part[e.y - box[1], e.x - box[0]]]
    if not inside:
        return part
    own = _squares(box, click)
    for each in inside:
        part &= own < _squares(box, each)
    return part_at(part, click.x - box[0], click.y - box[1])


def _squares(box: Box, click: Correction) -> NDArray[np.int64]:
    """The squared distance of each pixel of the box from the click."""
    rows, columns = np.ogrid[box[1] : box[3], box[0] : box[2]]
    return np.asarray((rows - click.y) ** 2 + (columns - click.x) ** 2, np.int64)
