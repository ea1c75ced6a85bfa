"""Synthetic scenes with exact masks: layers and things over photos or surfaces, as a camera would see them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.learning.scenes.scene import Image, Pixels, Scene, scene_of, squared
from app.learning.scenes.sprites import Cutouts, Sprite, Sprites
from app.learning.scenes.textures import Floats, Textures, blurred, fractal

_MIN_VISIBLE_PX = 80
_PHOTO_SHARE = 0.8
"""Of the grounds; the others are surfaces."""
_MANY_REGIONS = 6
"""On a ground that has more already, few things are pasted."""


class Composer:
    """Makes scenes out of photos (with the regions known on them), clip art and whole things."""

    def __init__(self, photos: Sequence[Scene], cutouts: Cutouts, things: Cutouts = (), size: int = 384) -> None:
        self._photos = photos
        self._textures = Textures(photos)
        self._sprites = Sprites(self._textures, cutouts, photos, things)
        self._size = size

    def scene(self, rng: Generator) -> Scene:
        """Makes one scene: a photo or a surface with things pasted on it."""
        while True:
            image, regions = self._photo_ground(rng) if rng.random() < _PHOTO_SHARE else self._surface_ground(rng)
            image, regions = self._with_sprites(rng, image, regions, few=len(regions) > _MANY_REGIONS)
            scene = scene_of(_as_photographed(rng, image), regions, min_area=120)
            if scene is not None:
                return scene

    def _photo_ground(self, rng: Generator) -> tuple[Floats, list[Pixels]]:
        """Part of a photo with its known regions."""
        source = self._photos[int(rng.integers(len(self._photos)))]
        height, width = source.atoms.shape
        side = int(min(height, width) * rng.uniform(0.5, 1))
        y, x = rng.integers(height - side + 1), rng.integers(width - side + 1)
        flip = np.s_[:, ::-1] if rng.random() < 0.5 else np.s_[:, :]
        part = np.s_[y : y + side, x : x + side]
        image, atoms = squared(source.image[part][flip], source.atoms[part][flip], self._size)
        return image.astype(np.float32), [members[atoms] for members in source.members]

    def _surface_ground(self, rng: Generator) -> tuple[Floats, list[Pixels]]:
        """A surface, or wavy layers of them: sky, hills, water."""
        size = self._size
        image, regions = self._textures.surface(rng, size, size), [np.ones((size, size), np.bool_)]
        if rng.random() < 0.45:
            for _ in range(rng.integers(1, 4)):
                layer = _layer(rng, size)
                regions = [*(region & ~layer for region in regions), layer]
                image = np.where(layer[..., None], self._textures.surface(rng, size, size), image)
        return image, regions

    def _with_sprites(
        self, rng: Generator, image: Floats, regions: list[Pixels], *, few: bool
    ) -> tuple[Floats, list[Pixels]]:
        if few:
            count, largest = int(rng.choice((0, 1, 2, 4), p=(0.35, 0.25, 0.25, 0.15))), 0.9
        elif rng.random() < 0.6:
            count, largest = int(rng.integers(2, 7)), 1.1
        else:
            count, largest = int(rng.integers(8, 18)), 0.5
        for _ in range(count):
            size = np.exp(rng.uniform(np.log(0.09), np.log(largest))) * self._size
            image, regions = self._pasted(rng, image, regions, self._sprites.sprite(rng, size))
        return image, regions

    def _pasted(
        self, rng: Generator, image: Floats, regions: list[Pixels], sprite: Sprite
    ) -> tuple[Floats, list[Pixels]]:
        size = self._size
        height, width = sprite.alpha.shape
        top, left = rng.integers(size) - height // 2, rng.integers(size) - width // 2
        y0, x0, y1, x1 = max(0, top), max(0, left), min(size, top + height), min(size, left + width)
        if y1 - y0 < 8 or x1 - x0 < 8:
            return image, regions
        there, part = np.s_[y0:y1, x0:x1], np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
        if np.count_nonzero(sprite.regions[0][part]) < _MIN_VISIBLE_PX:
            return image, regions
        alpha = np.zeros((size, size), np.float32)
        alpha[there] = sprite.alpha[part]
        if rng.random() < 0.3:
            image = (image * (1 - _shadow(rng, alpha)[..., None])).astype(np.float32)
        if rng.random() < 0.5:
            alpha = blurred(alpha, rng.uniform(0.4, 1.3))
        colour = np.zeros_like(image)
        colour[there] = _matched(rng, sprite.colour[part], image[there])
        image = (image + (colour - image) * alpha[..., None]).astype(np.float32)
        above = []
        for region in sprite.regions:
            whole = np.zeros((size, size), np.bool_)
            whole[there] = region[part]
            above.append(whole)
        return image, [region & ~above[0] for region in regions] + above


def _matched(rng: Generator, colour: Floats, ground: Floats) -> Floats:
    """A thing that stands in the light of what is around it: its brightness and tint go part of the way there."""
    if rng.random() < 0.5:
        return colour
    share = rng.uniform(0.2, 0.7)
    return colour + (ground.mean((0, 1)) - colour.mean((0, 1))) * np.float32(share)


def _layer(rng: Generator, size: int) -> Pixels:
    """What lies below a wavy line; sometimes beside it."""
    x = np.arange(size)
    line = rng.uniform(0.15, 0.9) * size + rng.uniform(-0.5, 0.5) * (x - size / 2) * 0.6
    for wave in range(1, 6):
        phase = wave * x * 2 * np.pi / size * rng.uniform(0.5, 1.2) + rng.uniform(0, 2 * np.pi)
        line += rng.normal() * size * 0.06 / wave * np.sin(phase)
    below = np.arange(size)[:, None] > line[None]
    return np.ascontiguousarray(below.T) if rng.random() < 0.25 else below


def _shadow(rng: Generator, alpha: Floats) -> Floats:
    moved = np.roll(alpha, (int(rng.integers(-8, 16)), int(rng.integers(-12, 12))), (0, 1))
    return blurred(moved, rng.uniform(2, 7)) * np.float32(rng.uniform(0.2, 0.6))


def _as_photographed(rng: Generator, image: NDArray[np.floating]) -> Image:
    """Light, lens, sensor and JPEG."""
    size = image.shape[:2]
    if rng.random() < 0.35:
        image = image * (1 + rng.uniform(-0.5, 0.5) * (fractal(rng, *size) * 2 - 1)[..., None] * 0.6)
    if rng.random() < 0.35:
        image = blurred(np.clip(image, 0, 255), rng.uniform(0.4, 1.5))
    if rng.random() < 0.4:
        image = image * rng.uniform(0.6, 1.25) + rng.uniform(-25, 25)
    if rng.random() < 0.08:
        image = np.repeat(image.mean(2, keepdims=True), 3, axis=2)
    if rng.random() < 0.35:
        image = image + rng.standard_normal((*size, int(rng.choice((1, 3)))), np.float32) * rng.uniform(2, 12)
    pixels = np.clip(image, 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 97))])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
