"""What surfaces look like: photographic, fractal, striped, graded. Images are float32 RGB, 0 to 255."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.learning.scenes.scene import Scene

Floats = NDArray[np.float32]

_MAX_ZOOM = 0.6
"""Pixels of the photo to one of the surface: more would show things where a surface is meant."""


class Textures:
    """Textures from photos, and from noise where a surface need not be real."""

    def __init__(self, photos: Sequence[Scene]) -> None:
        self._photos = photos

    def surface(self, rng: Generator, height: int, width: int) -> Floats:
        """Draws a random surface, (height, width, 3): a photo's, a fractal, stripes or a gradient."""
        kind = rng.random()
        if kind < 0.66:
            surface = self._photographic(rng, height, width)
        elif kind < 0.82:
            surface = _fractal_surface(rng, height, width)
        elif kind < 0.91:
            surface = _stripes(rng, height, width)
        else:
            surface = _gradient(rng, height, width)
        return np.clip(surface * rng.uniform(0.6, 1.3) + rng.uniform(-25, 25), 0, 255).astype(np.float32)

    def photo(self, rng: Generator, height: int, width: int) -> Floats:
        """Returns a part of a photo at a random scale: (H, W, 3), 0 to 255."""
        source = self._photos[int(rng.integers(len(self._photos)))].image
        limit = min(source.shape[0] / height, source.shape[1] / width, _MAX_ZOOM)
        return crop(rng, source, height, width, np.exp(rng.uniform(np.log(min(0.2, limit)), np.log(limit))))

    def _photographic(self, rng: Generator, height: int, width: int) -> Floats:
        surface = self.photo(rng, height, width)
        change = rng.random()
        if change < 0.25:
            surface = blurred(surface, rng.uniform(1, 6))
        elif change < 0.55:  # lower contrast: more of one piece
            keep = rng.uniform(0.25, 0.8)
            surface = surface.mean((0, 1)) * (1 - keep) + surface * keep
        if rng.random() < 0.3:
            mean = surface.mean((0, 1))
            surface = surface - mean + colour(rng) * 0.6 + mean * 0.4
        return surface.astype(np.float32)


def crop(rng: Generator, source: NDArray[np.uint8], height: int, width: int, zoom: float) -> Floats:
    """Cuts a random piece out of a photo (H, W, 3), at times mirrored, and scales it to (height, width, 3).
    zoom: pixels of the source to one of the result."""
    rows, columns = max(4, int(height * zoom)), max(4, int(width * zoom))
    y = rng.integers(source.shape[0] - rows + 1) if rows < source.shape[0] else 0
    x = rng.integers(source.shape[1] - columns + 1) if columns < source.shape[1] else 0
    part = source[y : y + rows, x : x + columns]
    if rng.random() < 0.5:
        part = np.ascontiguousarray(part[:, ::-1])
    method = cv2.INTER_LINEAR if zoom < 1 else cv2.INTER_AREA
    return cv2.resize(part, (width, height), interpolation=method).astype(np.float32)


def blurred(image: NDArray[np.floating], sigma: float) -> Floats:
    """Returns the image (H, W) or (H, W, C) as float32 after a Gaussian blur; sigma is in pixels."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def colour(rng: Generator) -> Floats:
    """Draws a random colour: RGB (3,) float32, 0 to 255."""
    hue, saturation = rng.integers(180), min(255, int(abs(rng.normal()) * 80 + 20))
    hsv = np.array([[[hue, saturation, rng.integers(20, 256)]]], np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)


def fractal(rng: Generator, height: int, width: int) -> Floats:
    """Returns smooth noise of several scales, 0 to 1: (H, W), of that height and width."""
    noise = np.zeros((height, width), np.float32)
    weight, decay, first = 1.0, rng.uniform(0.4, 0.9), int(rng.integers(1, 4))
    for octave in range(first, 7):
        size = (max(2, min(width, 2 ** (octave + 1))), max(2, min(height, 2 ** (octave + 1))))
        grid = rng.standard_normal(size[::-1], np.float32)
        noise += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        weight *= decay
    return (noise - noise.min()) / (np.ptp(noise) + 1e-6)


def ramp(rng: Generator, height: int, width: int) -> Floats:
    """A plane through 0 in the middle, about -0.5 to 0.5, (height, width, 1)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    return (((x - width / 2) / width) * np.cos(angle) + ((y - height / 2) / height) * np.sin(angle))[..., None]


def _fractal_surface(rng: Generator, height: int, width: int) -> Floats:
    share = fractal(rng, height, width)[..., None]
    surface = colour(rng) * share + colour(rng) * (1 - share)
    if rng.random() < 0.5:
        base = colour(rng)
        surface = base + (surface - base) * rng.uniform(0.1, 0.5)
    return surface.astype(np.float32)


def _stripes(rng: Generator, height: int, width: int) -> Floats:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), rng.uniform(4, 40)
    phase = (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period
    if rng.random() < 0.4:
        phase = phase + 3 * fractal(rng, height, width)
    wave = np.sin(phase)
    if rng.random() < 0.3:  # a chequered pattern
        wave = wave * np.sin((y * np.cos(angle) - x * np.sin(angle)) * 2 * np.pi / period)
    if rng.random() < 0.5:
        wave = np.sign(wave)
    share = (wave * 0.5 + 0.5)[..., None]
    first = colour(rng)
    second = first + (colour(rng) - first) * rng.uniform(0.1, 1)
    return (first * share + second * (1 - share)).astype(np.float32)


def _gradient(rng: Generator, height: int, width: int) -> Floats:
    share = ramp(rng, height, width) + 0.5
    first = colour(rng)
    second = first + (colour(rng) - first) * rng.uniform(0, 0.7)
    return (first * share + second * (1 - share)).astype(np.float32)
