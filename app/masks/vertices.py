"""Vertices of an outline that can be moved while the rest of the mask stays as it is, to the pixel.

Between two vertices the outline goes its exact way along the pixels, however simple the polygon of the vertices is.
Only where one is moved do its two edges become straight. What lies between the old ways and the new ones is what
changes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.masks.evenodd import Edges, Points, area_inside, around, edges_cross, inside
from app.masks.regions import bounds, clipped, cut
from app.masks.rle import Mask, Region, check_region
from app.masks.tracing import simplest, turns

_Ints = NDArray[np.int64]
_MOST_TOUCHED = 200
"""Edges that are compared with all others, to see whether they cross."""
_MOST_COMPARED = 30_000_000
"""Corners of a file's polygons with places along the outline, before they are given up: a second."""


class Fit(NamedTuple):
    """How well the polygon of the vertices says what the mask is. deviation: the largest, in pixels."""

    vertices: int
    iou: float
    deviation: float


@dataclass(frozen=True, eq=False)
class VertexOutline:
    """The vertices of all polygons of a mask, one after the other; a value: what changes it returns another."""

    points: Points
    """(N, 2) x, y in image pixels."""
    starts: _Ints
    """(R,) the first vertex of each polygon."""
    exact: Points
    """(K, 2) all of the exact outlines: corners, and the middles of their edges."""
    spans: _Ints
    """(R, 2) which part of exact each polygon goes along."""
    at: _Ints
    """(N,) where in exact a vertex leaves it."""
    is_straight: NDArray[np.bool_]
    """(N,) the edge from a vertex goes straight to the next one, not the exact way."""

    # --- what there is -------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def following(self) -> _Ints:
        """Returns the vertex after each one in its polygon, (N,)."""
        following = np.arange(1, len(self) + 1)
        following[np.append(self.starts[1:], len(self))[: len(self.starts)] - 1] = self.starts
        return following

    @cached_property
    def preceding(self) -> _Ints:
        """Returns the vertex before each one in its polygon, (N,)."""
        preceding = np.empty(len(self), np.int64)
        preceding[self.following] = np.arange(len(self))
        return preceding

    @cached_property
    def ring_of(self) -> _Ints:
        """Returns the polygon that each vertex belongs to, (N,)."""
        return np.repeat(np.arange(len(self.starts)), np.diff(np.append(self.starts, len(self))))

    @cached_property
    def rings(self) -> list[Points]:
        """Returns the polygons of the vertices."""
        return np.split(self.points, self.starts[1:]) if len(self) else []

    def edges(self, of: _Ints | None = None) -> Edges:
        """Returns the straight edges, (n, 4), from the vertices with these indices, (n,), to those after them; from
        all, if none are given."""
        chosen = np.arange(len(self)) if of is None else of
        return np.concatenate([self.points[chosen], self.points[self.following[chosen]]], axis=1)

    def ways(self, of: _Ints | None = None) -> Edges:
        """Returns the edges, (K, 4), along which the mask goes from the vertices with these indices, (n,), to those
        after them; from all, if none are given."""
        chosen = np.arange(len(self)) if of is None else of
        straight, exact = chosen[self.is_straight[chosen]], chosen[~self.is_straight[chosen]]
        steps, counts = self._steps(exact) if of is not None else self._exact_steps
        ends = np.cumsum(counts)
        is_last = np.zeros(len(steps), np.bool_)
        is_last[ends - 1] = True
        along = np.concatenate([self.exact[steps[:-1]], self.exact[steps[1:]]], axis=1)[~is_last[:-1]]
        begins = np.concatenate([self.points[exact], self.exact[self.at[exact]]], axis=1)
        to = self.following[exact]
        closing = np.concatenate([self.exact[self.at[to]], self.points[to]], axis=1)
        return np.concatenate([self.edges(straight), along, begins, closing])

    @cached_property
    def _exact_steps(self) -> tuple[_Ints, _Ints]:
        return self._steps(np.flatnonzero(~self.is_straight))

    def _steps(self, exact: _Ints) -> tuple[_Ints, _Ints]:
        """Returns where in self.exact the edges from these vertices go along, both ends included, and how many each."""
        spans = self.spans[self.ring_of[exact]]
        first, length = self.at[exact], spans[:, 1] - spans[:, 0]
        counts = (self.at[self.following[exact]] - first) % length + 1
        along = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.repeat(spans[:, 0], counts) + (np.repeat(first - spans[:, 0], counts) + along) % np.repeat(
            length, counts
        ), counts

    def fit(self, region: Region) -> Fit:
        """Compares the polygon of the vertices with the mask that they are of."""
        box, edges = bounds(region), self.edges()
        area = int(np.count_nonzero(region.pixels)) if region.rle is None else region.rle.area
        here, apart = area_inside(edges, box), area_inside(np.concatenate([edges, self.ways()]), box)
        either = (here + area + apart) // 2
        both = either - apart
        return Fit(len(self), both / either if either else 1.0, self._deviation())

    def _deviation(self) -> float:
        exact, (steps, counts) = np.flatnonzero(~self.is_straight), self._exact_steps
        if not len(steps):
            return 0.0
        a, b = (np.repeat(self.points[ends], counts, axis=0) for ends in (exact, self.following[exact]))
        return float(_distances(self.exact[steps], a, b).max())

    def crosses_at(self, chosen: Collection[int]) -> bool:
        """Returns True if an edge at one of these vertices crosses another; not looked for at hundreds of them."""
        touched = self._touched(chosen)
        return len(touched) <= _MOST_TOUCHED and edges_cross(self.edges(touched), self.edges())

    def _touched(self, chosen: Collection[int]) -> _Ints:
        """The vertices whose edges end at one of the chosen ones, or begin there."""
        which, is_touched = np.array(sorted(chosen), np.int64), np.zeros(len(self), np.bool_)
        is_touched[which] = is_touched[self.preceding[which]] = True
        return np.flatnonzero(is_touched)

    # --- what changes it -----------------------------------------------------------------------------------------

    def moved(self, chosen: Collection[int], dx: float, dy: float) -> Edit:
        """Returns the outline with these vertices elsewhere; their edges are straight from now on."""
        which, touched = np.array(sorted(chosen), np.int64), self._touched(chosen)
        points, is_straight = self.points.copy(), self.is_straight.copy()
        points[which] += (dx, dy)
        is_straight[touched] = True
        after = replace(self, points=points, is_straight=is_straight)
        return Edit(after, np.concatenate([self.ways(touched), after.edges(touched)]))

    def inserted(self, before: int, x: float, y: float) -> Edit:
        """Returns the outline with one more vertex behind that one, where its edge is nearest; nothing looks different
        until it is moved."""
        index, edge = before + 1, np.array([before])
        at, is_straight = self.at[before], bool(self.is_straight[before])
        if is_straight:
            point = _nearest(np.array([[x, y]]), self.points[edge], self.points[self.following[edge]])[0]
        else:
            steps, _ = self._steps(edge)
            way = np.concatenate([self.points[edge], self.exact[steps], self.points[self.following[edge]]])
            on_way = _nearest(np.array([[x, y]]), way[:-1], way[1:])
            closest = int(np.argmin(((on_way - (x, y)) ** 2).sum(axis=1)))
            at, point = np.append(steps[:1], steps)[closest], on_way[closest]
        after = VertexOutline(
            np.insert(self.points, index, point, axis=0), self.starts + (self.starts > before), self.exact, self.spans,
            np.insert(self.at, index, at), np.insert(self.is_straight, index, is_straight),
        )  # fmt: skip
        return Edit(after, np.concatenate([self.ways(edge), after.ways(np.array([before, index]))]))

    def without(self, chosen: Collection[int]) -> Edit:
        """Returns the outline without these vertices. A polygon of fewer than three goes as a whole."""
        stays = np.ones(len(self), np.bool_)
        stays[list(chosen)] = False
        counts = np.add.reduceat(stays, self.starts, dtype=np.int64)
        is_left = counts >= 3
        stays &= is_left[self.ring_of]
        lost = ~(stays & stays[self.following])
        kept = np.flatnonzero(stays)
        opens = lost[kept]
        counts = counts[is_left]
        after = VertexOutline(
            self.points[kept], np.cumsum(counts) - counts, self.exact, self.spans[is_left], self.at[kept],
            self.is_straight[kept] | opens,
        )  # fmt: skip
        return Edit(after, np.concatenate([self.ways(np.flatnonzero(lost)), after.edges(np.flatnonzero(opens))]))

    # --- where it is ---------------------------------------------------------------------------------------------

    def vertex_at(self, x: float, y: float, reach: float) -> int | None:
        """Returns the vertex nearest to a place, if it is so near in both directions."""
        if not len(self):
            return None
        away = np.abs(self.points - (x, y)).max(axis=1)
        found = int(np.argmin(away))
        return found if away[found] <= reach else None

    def edge_at(self, x: float, y: float, reach: float) -> tuple[int, float, float] | None:
        """Returns the edge nearest to a place, by the vertex that it begins at, and where on it, if it is so near."""
        place, (a, b) = np.array([[x, y]]), (self.points, self.points[self.following])
        away = _distances(place, a, b)
        if not len(self) or away.min() > reach:
            return None
        found = int(np.argmin(away))
        on_x, on_y = _nearest(place, a[found : found + 1], b[found : found + 1])[0].tolist()
        return found, on_x, on_y

    def within(self, x0: float, y0: float, x1: float, y1: float) -> frozenset[int]:
        """Returns the vertices in a box, whose corners are in any order."""
        low, high = np.array([min(x0, x1), min(y0, y1)]), np.array([max(x0, x1), max(y0, y1)])
        return frozenset(np.flatnonzero(((self.points >= low) & (self.points <= high)).all(axis=1)).tolist())


class Edit(NamedTuple):
    """An outline after a change. toggled: what lies inside these edges is now what it was not."""

    outline: VertexOutline
    toggled: Edges

    def applied(self, region: Region) -> Region:
        """Returns the mask after the change; the very same where no pixel differs. Raises Problem when the change
        reaches over too much of a huge image."""
        box = clipped(around(self.toggled), region.image_size) if len(self.toggled) else (0, 0, 0, 0)
        if box[0] >= box[2] or box[1] >= box[3]:
            return region
        change = inside(self.toggled, box, region.image_size)
        if not change.any():
            return region
        old = bounds(region) if region.pixels.size else box
        x0, y0, x1, y1 = (*map(min, old[:2], box[:2]), *map(max, old[2:], box[2:]))
        check_region((y1 - y0, x1 - x0), region.image_size)
        pixels = cut(region, (x0, y0, x1, y1))
        pixels[box[1] - y0 : box[3] - y0, box[0] - x0 : box[2] - x0] ^= change
        toggled = Region(box[0], box[1], change, region.image_size)
        rle = None if region.rle is None else region.rle.toggled(Mask.from_region(toggled))
        return Region(x0, y0, pixels, region.image_size, rle)


def vertices_of(outlines: Sequence[NDArray[np.floating]], detail: float) -> VertexOutline:
    """Returns the vertices that keep the outlines of a mask within so many pixels of what they are; 0: all corners.

    outlines: (N, 2) xy each, as masks.outlines makes them, exact.
    """
    places = [_along(outline.astype(np.float64)) for outline in outlines]
    return _joined(places, [_simple(along, detail) for along in places])


def vertices_from(
    rings: Sequence[Points], outlines: Sequence[NDArray[np.floating]], reach: float = 2.0
) -> VertexOutline | None:
    """Returns vertices that are the corners of polygons which somebody else drew, if they go along the outlines of the
    mask, (N, 2) xy each: each corner within so many pixels, and in their order. None if they do not."""
    if len(rings) != len(outlines):
        return None
    places = [_along(outline.astype(np.float64)) for outline in outlines]
    if sum(map(len, rings)) * sum(map(len, places)) > _MOST_COMPARED:
        return None
    left = [np.asarray(ring, np.float64) for ring in rings]
    chosen: list[tuple[Points, _Ints]] = []
    for along in places:
        found = [(i, *f) for i, ring in enumerate(left) if (f := _followed(ring, along, reach)) is not None]
        if len(found) != 1:
            return None
        chosen.append(found[0][1:])
        del left[found[0][0]]
    return replace(_joined(places, [at for _, at in chosen]), points=np.concatenate([ring for ring, _ in chosen]))


def _along(corners: Points) -> Points:
    """Corners and the middles of the edges from them, in turn: (2N, 2)."""
    return np.stack([corners, (corners + np.roll(corners, -1, axis=0)) / 2], axis=1).reshape(-1, 2)


def _simple(along: Points, detail: float) -> _Ints:
    """The places of one exact outline that become vertices."""
    corners = np.arange(0, len(along), 2)
    if not detail:
        return corners
    candidates = np.flatnonzero(turns(along[0::2]).reshape(-1))
    origin = along.min(axis=0)
    halves = np.rint(2 * (along[candidates] - origin)).astype(np.int64)
    keys = halves[:, 0] << 32 | halves[:, 1]
    single, where, counts = np.unique(keys, return_index=True, return_counts=True)
    single, where = single[counts == 1], where[counts == 1]  # where two pixels touch by a corner it passes twice
    candidates = candidates[np.sort(where)]
    area = _area(along[0::2] - origin)
    simple = simplest(along[candidates] - origin, detail, area, otherwise=np.empty((0, 2)))
    halves = np.rint(2 * simple).astype(np.int64)
    found = np.searchsorted(single, halves[:, 0] << 32 | halves[:, 1])
    chosen = np.flatnonzero(turns(along[0::2]).reshape(-1))[where[found]] if len(simple) else corners
    return np.sort(chosen)


def _area(polygon: Points) -> float:
    x, y = polygon.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def _followed(ring: Points, along: Points, reach: float) -> tuple[Points, _Ints] | None:
    """The corners of a polygon, in the order of an exact outline, and where along it they lie; None if they do not."""
    if (_area(ring) < 0) != (_area(along) < 0):
        ring = ring[::-1]
    at = np.array([int(np.argmin(((along - corner) ** 2).sum(axis=1))) for corner in ring])
    if len(ring) < 3 or (np.abs(along[at] - ring).max() > reach):
        return None
    steps = np.diff(np.append(at, at[0])) % len(along)
    return (ring, at) if (steps > 0).all() and steps.sum() == len(along) else None


def _joined(places: Sequence[Points], chosen: Sequence[_Ints]) -> VertexOutline:
    lengths = np.array([len(along) for along in places], np.int64)
    counts = np.array([len(each) for each in chosen], np.int64)
    begins = np.cumsum(lengths) - lengths
    at = np.concatenate([each + begin for each, begin in zip(chosen, begins, strict=True)] or [np.empty(0, np.int64)])
    exact = np.concatenate([*places, np.empty((0, 2))])
    spans = np.stack([begins, begins + lengths], axis=1)
    return VertexOutline(exact[at], np.cumsum(counts) - counts, exact, spans, at, np.zeros(len(at), np.bool_))


def _nearest(places: Points, a: Points, b: Points) -> Points:
    """The point of each edge a-b that is nearest to a place."""
    way = b - a
    length = np.maximum((way**2).sum(axis=1), 1e-12)
    share = np.clip(((places - a) * way).sum(axis=1) / length, 0, 1)
    return a + share[:, None] * way


def _distances(places: Points, a: Points, b: Points) -> NDArray[np.float64]:
    return np.sqrt(((_nearest(places, a, b) - places) ** 2).sum(axis=1))
