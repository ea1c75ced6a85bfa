"""An image and the regions known on it: what the network learns from. Regions may overlap, nest and share borders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from app.atomic import replacing

Image = NDArray[np.uint8]
"""RGB (H, W, 3)."""
Pixels = NDArray[np.bool_]
"""(H, W)"""

MAX_REGIONS = 60
_MAX_ATOMS = 255
_MAIN_PART = 0.8
"""Of a region: what is scattered over several pieces is nothing that a click can mean."""
_SAME_IOU = 0.92


@dataclass(frozen=True, eq=False)
class Scene:
    """An image and the regions known on it. image (H, W, 3); atoms (H, W): the finest parts that the regions are made
    of; members (regions, atoms)."""

    image: Image
    atoms: NDArray[np.uint8]
    members: NDArray[np.bool_]

    def region(self, index: int) -> Pixels:
        """Returns the pixels of one region: (H, W) bool."""
        return self.members[index][self.atoms]


def squared(image: Image, atoms: NDArray[np.uint8], side: int) -> tuple[Image, NDArray[np.uint8]]:
    """A square part of a scene, (N, N, 3) and (N, N), at another size."""
    method = cv2.INTER_AREA if len(atoms) > side else cv2.INTER_LINEAR
    pixels = cv2.resize(np.ascontiguousarray(image), (side, side), interpolation=method)
    labels = cv2.resize(np.ascontiguousarray(atoms), (side, side), interpolation=cv2.INTER_NEAREST)
    return np.asarray(pixels, np.uint8), np.asarray(labels, np.uint8)


def scene_of(image: Image, regions: Sequence[Pixels], *, min_area: int = 90, max_share: float = 0.8) -> Scene | None:
    """None when fewer than two regions are worth learning. Near-duplicates, scattered, tiny and all-covering regions
    are dropped; where overlaps fall into too many atoms, the smallest go to what is beside them."""
    kept = _worth_learning(regions, min_area, max_share * image.shape[0] * image.shape[1])
    if len(kept) < 2:
        return None
    code = np.zeros(image.shape[:2], np.uint64)
    for index, region in enumerate(kept):
        code |= region.astype(np.uint64) << np.uint64(index)
    codes, atoms, areas = np.unique(code, return_inverse=True, return_counts=True)
    atoms = atoms.reshape(code.shape)
    if len(codes) > _MAX_ATOMS:
        largest = np.sort(np.argsort(areas)[-_MAX_ATOMS:])
        atoms = np.searchsorted(largest, _nearest(atoms, np.isin(atoms, largest)))
        codes = codes[largest]
    bits = codes[None] >> np.arange(len(kept), dtype=np.uint64)[:, None]
    members = (bits & np.uint64(1)).astype(np.bool_)
    members = members[members @ np.bincount(atoms.ravel(), minlength=len(codes)) >= min_area]
    return Scene(image, atoms.astype(np.uint8), members) if len(members) > 1 else None


def _nearest(values: NDArray[np.intp], known: Pixels) -> NDArray[np.intp]:
    """Returns at every pixel the value of the nearest one that is known."""
    unknown = (~known).view(np.uint8)
    _, found = cv2.distanceTransformWithLabels(unknown, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    labels = cast("NDArray[np.int32]", found)
    value_of = np.zeros(int(labels.max()) + 1, np.intp)
    value_of[labels[known]] = values[known]
    return value_of[labels]


def _worth_learning(regions: Iterable[Pixels], min_area: int, max_area: float) -> list[Pixels]:
    kept: list[tuple[Pixels, int]] = []
    for region in regions:
        area = int(np.count_nonzero(region))
        if not min_area <= area <= max_area or _main_part(region) < _MAIN_PART * area:
            continue
        if any(_are_same(region, area, other, size) for other, size in kept):
            continue
        kept.append((region, area))
    return [region for region, _ in kept[:MAX_REGIONS]]


def _main_part(region: Pixels) -> int:
    _, _, figures, _ = cv2.connectedComponentsWithStats(region.view(np.uint8), connectivity=8)
    return int(figures[1:, cv2.CC_STAT_AREA].max())


def _are_same(a: Pixels, area_a: int, b: Pixels, area_b: int) -> bool:
    if min(area_a, area_b) < _SAME_IOU * max(area_a, area_b):
        return False
    both = int(np.count_nonzero(a & b))
    return both >= _SAME_IOU * (area_a + area_b - both)


class _Stored(msgspec.Struct, array_like=True):
    jpeg: bytes
    atoms: bytes
    members: bytes
    regions: int


def write_scenes(path: Path, scenes: Iterable[Scene], quality: int = 92) -> int:
    """How many there were. The file appears whole or not at all."""
    stored = [_stored(scene, quality) for scene in scenes]
    with replacing(path) as file:
        file.write(msgspec.msgpack.encode(stored))
    return len(stored)


def _stored(scene: Scene, quality: int) -> _Stored:
    _, jpeg = cv2.imencode(".jpg", scene.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    _, atoms = cv2.imencode(".png", scene.atoms, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return _Stored(jpeg.tobytes(), atoms.tobytes(), np.packbits(scene.members).tobytes(), len(scene.members))


class ScenePool:
    """The scenes of all files of a folder, kept compressed in memory."""

    def __init__(self, folder: Path) -> None:
        self._scenes = [
            stored
            for path in sorted(folder.glob("*.scenes"))
            for stored in msgspec.msgpack.decode(path.read_bytes(), type=list[_Stored])
        ]

    def __len__(self) -> int:
        return len(self._scenes)

    def __getitem__(self, index: int) -> Scene:
        stored = self._scenes[index]
        image = np.asarray(cv2.imdecode(np.frombuffer(stored.jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)
        atoms = np.asarray(cv2.imdecode(np.frombuffer(stored.atoms, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
        bits = np.unpackbits(np.frombuffer(stored.members, np.uint8))
        width = len(bits) // stored.regions  # packbits fills the last byte up with fewer than 8 bits
        count = min(width, int(atoms.max()) + 1)
        members = bits[: stored.regions * count].reshape(stored.regions, count).astype(np.bool_)
        return Scene(np.ascontiguousarray(image[..., ::-1]), atoms, members)
