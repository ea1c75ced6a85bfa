"""A mask with holes and parts as one closed ring, for formats that have room for one: bridges of no width, gone over
once in each direction, join the outlines. Filled with the even-odd or the non-zero rule it is the mask."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.masks.outlines import outlines
from app.masks.rle import Mask, Region

_WINDOW = 4_000
"""Corners placed last among which a near one is looked for: noise with 100,000 parts stays a matter of seconds."""
_Corner = tuple[int, int]
"""The number of a ring, and the place of the corner in it."""


def ring(mask: Mask) -> NDArray[np.float64]:
    """Makes one ring of a mask that is not empty: (N, 2) float64, xy along pixel edges."""
    return ring_of(mask.region())


def ring_of(region: Region) -> NDArray[np.float64]:
    """Makes one ring of a region that is not empty: (N, 2) float64, xy along pixel edges."""
    rings = [polygon.astype(np.float64) for polygon in outlines(region)]
    firsts = np.cumsum([0, *map(len, rings)])
    walk = np.array(list(_walk(rings, _links(rings))))
    return np.concatenate(rings)[firsts[walk[:-1, 0]] + walk[:-1, 1]]


def _links(rings: list[NDArray[np.float64]]) -> dict[_Corner, list[_Corner]]:
    """Where the bridges from a corner lead: a tree of all rings whose root is the first."""
    sizes = [len(each) for each in rings]
    owners = np.repeat(np.arange(len(rings)), sizes)
    firsts = np.cumsum([0, *sizes])
    points = np.concatenate(rings)
    links: dict[_Corner, list[_Corner]] = {}
    for number in range(1, len(rings)):
        begin = max(0, int(firsts[number]) - _WINDOW)
        placed = points[begin : firsts[number]]
        near = begin + int(np.abs(placed - rings[number][0]).sum(axis=1).argmin())
        corner = int(np.abs(rings[number][:_WINDOW] - points[near]).sum(axis=1).argmin())
        start = (int(owners[near]), near - int(firsts[owners[near]]))
        links.setdefault(start, []).append((number, corner))
    return links


def _walk(rings: list[NDArray[np.float64]], links: dict[_Corner, list[_Corner]]) -> Iterator[_Corner]:
    """All corners in the order of the one ring, back to the first. A tree may be deep: no recursion."""
    pending = [_around(rings, links, 0, 0)]
    while pending:
        for corner, bridge in pending[-1]:
            yield corner
            if bridge is not None:
                pending.append(_around(rings, links, *bridge))
                break
        else:
            pending.pop()


def _around(
    rings: list[NDArray[np.float64]], links: dict[_Corner, list[_Corner]], number: int, start: int
) -> Iterator[tuple[_Corner, _Corner | None]]:
    """Once around a ring, back to the corner it was entered at; each corner with the one to go to before the next."""
    for place in (*range(start, len(rings[number])), *range(start)):
        for bridge in links.get((number, place), ()):
            yield (number, place), bridge
        yield (number, place), None
    yield (number, start), None
