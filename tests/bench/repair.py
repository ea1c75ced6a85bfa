"""Union, subtract, grow and smooth of a mask of 6 megapixels on an image of 24: each from mask to mask, as RLE.

Not counted in the bar, but shown: the other repairs, and the same by pixels (OpenCV's morphology on the whole image),
which is what an editor that keeps bitmaps does.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.combining import subtract, union
from app.masks.hull import hull
from app.masks.morphology import grow, shrink, smooth
from app.masks.parts import drop_islands, fill_holes, split
from app.masks.rle import Mask
from tests.bench.rows import Row

SIZE = (4000, 6000)
_RUNS = 9
_BAR_MS = 30.0


def repair_rows() -> list[Row]:
    """One row for each of the four, and one for the slowest of the others."""
    one, other = Mask.from_array(_blob(2800, 2000, petals=9)), Mask.from_array(_blob(3300, 2100, petals=7))
    assert 5_500_000 < one.area < 7_000_000
    must: dict[str, Callable[[], object]] = {
        "union": lambda: union([one, other]),
        "subtract": lambda: subtract(one, [other]),
        "grow": lambda: grow(one),
        "smooth": lambda: smooth(one),
    }
    others: list[Callable[[], object]] = [
        lambda: shrink(one), lambda: fill_holes(one, 9), lambda: drop_islands(one, 9), lambda: split(one),
        lambda: hull(one),
    ]  # fmt: skip
    theirs = {"grow": _timed(lambda: cv2.dilate(one.to_array().view(np.uint8), np.ones((3, 3), np.uint8)))}
    rows = [_row(f"{name} of a 6-megapixel mask", _timed(do), theirs.get(name)) for name, do in must.items()]
    slowest = max(_timed(do) for do in others)
    return [*rows, _row("slowest of shrink, holes, islands, split, hull of it", slowest, None)]


def _row(name: str, value: float, theirs: float | None) -> Row:
    ratio = None if theirs is None else theirs / value
    return Row(name, value, "ms", theirs, ratio, f"<= {_BAR_MS:.0f} ms", value <= _BAR_MS)


def _timed(do: Callable[[], object]) -> float:
    do()
    times: list[float] = []
    for _ in range(_RUNS):
        began = perf_counter()
        do()
        times.append((perf_counter() - began) * 1000)
    return median(times)


def _blob(x: int, y: int, petals: int) -> NDArray[np.bool_]:
    """A round shape of about 6 megapixels with petals."""
    rows, columns = np.ogrid[: SIZE[0], : SIZE[1]]
    angle = np.arctan2(rows - y, columns - x)
    return np.hypot(columns - x, rows - y) < 1380 * (1 + 0.08 * np.sin(petals * angle))
