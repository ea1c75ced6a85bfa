"""A mask with holes and parts as one closed ring, for formats that have room for one: bridges of no width, gone over
once in each direction, join the outlines (keyholes).

Filled with the even-odd or the non-zero rule a ring is the mask. Readers that fill the line too see the bridges: those
to holes lead straight up through the mask, where they do no harm, and those between parts are short.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.masks.outlines import outlines
from app.masks.regions import count_parts, parts
from app.masks.rle import Mask, Region
from app.masks.tracing import INSET, traced

MOST_OUTLINES = 5000
"""Of parts and holes of an object that becomes polygons: bridges through noise would take minutes."""
_Points = NDArray[np.float64]
_Bridge = tuple[int, float, _Points, int]
"""The number of the point before its beginning, how far it is from there to the next, its points up to the outline to
which it leads, and the number of that."""
_Join = tuple[int, int, int]
"""The number of an outline, and two points by which it is joined: one of all that are there, and one of its own."""
_MOST_PAIRS = 1_000_000
"""Of points of two outlines; where there are more, near ones are felt for."""
_WORK = 100_000_000
"""Pairs of points looked at for one mask, as a guide: noise with 100,000 parts stays a matter of seconds."""


def ring(mask: Mask, tolerance: float = 0.0, inset: float = 0.0) -> _Points:
    """Makes one ring of a mask that is not empty: (N, 2) float64 xy, of what `traced` returns."""
    return ring_of(mask.region(), tolerance, inset)


def ring_of(region: Region, tolerance: float = 0.0, inset: float = 0.0) -> _Points:
    """Makes one ring of a region that is not empty: (N, 2) float64 xy, of what `traced` returns."""
    return _joined(traced(region, tolerance, inset))


def inset_ring(mask: Mask, tolerance: float) -> list[_Points]:
    """Makes the one ring that a format writes in hundredths of a pixel, drawn in by INSET: (N, 2) float64 xy. The mask
    is not empty."""
    return [ring(mask, tolerance, INSET).round(2)]


def _joined(rings: list[_Points]) -> _Points:
    return rings[0] if len(rings) == 1 else _Tree(rings).joined()


def part_rings(mask: Mask, tolerance: float = 0.0, inset: float = 0.0) -> list[_Points]:
    """Makes a ring for each part of a mask, (N, 2) float64 xy of what `traced` returns; none when there are more than
    MOST_OUTLINES. Pixels that touch only diagonally are two parts, as in `outlines`."""
    region = mask.region()
    count = count_parts(region, diagonal=False)
    if count > MOST_OUTLINES or (count > 1 and len(outlines(region)) > MOST_OUTLINES):
        return []
    if count == 1:
        traced_rings = traced(region, tolerance, inset)
        return [] if len(traced_rings) > MOST_OUTLINES else [_joined(traced_rings)]
    return [ring_of(part, tolerance, inset) for part in parts(region, diagonal=False)]


class _Tree:
    """Outlines and the bridges between them, which lead from the first one to all others."""

    def __init__(self, rings: list[_Points]) -> None:
        self._rings = rings
        self._firsts = np.cumsum([0, *map(len, rings)])
        self._points = np.concatenate(rings)
        self._entries: list[tuple[int, float, _Points]] = [(0, 0.0, each[0]) for each in rings]
        """Where each is entered, told as in a bridge."""
        self._bridges: list[list[_Bridge]] = [[] for _ in rings]
        self._placed = np.empty(len(self._points), np.int64)
        """The points of what hangs together with the first outline."""
        self._there = np.empty((2, len(self._points)))
        """Where those are: x and y."""
        self._count = 0
        self._window = max(4000, _WORK // len(self._points))

    def joined(self) -> _Points:
        """Returns the one ring."""
        apart = self._join_holes()
        self._place(apart[0])
        for number, there, here in self._shortest(apart) or self._near(apart):
            self._join_part(number, there, here)
            self._place(number)
        walked = np.concatenate(list(self._walk(apart[0])))
        return walked[(walked != np.roll(walked, 1, axis=0)).any(axis=1)]

    # --- holes ---------------------------------------------------------------------------------------------------

    def _join_holes(self) -> list[int]:
        """Returns the outlines that are none of holes, and those of holes above which there is nothing."""
        ends = np.concatenate([np.roll(each, -1, axis=0) for each in self._rings])
        return [n for n, each in enumerate(self._rings) if not _is_hole(each) or not self._join_above(n, ends)]

    def _join_above(self, number: int, ends: _Points) -> bool:
        """Joins a hole to the outline above it. Whatever that is begins higher: there are no circles."""
        starts, its = self._points, self._rings[number]
        self._entries[number] = entry = _upper_point(its)
        x = float(entry[2][0])
        crossed = np.flatnonzero((starts[:, 0] <= x) != (ends[:, 0] <= x))
        sides = ends[crossed] - starts[crossed]
        shares = (x - starts[crossed, 0]) / sides[:, 0]
        ys = starts[crossed, 1] + shares * sides[:, 1]
        ys[ys >= its[:, 1].min()] = -np.inf
        nearest = int(ys.argmax())
        if ys[nearest] == -np.inf:
            return False
        owner, place = self._owner(int(crossed[nearest]))
        self._bridges[owner].append((place, float(shares[nearest]), np.array([[x, ys[nearest]]]), number))
        return True

    def _owner(self, point: int) -> tuple[int, int]:
        """The outline that a point belongs to, and its number in there."""
        owner = int(np.searchsorted(self._firsts, point, side="right")) - 1
        return owner, point - int(self._firsts[owner])

    # --- parts ---------------------------------------------------------------------------------------------------

    def _place(self, number: int) -> None:
        """Adds an outline with its holes to what hangs together."""
        pending = [number]
        while pending:
            each = pending.pop()
            first, end = self._firsts[each], self._firsts[each + 1]
            added = slice(self._count, self._count + end - first)
            self._placed[added] = np.arange(first, end)
            self._there[:, added] = self._rings[each].T
            self._count = added.stop
            pending += [leads_to for *_, leads_to in self._bridges[each]]

    def _shortest(self, apart: list[int]) -> list[_Join]:
        """Which parts to join by which points, in this order, so that all bridges together are as short as can be (the
        minimum spanning tree of Prim, 1957). Nothing where there are too many points."""
        points: list[_Points] = [self._rings[number] for number in apart]
        if len(apart) == 1 or sum(map(len, points)) ** 2 > 4 * _MOST_PAIRS:
            return []
        firsts = np.cumsum([0, *map(len, points[:-1])])
        all_points = np.concatenate(points).T
        pairs = _distances(all_points[:, :, None], all_points[:, None])
        lengths = np.minimum.reduceat(np.minimum.reduceat(pairs, firsts, axis=0), firsts, axis=1)
        found: list[_Join] = []
        nearest, is_there = np.zeros(len(apart), np.int64), np.zeros(len(apart), np.bool_)
        last = 0
        while len(found) < len(apart) - 1:
            is_there[last] = True
            nearest = np.where(lengths[last] < lengths[nearest, range(len(apart))], last, nearest)
            last = int(np.where(is_there, np.inf, lengths[nearest, range(len(apart))]).argmin())
            first, other = int(firsts[last]), int(firsts[nearest[last]])
            owner = int(nearest[last])
            block = pairs[other : other + len(points[owner]), first : first + len(points[last])]
            there, here = divmod(int(block.argmin()), len(points[last]))
            found.append((apart[last], int(self._firsts[apart[owner]]) + there, here))
        return found

    def _near(self, apart: list[int]) -> Iterator[_Join]:
        """Which parts to join by which points: each to what is near it of those before."""
        for number in apart[1:]:
            near = slice(max(0, self._count - self._window), self._count)
            there, here = _nearest(self._there[:, near], self._rings[number].T)
            yield number, int(self._placed[near][there]), here

    def _join_part(self, number: int, there: int, here: int) -> None:
        """Joins a part by its point here to the point there, which is one of all."""
        owner, place = self._owner(there)
        self._entries[number] = here, 0.0, self._rings[number][here]
        path = _path(self._rings[owner][place], self._rings[number][here])
        self._bridges[owner].append((place, 0.0, path, number))

    # --- the ring ------------------------------------------------------------------------------------------------

    def _walk(self, root: int) -> Iterator[_Points]:
        """All points in the order of the one ring. A tree may be deep: no recursion."""
        pending = [self._around(root)]
        while pending:
            for piece in pending[-1]:
                if isinstance(piece, int):
                    pending.append(self._around(piece))
                    break
                yield piece
            else:
                pending.pop()

    def _around(self, number: int) -> Iterator[_Points | int]:
        """Once around an outline, back to where it was entered; in between the numbers of those that hang on it."""
        points, (first, share, beginning) = self._rings[number], self._entries[number]
        turned, at = np.concatenate([points, points]), first + 1
        yield beginning[None]
        for (steps, _), path, leads_to in sorted(
            ((_steps(bridge, first, share, len(points)), bridge[2], bridge[3]) for bridge in self._bridges[number]),
            key=lambda each: each[0],
        ):
            yield turned[at : first + steps + 1]
            at = max(at, first + steps + 1)
            yield path
            yield leads_to
            yield path[::-1]
        yield turned[at : first + len(points) + 1]
        yield beginning[None]


def _steps(bridge: _Bridge, first: int, share: float, count: int) -> tuple[int, float]:
    """How many points, and how far beyond the last one, a bridge is from where its outline of count points is
    entered."""
    steps = (bridge[0] - first) % count
    return (steps if steps or bridge[1] >= share else count), bridge[1]


def _is_hole(points: _Points) -> bool:
    x, y = (points - points[0]).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) < 0


def _upper_point(points: _Points) -> tuple[int, float, _Points]:
    """A point on the upper side of a hole, half a pixel from its left end: the number of the corner before it, how far
    it is from there to the next, and itself."""
    x, y = points.T
    left = int(np.lexsort((x, y))[0])
    ahead, behind = (left + 1) % len(points), (left - 1) % len(points)
    other = ahead if x[ahead] > x[behind] else behind
    side = points[other] - points[left]
    share = 0.5 / float(side[0]) if side[0] > 1 else 0.5
    point = points[left] + share * side
    return (left, share, point) if other == ahead else (other, 1 - share, point)


def _path(start: _Points, end: _Points) -> _Points:
    """The way from start to end without it: by pixels to the diagonal, then along it, so that both ways over it are the
    same pixels, and no more than there need be."""
    (x, y), (dx, dy) = np.floor(start), np.floor(end) - np.floor(start)
    straight = abs(dx) - abs(dy)
    if not dx or not dy or not straight:
        return start[None]
    knee = (x + np.sign(dx) * straight, y) if straight > 0 else (x, y - np.sign(dy) * straight)
    return np.stack([start, np.array(knee) + 0.5])


def _nearest(placed: _Points, part: _Points) -> tuple[int, int]:
    """The numbers of two near points, as many pixels apart as the line between them is long: the nearest ones, where
    there are not too many pairs. Both are (2, N)."""
    if placed.shape[1] * part.shape[1] <= _MOST_PAIRS:
        pairs = _distances(placed[:, :, None], part[:, None])
        return divmod(int(pairs.argmin()), part.shape[1])
    there = here = 0
    for _ in range(4):
        there = int(_distances(placed, part[:, here, None]).argmin())
        here = int(_distances(part, placed[:, there, None]).argmin())
    return there, here


def _distances(ones: _Points, others: _Points) -> _Points:
    return np.maximum(np.abs(ones[0] - others[0]), np.abs(ones[1] - others[1]))
