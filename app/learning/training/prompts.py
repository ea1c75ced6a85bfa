"""Simulated prompts: a click or a box on a region, then clicks where the mask is wrong. Cells of the logits in,
input pixels out. Source: SAM, section 3 and appendix A (training algorithm)."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.learning.training.lessons import STRIDE
from app.masks.metrics import interior_distance

LEVELS = 3
"""Part, whole, surroundings: as many as the network has tokens for."""
_BOX_JITTER, _MAX_BOX_JITTER_PX = 0.06, 12.0

Cover = NDArray[np.float32]
"""(h, w), the share of each cell that a region covers."""


def draw_region(rng: Generator, covers: NDArray[np.float32]) -> int:
    """Draws the region that is meant of covers (M, h, w), each as often as any other: then half of them are below
    2 % of the photo, as half of what people mark."""
    return int(rng.integers(len(covers)))


def click_cell(rng: Generator, cover: Cover) -> tuple[int, int]:
    """Draws the cell x, y of a first click: often the middle of the region, sometimes anywhere well inside."""
    depth = interior_distance(cover > 0.5)
    if depth.max() == 0:
        y, x = np.unravel_index(int(cover.argmax()), cover.shape)
        return int(x), int(y)
    kind = rng.random()
    least = 0.999 if kind < 0.4 else (0.5 if kind < 0.75 else 0.0)
    return _any_of(rng, (depth >= least * depth.max()) & (depth > 0))


def correction_cell(rng: Generator, cover: Cover, mask: NDArray[np.bool_]) -> tuple[int, int, bool]:
    """Draws a correcting click x, y, positive in the larger error of a mask (h, w). Where nothing is wrong, it lies
    somewhere that is right."""
    truth = cover > 0.5
    missing, excess = interior_distance(truth & ~mask), interior_distance(mask & ~truth)
    positive = bool(missing.max() >= excess.max())
    depth = missing if positive else excess
    if depth.max() == 0:
        x, y = _any_of(rng, truth) if truth.any() else (0, 0)
        return x, y, bool(truth[y, x])
    least = 0.999 if rng.random() < 0.6 else 0.5
    return *_any_of(rng, depth >= least * depth.max()), positive


def pixel_in(rng: Generator, x: int, y: int) -> tuple[float, float]:
    """Returns x, y near the middle of a cell, in input pixels."""
    jitter = rng.uniform(-0.3, 0.3, 2)
    return (x + 0.5 + jitter[0]) * STRIDE, (y + 0.5 + jitter[1]) * STRIDE


def box_of(rng: Generator, cover: Cover) -> NDArray[np.float32]:
    """Draws a box around a region (h, w): (4,), x0 y0 x1 y1 in input pixels; half of them are tight, the
    others hurried."""
    ys, xs = np.nonzero(cover > min(0.25, float(cover.max()) / 2))
    box = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], np.float32) * STRIDE
    if rng.random() < 0.5:
        reach = np.minimum(_BOX_JITTER * (box[2:] - box[:2]), _MAX_BOX_JITTER_PX)
        box += np.clip(rng.normal(size=4), -1.5, 1.5) * np.tile(reach, 2) * 0.67
    limit = np.array(cover.shape[::-1] * 2, np.float32) * STRIDE
    return np.clip(box, 0, limit).astype(np.float32)


def nested_regions(
    covers: NDArray[np.float32], x: int, y: int, wanted: int | None = None
) -> tuple[NDArray[np.float32], int]:
    """(LEVELS, h, w) and how many count: the smallest region that holds the cell, the wanted one, and the next larger
    one; two larger ones where the smallest is wanted, and two smaller ones where the largest is."""
    holders = np.flatnonzero(covers[:, y, x] > 0.5).tolist()
    if wanted is not None and wanted not in holders:
        holders.append(wanted)
    holders.sort(key=lambda i: float(covers[i].sum()))
    if len(holders) > LEVELS:
        middle = len(holders) // 2 if wanted is None else holders.index(wanted)
        middle = min(max(middle, 1), len(holders) - 2)
        holders = [holders[0], holders[middle], holders[middle + 1]]
    nested = np.zeros((LEVELS, *covers.shape[1:]), np.float32)
    nested[: len(holders)] = covers[holders]
    return nested, len(holders)


def _any_of(rng: Generator, cells: NDArray[np.bool_]) -> tuple[int, int]:
    ys, xs = np.nonzero(cells)
    at = rng.integers(len(ys))
    return int(xs[at]), int(ys[at])
