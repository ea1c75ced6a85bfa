"""Cut-outs: pictures with alpha and the shapes of their parts, kept compressed in one file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from app.atomic import replacing


@dataclass(frozen=True, eq=False)
class KeptCutout:
    """A thing with the shapes of its parts. rgba (H, W, 4) uint8; planes (H, W) uint16: bit 0 the whole, bits 1 to
    count - 1 parts, large ones first."""

    rgba: NDArray[np.uint8]
    planes: NDArray[np.uint16]
    count: int


class _Stored(msgspec.Struct, array_like=True):
    rgba: bytes
    planes: bytes
    count: int


def write_cutouts(target: Path, cutouts: Iterable[KeptCutout]) -> None:
    """Writes cut-outs into one file, which appears whole or not at all."""
    stored: list[_Stored] = []
    for found in cutouts:
        rgba, planes = (cv2.imencode(".png", image)[1].tobytes() for image in (found.rgba, found.planes))
        stored.append(_Stored(rgba, planes, found.count))
    with replacing(target) as file:
        file.write(msgspec.msgpack.encode(stored))


class StoredCutouts:
    """The cut-outs of one file, kept compressed in memory."""

    def __init__(self, path: Path) -> None:
        self._stored = msgspec.msgpack.decode(path.read_bytes(), type=list[_Stored])

    def __len__(self) -> int:
        return len(self._stored)

    def __getitem__(self, index: int) -> KeptCutout:
        stored = self._stored[index]
        rgba, planes = (
            cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED) for png in (stored.rgba, stored.planes)
        )
        return KeptCutout(np.asarray(rgba, np.uint8), np.asarray(planes, np.uint16), stored.count)
