"""Where everything mode looks: the whole image, then overlapping crops of it, and a grid of points on each.
Source: segment_anything, utils/amg.py."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.sam.types import Size


class Crop(NamedTuple):
    """Part of an image, in its pixels. layer: 0 is the whole image, each further one shows half as much at a time."""

    x0: int
    y0: int
    x1: int
    y1: int
    layer: int

    @property
    def area(self) -> int:
        """Pixels."""
        return (self.x1 - self.x0) * (self.y1 - self.y0)


def crops_of(image_size: Size, layers: int, overlap_share: float) -> list[Crop]:
    """Returns the crops of an image, the whole first. layers: besides the whole image; layer i has 2^i x 2^i crops that
    overlap by a share of the image's short side (halved from layer to layer)."""
    height, width = image_size
    found = [Crop(0, 0, width, height, 0)]
    for layer in range(1, layers + 1):
        count = 2**layer
        overlap = int(overlap_share * min(image_size) * (2 / count))
        crop_w, crop_h = (math.ceil((overlap * (count - 1) + side) / count) for side in (width, height))
        lefts, tops = ([int((side - overlap) * i) for i in range(count)] for side in (crop_w, crop_h))
        found += [Crop(x, y, min(x + crop_w, width), min(y + crop_h, height), layer) for x, y in product(lefts, tops)]
    return found


def grid(per_side: int) -> NDArray[np.float64]:
    """(per_side^2, 2) xy between 0 and 1, row by row, half a step from the edges."""
    steps = np.linspace(1 / (2 * per_side), 1 - 1 / (2 * per_side), per_side)
    return np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)


def is_cut(box: Sequence[float], crop: Crop, image_size: Size, near_px: float = 20.0) -> bool:
    """Whether something ends at an edge of the crop that is none of the image. box: x0 y0 x1 y1 in the image."""
    edges = zip(box, crop[:4], (0, 0, image_size[1], image_size[0]), strict=True)
    return any(abs(at - of_crop) <= near_px < abs(at - of_image) for at, of_crop, of_image in edges)
