"""The master copy of every annotation: COCO compressed RLE. Holes and islands survive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Region:
    """A mask cut out of its image: pixels (h, w) bool whose top left corner lies at (x, y) of an image_size image."""

    x: int
    y: int
    pixels: NDArray[np.bool_]
    image_size: tuple[int, int]
    """(height, width)"""


@dataclass(frozen=True)
class Mask:
    """A binary mask as COCO compressed RLE (column-major, first run counts zeros)."""

    size: tuple[int, int]
    """(height, width)"""
    counts: str
    bbox: tuple[int, int, int, int]
    """x, y, width, height as pycocotools.mask.toBbox: width counts pixels. (0, 0, 0, 0) when empty."""
    area: int
    """In pixels."""

    @classmethod
    def from_array(cls, pixels: NDArray[np.bool_]) -> Mask: ...

    @classmethod
    def from_region(cls, region: Region) -> Mask: ...

    @classmethod
    def from_coco(cls, size: tuple[int, int], counts: str | bytes | list[int]) -> Mask: ...

    def to_array(self) -> NDArray[np.bool_]: ...

    def region(self) -> Region:
        """The pixels inside bbox, decoded without ever making the whole image."""
        ...
