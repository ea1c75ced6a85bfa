"""What one step learns from: crops of scenes at several sizes, with their regions on the grid of the logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.learning.scenes.scene import Image, Scene, squared

STRIDE = 4
"""Input pixels to a cell of the logits."""
SIZES = ((256, 8, 0.35), (320, 5, 0.3), (384, 4, 0.35))
"""Side of the input in pixels, how many images of it make a step of the same cost, and how often to take it."""
_MIN_COVERED_CELLS = 6.0


class Scenes(Protocol):
    """A collection of scenes to learn from."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Scene: ...


@dataclass(frozen=True, eq=False)
class TrainingBatch:
    """What one training step learns from. images (B, 3, T, T) float32, -1 to 1. covers: per image (M, T / 4, T / 4)
    float32, how much of each cell the region covers. borders (B, T / 4, T / 4): 1 where regions meet."""

    images: NDArray[np.float32]
    covers: list[NDArray[np.float32]]
    borders: NDArray[np.float32]


def lesson(rng: Generator, scenes: Scenes, sizes: Sequence[tuple[int, int, float]] = SIZES) -> TrainingBatch:
    """Draws a random training batch from scenes. sizes: as SIZES."""
    side, count, _ = sizes[int(rng.choice(len(sizes), p=[share for _, _, share in sizes]))]
    images, covers, borders = [], [], []
    while len(images) < count:
        image, atoms, members = _augmented(rng, scenes[int(rng.integers(len(scenes)))], side)
        cover = _covers(atoms, members)
        areas = cover.sum((1, 2))
        usable = (areas >= _MIN_COVERED_CELLS) & (areas <= 0.7 * cover[0].size)
        if usable.any():
            images.append(image)
            covers.append(cover[usable])
            borders.append(_border_cells(atoms))
    pixels = np.stack(images).astype(np.float32).transpose(0, 3, 1, 2) / 127.5 - 1
    return TrainingBatch(pixels, covers, np.stack(borders))


def _augmented(
    rng: Generator, scene: Scene, side: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.bool_]]:
    height, width = scene.atoms.shape
    part = int(min(height, width) * rng.uniform(0.55, 1) if rng.random() < 0.5 else min(height, width))
    y, x = int(rng.integers(height - part + 1)), int(rng.integers(width - part + 1))
    image, atoms = scene.image[y : y + part, x : x + part], scene.atoms[y : y + part, x : x + part]
    if rng.random() < 0.5:
        image, atoms = image[:, ::-1], atoms[:, ::-1]
    if rng.random() < 0.1:
        image, atoms = image[::-1], atoms[::-1]
    if rng.random() < 0.1:
        image, atoms = image.transpose(1, 0, 2), atoms.T
    image, atoms = squared(image, atoms, side)
    return _tinted(rng, image), atoms, scene.members


def _tinted(rng: Generator, image: Image) -> NDArray[np.float32]:
    pixels = image.astype(np.float32)
    if rng.random() < 0.5:
        pixels = pixels * rng.uniform(0.75, 1.25, (1, 1, 3)) + rng.uniform(-15, 15, (1, 1, 3))
    if rng.random() < 0.15:
        pixels = pixels[..., rng.permutation(3)]
    return np.clip(pixels, 0, 255).astype(np.float32)


def _covers(atoms: NDArray[np.uint8], members: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(M, h / 4, w / 4): first the share of every atom in every cell, counted at once."""
    height, width = atoms.shape[0] // STRIDE, atoms.shape[1] // STRIDE
    count = members.shape[1]
    cell = np.arange(height)[:, None, None, None] * width + np.arange(width)[None, None, :, None]
    codes = cell * count + atoms.reshape(height, STRIDE, width, STRIDE)
    shares = np.bincount(codes.ravel(), minlength=height * width * count).reshape(height * width, count)
    covers = members.astype(np.float32) @ shares.T.astype(np.float32) / np.float32(STRIDE**2)
    return covers.reshape(-1, height, width)


def _border_cells(atoms: NDArray[np.uint8]) -> NDArray[np.float32]:
    border = np.zeros(atoms.shape, np.uint8)
    border[:, 1:] |= atoms[:, 1:] != atoms[:, :-1]
    border[1:] |= atoms[1:] != atoms[:-1]
    height, width = atoms.shape[0] // STRIDE, atoms.shape[1] // STRIDE
    return border.reshape(height, STRIDE, width, STRIDE).max((1, 3)).astype(np.float32)
