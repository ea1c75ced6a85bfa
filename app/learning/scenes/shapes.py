"""Outlines of things: random masks that fill their box, uint8 0 or 1."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.learning.scenes.textures import fractal

Shape = NDArray[np.uint8]


def shape(rng: Generator, height: int, width: int) -> Shape:
    """Draws a random shape: (H, W), of that height and width."""
    draw = _KINDS[rng.choice(len(_KINDS), p=_WEIGHTS)]
    return draw(rng, height, width)


def _blob(rng: Generator, height: int, width: int) -> Shape:
    angle = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    radius = np.ones_like(angle)
    strength = rng.uniform(0.05, 0.4)
    for wave in range(1, rng.integers(2, 9)):
        radius += strength * rng.normal() / wave**0.8 * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    radius = np.clip(radius, 0.12, None)
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    x, y = (x - x.min()) / np.ptp(x) * (width - 1), (y - y.min()) / np.ptp(y) * (height - 1)
    return _filled(height, width, np.stack([x, y], 1))


def _ellipse(_rng: Generator, height: int, width: int) -> Shape:
    mask = np.zeros((height, width), np.uint8)
    radii = (max(1, width // 2 - 1), max(1, height // 2 - 1))
    cv2.ellipse(mask, (width // 2, height // 2), radii, 0, 0, 360, 1, -1)
    return mask


def _polygon(rng: Generator, height: int, width: int) -> Shape:
    corners = rng.integers(3, 8)
    angle, radius = np.sort(rng.uniform(0, 2 * np.pi, corners)), rng.uniform(0.5, 1, corners)
    x, y = width / 2 * (1 + radius * np.cos(angle)), height / 2 * (1 + radius * np.sin(angle))
    return _filled(height, width, np.stack([x, y], 1))


def _bar(rng: Generator, height: int, width: int) -> Shape:
    sides = (width * rng.uniform(0.5, 1), height * rng.uniform(0.2, 0.8))
    corners = cv2.boxPoints(((width / 2, height / 2), sides, rng.uniform(0, 180)))
    return _filled(height, width, np.asarray(corners, np.float32))


def _stroke(rng: Generator, height: int, width: int) -> Shape:
    turns = int(rng.integers(3, 6))
    corners = np.stack([rng.uniform(0.1, 0.9, turns) * width, rng.uniform(0.1, 0.9, turns) * height], 1)
    at = np.linspace(0, turns - 1, 40)
    path = np.stack([np.interp(at, np.arange(turns), corners[:, i]) for i in (0, 1)], 1).astype(np.float32)
    path = np.asarray(cv2.GaussianBlur(path, (1, 9), 3))
    mask = np.zeros((height, width), np.uint8)
    thickness = max(3, int(min(height, width) * rng.uniform(0.06, 0.25)))
    cv2.polylines(mask, [path.astype(np.int32)], False, 1, thickness)
    return mask


def _cloud(rng: Generator, height: int, width: int) -> Shape:
    noise = fractal(rng, height, width)
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((x - width / 2) / (width / 2), (y - height / 2) / (height / 2))
    mask = (noise + 0.5 - distance * rng.uniform(0.4, 0.8) > np.median(noise)).astype(np.uint8)
    count, partial_of, figures, _ = cv2.connectedComponentsWithStats(mask)
    return (partial_of == 1 + figures[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8) if count > 1 else mask


def _filled(height: int, width: int, corners: NDArray[np.floating]) -> Shape:
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [corners.astype(np.int32)], 1)
    return mask


_KINDS: tuple[Callable[[Generator, int, int], Shape], ...] = (_blob, _ellipse, _polygon, _bar, _stroke, _cloud)
_WEIGHTS = (0.42, 0.12, 0.14, 0.11, 0.09, 0.12)
