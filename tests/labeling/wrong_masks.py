"""Masks that are right but for one place: what an importer brings, or a slip of the brush."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.bool_]


def grown(truth: Pixels, random: np.random.Generator) -> Pixels:
    """Along a part of its border the mask is some pixels too wide."""
    band = _around(truth, _thickness(truth))
    return truth | _main_part(band & ~truth & _place(truth, random, 0.5))


def shrunk(truth: Pixels, random: np.random.Generator) -> Pixels:
    """Along a part of its border the mask is some pixels too narrow."""
    band = _around(~truth, _thickness(truth))
    return truth & ~_main_part(band & truth & _place(truth, random, 0.5))


def cut(truth: Pixels, random: np.random.Generator) -> Pixels:
    """A straight cut: what lies beyond it is missing, a tenth to a third of the mask."""
    y, x = np.nonzero(truth)
    angle = random.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    limit = np.quantile(along, random.uniform(0.67, 0.9))
    ys, xs = np.indices(truth.shape)
    return truth & ~_main_part(truth & (xs * np.cos(angle) + ys * np.sin(angle) > limit))


def missing(truth: Pixels, random: np.random.Generator) -> Pixels:
    """A round part at the border is missing."""
    return truth & ~_main_part(truth & _place(truth, random, random.uniform(0.15, 0.35)))


def leaking(truth: Pixels, random: np.random.Generator) -> Pixels:
    """It leaks into the surroundings at one place of the border."""
    return truth | _main_part(~truth & _place(truth, random, random.uniform(0.15, 0.35)))


KINDS: dict[str, Callable[[Pixels, np.random.Generator], Pixels]] = {
    f.__name__: f for f in (grown, shrunk, cut, missing, leaking)
}


def _place(truth: Pixels, random: np.random.Generator, share: float) -> Pixels:
    """A disc on the border, its radius so many times as large as the root of the area."""
    border = truth & _around(~truth, 1)
    y, x = random.choice(np.argwhere(border))
    ys, xs = np.ogrid[: truth.shape[0], : truth.shape[1]]
    return (ys - y) ** 2 + (xs - x) ** 2 <= max(3.0, share * np.sqrt(truth.sum())) ** 2


def _thickness(truth: Pixels) -> int:
    return max(2, round(0.06 * float(np.sqrt(truth.sum()))))


def _around(pixels: Pixels, distance: int) -> Pixels:
    side = 2 * distance + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.dilate(pixels.astype(np.uint8), disc).view(np.bool_)


def _main_part(pixels: Pixels) -> Pixels:
    _, part_of, figures, _ = cv2.connectedComponentsWithStats(pixels.astype(np.uint8), connectivity=4)
    if len(figures) < 2:
        return pixels
    return part_of == 1 + int(figures[1:, cv2.CC_STAT_AREA].argmax())
