"""Small things are encoded with their surroundings by themselves: the encoder sees 1024 pixels of an image at most,
however many it has, and a thing of 20 of them is a smudge to it. What is found is put back into the image. numpy only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Mask, Region
from app.problem import Problem
from app.sam.types import Prompt, Size
from app.text import say

Box: TypeAlias = tuple[float, float, float, float]
"""x0, y0, x1, y1 in image pixels."""

SMALL_SHARE = 1 / 8
"""Of the long side of what was encoded: what is smaller gains by a close-up. Measured, see docs/closeups.md."""
_SURROUNDINGS = 3.0
"""So many times as wide as the thing: SAM wants to see what it stands out from."""
_SMALLEST_PX = 128
"""Closer there are no more pixels to see, only larger ones."""
_FIRST_PX = 1024
GAIN = 1.5
"""A close-up that enlarges less is not worth an encode; views that differ by less are as good as each other."""
_RIM_SHARE = 1 / 16
"""Of the long side: what comes so near to an edge is better seen in another close-up."""


@dataclass(frozen=True)
class Closeup:
    """The pixels x0 <= x < x1, y0 <= y < y1 of an image of image_size (height, width)."""

    x0: int
    y0: int
    x1: int
    y1: int
    image_size: Size

    @property
    def size(self) -> Size:
        """(height, width) in pixels of the image."""
        return self.y1 - self.y0, self.x1 - self.x0

    @property
    def side(self) -> int:
        """The longer one."""
        return max(self.size)

    def check(self, image_size: Size) -> None:
        """Problem when it is another one: the file was replaced meanwhile."""
        if image_size != self.image_size:
            raise Problem(say("The picture has another size than before."))

    def cut(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cuts the close-up out of an image (H, W, ...). Problem as check()."""
        self.check(image.shape[:2])
        return np.ascontiguousarray(image[self.y0 : self.y1, self.x0 : self.x1])

    def cut_mask(self, mask: Mask) -> NDArray[np.bool_]:
        """The part of a mask of image_size that lies in the close-up: (h, w) bool."""
        height, width = self.size
        return mask.window(self.x0, self.y0, width, height)

    def prompt_in(self, prompt: Prompt) -> Prompt:
        """The same prompt in pixels of the close-up; its box ends at the edge."""
        corner = np.array([self.x0, self.y0], np.float32)
        height, width = self.size
        box = prompt.box
        if box is not None:
            box = np.clip(box.reshape(2, 2) - corner, 0, (width, height)).astype(np.float32).reshape(4)
        return replace(prompt, points=prompt.points - corner, box=box)

    def placed(self, region: Region) -> Region:
        """What was found in the close-up, in its image."""
        return Region(region.x + self.x0, region.y + self.y0, region.pixels, self.image_size)

    def cuts(self, region: Region) -> bool:
        """Whether a region of the image ends at an edge of the close-up that is no edge of the image."""
        x, y, width, height = region.bbox
        image_h, image_w = self.image_size
        return (
            (x <= self.x0 and self.x0 > 0)
            or (y <= self.y0 and self.y0 > 0)
            or (x + width >= self.x1 and self.x1 < image_w)
            or (y + height >= self.y1 and self.y1 < image_h)
        )

    def holds(self, box: Box) -> bool:
        """Whether a box lies in the close-up with some surroundings, where the image has any."""
        rim = self.side * _RIM_SHARE
        height, width = self.image_size
        return (
            (self.x0 == 0 or box[0] - rim >= self.x0)
            and (self.y0 == 0 or box[1] - rim >= self.y0)
            and (self.x1 == width or box[2] + rim <= self.x1)
            and (self.y1 == height or box[3] + rim <= self.y1)
        )

    def grown(self) -> Closeup | None:
        """Twice as wide and high; None when that is most of the image."""
        height, width = self.size
        x, y = self.x0 - width / 2, self.y0 - height / 2
        return view_of((x, y, x + 2 * width, y + 2 * height), self.image_size)

    def suits(self, box: Box) -> bool:
        """Whether a thing of that size and place is well seen in it."""
        return self.holds(box) and self.side * SMALL_SHARE <= long_side(box) <= self.side / 2


def closeup_of(box: Box, seen: Size, image_size: Size) -> Closeup | None:
    """A square around a small thing that was found where `seen` (height, width) pixels were encoded. None when it is
    not small there, or nothing would be gained."""
    if long_side(box) >= max(seen) * SMALL_SHARE:
        return None
    half = max(long_side(box) * _SURROUNDINGS, _SMALLEST_PX) / 2
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    around = _within((x - half, y - half, x + half, y + half), image_size)
    return around if around.side * GAIN <= max(seen) else None


def closeup_around(prompt: Prompt, image_size: Size) -> Closeup:
    """The close-up for the first answer to a prompt, on an image that is too large to be seen whole."""
    boxes: list[Box] = [(x, y, x, y) for x, y in prompt.points.tolist()]
    x0, y0, x1, y1 = box_around(boxes if prompt.box is None else [*boxes, tuple(prompt.box.tolist())])
    half = max((max(x1 - x0, y1 - y0)) * _SURROUNDINGS, _FIRST_PX) / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return _within((x - half, y - half, x + half, y + half), image_size)


def view_of(visible: Box, image_size: Size) -> Closeup | None:
    """What the person looks at; None when that is most of the image, or hardly any pixels."""
    view = _within(visible, image_size)
    return view if view.side * GAIN <= max(image_size) and min(view.size) >= _SMALLEST_PX // 2 else None


def box_around(boxes: Iterable[Box]) -> Box:
    """The smallest one that holds them all; there is one at least."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _within(box: Box, image_size: Size) -> Closeup:
    """Moved into the image where it hangs over; cut where it is larger."""
    height, width = image_size
    x0, x1 = _slid(box[0], box[2], width)
    y0, y1 = _slid(box[1], box[3], height)
    return Closeup(x0, y0, x1, y1, image_size)


def _slid(low: float, high: float, length: int) -> tuple[int, int]:
    span = min(max(1, math.ceil(high - low)), length)
    start = min(max(0, math.floor(low)), length - span)
    return start, start + span


def long_side(box: Box) -> float:
    """The longer one of width and height."""
    return max(box[2] - box[0], box[3] - box[1])
