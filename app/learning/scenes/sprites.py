"""Things to paste into a scene: invented shapes, clip art with its parts, whole things, and pieces of photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.learning.scenes.scene import Pixels, Scene
from app.learning.scenes.shapes import shape
from app.learning.scenes.textures import Floats, Textures, ramp

_MIN_PART_PX = 30
_THINGS_SHARE = 0.4
"""Of the sprites, where there are things."""
_COMPANION_SHARE = 0.15
"""Of the things: with another before or behind it, and both together are a whole too, as a rider on a bicycle is."""


class Cutouts(Protocol):
    """A collection of drawings, each with its parts."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Cutout: ...


class Cutout(Protocol):
    """A drawing with its parts: rgba (H, W, 4) uint8, planes (H, W) uint16 of which bit 0 is the whole and bits 1 to
    count - 1 are parts."""

    @property
    def rgba(self) -> NDArray[np.uint8]:
        """The drawing: (H, W, 4) uint8."""
        ...

    @property
    def planes(self) -> NDArray[np.uint16]:
        """The whole and its parts as bits: (H, W) uint16."""
        ...

    @property
    def count(self) -> int:
        """How many bits of the planes are in use, the whole included."""
        ...


class Sprite(NamedTuple):
    """A small picture to be laid on a scene. colour (h, w, 3) float32, alpha (h, w) 0 to 1, regions: the whole first,
    then parts."""

    colour: Floats
    alpha: Floats
    regions: list[Pixels]


class Sprites:
    """Makes sprites: invented shapes, clip art, whole things, and pieces of photos."""

    def __init__(self, textures: Textures, cutouts: Cutouts, photos: Sequence[Scene], things: Cutouts = ()) -> None:
        self._textures = textures
        self._cutouts = cutouts
        self._photos = photos
        self._things = things

    def sprite(self, rng: Generator, size: float) -> Sprite:
        """Draws a random sprite whose longer side has about so many pixels: invented, clip art, a whole thing, or a
        piece of a photo."""
        if len(self._things) and rng.random() < _THINGS_SHARE:
            return self._thing(rng, size)
        kind = rng.random()
        if kind < 0.25 or not len(self._cutouts):
            sprite = self._invented(rng, size)
        elif kind < 0.6:
            sprite = self._clip_art(rng, size)
        else:
            sprite = self._photo_piece(rng, size)
        return _lit(rng, sprite)

    def _thing(self, rng: Generator, size: float) -> Sprite:
        """A whole thing, at times with a companion. Its paint is dulled: photos are seldom as gaudy as renderings."""
        sprite = self._lone_thing(rng, size)
        if rng.random() < _COMPANION_SHARE and min(sprite.alpha.shape) > 24:
            other = self._lone_thing(rng, size * rng.uniform(0.4, 1))
            sprite = _joined(rng, sprite, other)
        return sprite

    def _lone_thing(self, rng: Generator, size: float) -> Sprite:
        cutout = self._things[int(rng.integers(len(self._things)))]
        sprite = _warped(rng, cutout.rgba, cutout.planes, cutout.count, size, upright=True)
        if rng.random() < 0.35 and min(sprite.alpha.shape) > 8:
            return _lit(rng, self._repainted(rng, sprite))
        grey = sprite.colour.mean(2, keepdims=True)
        dulled = grey + (sprite.colour - grey) * rng.uniform(0, 1)
        if rng.random() < 0.5:
            dulled = dulled * rng.uniform(0.6, 1.2, 3)
        if rng.random() < 0.4:
            dulled = dulled[..., rng.permutation(3)]
        return _lit(rng, sprite._replace(colour=dulled.astype(np.float32)))

    def _invented(self, rng: Generator, size: float) -> Sprite:
        aspect = np.exp(rng.uniform(-0.8, 0.8))
        height, width = int(max(8, size * min(1, aspect))), int(max(8, size * min(1, 1 / aspect)))
        whole = shape(rng, height, width).astype(np.bool_)
        colour = self._textures.surface(rng, height, width)
        parts: list[Pixels] = []
        if rng.random() < 0.5 and size > 40:
            for _ in range(rng.integers(1, 4)):
                colour, parts = self._with_part(rng, whole, colour, parts)
        return Sprite(colour, whole.astype(np.float32), [whole, *parts])

    def _with_part(
        self, rng: Generator, whole: Pixels, colour: Floats, parts: list[Pixels]
    ) -> tuple[Floats, list[Pixels]]:
        height, width = whole.shape
        rows, columns = max(6, int(height * rng.uniform(0.2, 0.75))), max(6, int(width * rng.uniform(0.2, 0.75)))
        y, x = (
            rng.integers(height - rows + 1) if rows < height else 0,
            rng.integers(width - columns + 1) if columns < width else 0,
        )
        part = np.zeros_like(whole)
        inside = shape(rng, min(rows, height), min(columns, width)).astype(np.bool_)
        part[y : y + inside.shape[0], x : x + inside.shape[1]] = inside
        part &= whole
        if np.count_nonzero(part) < _MIN_PART_PX:
            return colour, parts
        surface = colour * rng.uniform(0.5, 1.4) + rng.uniform(-40, 40)  # a mark in the same material
        if rng.random() < 0.6:
            surface = self._textures.surface(rng, height, width)
        below = [other & ~part if _overlap(other, part) < 0.9 else other for other in parts]
        return np.where(part[..., None], surface, colour).astype(np.float32), [*below, part]

    def _clip_art(self, rng: Generator, size: float) -> Sprite:
        cutout = self._cutouts[int(rng.integers(len(self._cutouts)))]
        sprite = _warped(rng, cutout.rgba, cutout.planes, cutout.count, size)
        return self._repainted(rng, sprite) if rng.random() < 0.7 and min(sprite.alpha.shape) > 8 else sprite

    def _repainted(self, rng: Generator, sprite: Sprite) -> Sprite:
        """Flat drawings get surfaces, part by part or as a relief over all of it."""
        height, width = sprite.alpha.shape
        surface = self._textures.surface(rng, height, width)
        if rng.random() < 0.4:
            relief = np.clip(1 + rng.uniform(0.3, 1.2) * (surface - surface.mean()) / 128, 0.1, 2.2)
            return sprite._replace(colour=(sprite.colour * relief).astype(np.float32))
        share = rng.uniform(0.3, 1)
        colour = (sprite.colour * (1 - share) + surface * share).astype(np.float32)
        for part in sprite.regions[1:]:
            if rng.random() < 0.7:
                share = rng.uniform(0.3, 1)
                surface = self._textures.surface(rng, height, width)
                colour[part] = colour[part] * (1 - share) + surface[part] * share
        alpha = np.maximum(sprite.alpha, sprite.regions[0].astype(np.float32) * 0.97)
        return Sprite(colour, alpha, sprite.regions)

    def _photo_piece(self, rng: Generator, size: float) -> Sprite:
        """A region of a photo, cut out along its border."""
        scene = self._photos[int(rng.integers(len(self._photos)))]
        region = scene.region(int(rng.integers(len(scene.members))))
        y, x = np.nonzero(region)
        box = np.s_[y.min() : y.max() + 1, x.min() : x.max() + 1]
        alpha = region[box].astype(np.uint8)
        rgba = np.dstack([scene.image[box], alpha * 255])
        return _warped(rng, rgba, alpha.astype(np.uint16), 1, size)


def _lit(rng: Generator, sprite: Sprite) -> Sprite:
    """The sprite in another light."""
    colour = sprite.colour
    if rng.random() < 0.35:
        colour = colour * (1 + ramp(rng, *sprite.alpha.shape) * rng.uniform(0.2, 1.2))
    if rng.random() < 0.4:
        colour = colour * rng.uniform(0.5, 1.1) + rng.uniform(-10, 30)
    return sprite._replace(colour=np.clip(colour, 0, 255).astype(np.float32))


def _joined(rng: Generator, below: Sprite, above: Sprite) -> Sprite:
    """Two sprites that overlap: together a whole, and each with its parts. above: is cut to the size of below."""
    height, width = below.alpha.shape
    rows, columns = min(height, above.alpha.shape[0]), min(width, above.alpha.shape[1])
    y, x = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    there, part = np.s_[y : y + rows, x : x + columns], np.s_[:rows, :columns]
    colour, alpha = below.colour.copy(), below.alpha.copy()
    share = above.alpha[part][..., None]
    colour[there] = colour[there] * (1 - share) + above.colour[part] * share
    alpha[there] = np.maximum(alpha[there], above.alpha[part])
    wide = [np.zeros((height, width), np.bool_) for _ in above.regions]
    for region, own in zip(wide, above.regions, strict=True):
        region[there] = own[part]
    left = [region & ~wide[0] for region in below.regions]
    return Sprite(colour, alpha, [below.regions[0] | wide[0], *left, *wide])


def _warped(
    rng: Generator,
    rgba: NDArray[np.uint8],
    planes: NDArray[np.uint16],
    count: int,
    size: float,
    *,
    upright: bool = False,
) -> Sprite:
    """Scaled to size, turned, squeezed and flipped at random. upright: turned a little only."""
    height, width = planes.shape
    scale, squeeze = size / max(height, width), rng.uniform(0.75, 1.33) ** 0.5
    free = rng.uniform(-30, 30) if rng.random() < 0.6 else rng.uniform(-180, 180) * (rng.random() < 0.4)
    angle = np.deg2rad(free / 3 if upright and abs(free) < 90 else free)
    flip = rng.choice((-1, 1))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[scale * squeeze * flip, 0], [0, scale / squeeze]])
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height]])
    new_w, new_h = np.ceil(np.ptp(corners, axis=1)).astype(int)
    warp = np.column_stack([matrix, -corners.min(axis=1)])
    if scale < 0.5:  # else thin lines flicker
        rgba = np.asarray(cv2.GaussianBlur(rgba, (0, 0), 0.3 / scale), np.uint8)
    target = (max(1, int(new_w)), max(1, int(new_h)))
    colours = np.asarray(cv2.warpAffine(rgba, warp, target, flags=cv2.INTER_LINEAR), np.float32)
    bits = np.asarray(cv2.warpAffine(planes, warp, target, flags=cv2.INTER_NEAREST), np.uint16)
    regions = [(bits >> bit & 1).astype(np.bool_) for bit in range(count)]
    return Sprite(colours[..., :3], colours[..., 3] / np.float32(255), regions)


def _overlap(a: Pixels, b: Pixels) -> float:
    """Returns the share of b that a covers."""
    return np.count_nonzero(a & b) / max(1, np.count_nonzero(b))
