"""Whole things: rendered people, animals, vehicles, food and tools with alpha, of npm's @lobehub/fluent-emoji-3d."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.learning.assets.cutouts import KeptCutout, write_cutouts
from app.learning.scenes.hierarchy import merged_scene

PACKAGE, VERSION = "@lobehub/fluent-emoji-3d", "1.1.0"
SHA256 = "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58"

_SIGNS = (
    range(0x10000),  # arrows, letters, marks; some things too
    range(0x1F000, 0x1F300),  # flags, letters, cards
    range(0x1F500, 0x1F50B), range(0x1F518, 0x1F525), range(0x1F52F, 0x1F53E),
    range(0x1F549, 0x1F54F), range(0x1F551, 0x1F568),
)  # fmt: skip
_FLAG = 0x1F3F4
_TONES = range(0x1F3FB, 0x1F400)
_SIZE_PX = 192
_MAX_PARTS = 6
_MIN_PART, _MAX_PART = 0.04, 0.8
"""Of the thing's area."""
_INSIDE = 0.9
"""Of a part that lies in the thing."""
_GREY = 128


def collect(package: Path, target: Path) -> None:
    """Writes the things of the package into one file."""
    names = chosen(path.stem for path in sorted((package / "package/assets").glob("*.webp")))
    found = (thing(package / "package/assets" / f"{name}.webp") for name in names)
    write_cutouts(target, (each for each in found if each is not None))


def chosen(names: Iterable[str]) -> list[str]:
    """Returns the names of what is a thing. Of the same person in many tones of skin one more than the yellow is
    kept."""
    kept: dict[tuple[int, ...], list[str]] = {}
    for name in names:
        points = [int(point, 16) for point in re.findall(r"[0-9a-f]+", name)]
        if not any(points[0] in signs for signs in _SIGNS) and (points[0] != _FLAG or len(points) == 1):
            kept.setdefault(tuple(point for point in points if point not in _TONES), []).append(name)
    chosen: list[str] = []
    for number, alike in enumerate(kept.values()):
        chosen += {alike[0], alike[number % len(alike)]}
    return sorted(chosen)


def thing(path: Path) -> KeptCutout | None:
    """Returns a thing with its parts, which a greedy merging of its colours finds. None where hardly anything is
    drawn."""
    image = np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), np.uint8)
    if image.ndim != 3 or image.shape[2] != 4:
        return None
    y, x = np.nonzero(image[..., 3] > 40)
    if len(y) < 400:
        return None
    image = image[y.min() : y.max() + 1, x.min() : x.max() + 1]
    scale = _SIZE_PX / max(image.shape[:2])
    image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    rgba = np.ascontiguousarray(image[..., [2, 1, 0, 3]])
    whole = rgba[..., 3] > 100
    planes = whole.astype(np.uint16)
    parts = _parts(rgba, whole)
    for bit, part in enumerate(parts, start=1):
        planes |= part.astype(np.uint16) << bit
    return KeptCutout(rgba, planes, 1 + len(parts))


def _parts(rgba: NDArray[np.uint8], whole: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    alpha = rgba[..., 3:] / np.float32(255)
    scene = merged_scene((rgba[..., :3] * alpha + _GREY * (1 - alpha)).astype(np.uint8))
    parts: list[NDArray[np.bool_]] = []
    for index in range(0 if scene is None else len(scene.members)):
        assert scene is not None
        region = scene.region(index)
        inside, area = np.count_nonzero(region & whole), np.count_nonzero(whole)
        if inside >= _INSIDE * np.count_nonzero(region) and _MIN_PART * area <= inside <= _MAX_PART * area:
            parts.append(region & whole)
    return sorted(parts[:_MAX_PARTS], key=np.count_nonzero, reverse=True)
