"""The corners of a polygon in the making, in legs: a click, a stretch drawn freehand or along edges. Each is taken back
as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

Point: TypeAlias = tuple[float, float]
"""x, y in image pixels."""


class Corners:
    """Grows by legs and is taken back by legs."""

    def __init__(self) -> None:
        self._legs: list[tuple[Point, ...]] = []

    def __len__(self) -> int:
        return sum(map(len, self._legs))

    @property
    def points(self) -> tuple[Point, ...]:
        """All corners, in their order."""
        return tuple(point for leg in self._legs for point in leg)

    @property
    def legs(self) -> int:
        """How many there are."""
        return len(self._legs)

    def leg(self, number: int) -> tuple[Point, ...]:
        """Returns the corners of a leg; none where there is no such leg."""
        return self._legs[number] if number < len(self._legs) else ()

    def begins_at(self, number: int) -> int:
        """Returns the place among all corners at which a leg begins: where the one before it ends."""
        return sum(map(len, self._legs[:number])) - 1

    @property
    def first(self) -> Point:
        """Where the polygon began; there is a corner at least."""
        return self._legs[0][0]

    @property
    def last(self) -> Point:
        """Where the last leg ends; there is a corner at least."""
        return self._legs[-1][-1]

    @property
    def handles(self) -> tuple[Point, ...]:
        """The first corner, and where each leg ends."""
        return (self._legs[0][0], *(leg[-1] for leg in self._legs if leg[-1] != self._legs[0][0])) if self._legs else ()

    def add(self, leg: Sequence[Point]) -> None:
        """Adds a leg; one without a point is none."""
        if leg:
            self._legs.append(tuple(leg))

    def replace(self, number: int, leg: Sequence[Point]) -> None:
        """Lets a leg that is there go another way."""
        self._legs[number] = tuple(leg)

    def back(self) -> None:
        """Takes back the last leg."""
        if self._legs:
            self._legs.pop()


def thinned(path: Sequence[Point], tolerance: float) -> list[Point]:
    """Returns the points of a path that say how it goes, its ends among them. tolerance: how far what is left out may
    lie beside it, in image pixels. Source: Douglas and Peucker, 1973."""
    if len(path) <= 2:
        return list(path)
    origin = np.asarray(path[0], np.float64)
    near = (np.asarray(path, np.float64) - origin).astype(np.float32)  # far out, float32 would be coarse
    kept = cv2.approxPolyDP(near.reshape(-1, 1, 2), tolerance, False).reshape(-1, 2) + origin
    return [(float(x), float(y)) for x, y in kept]
