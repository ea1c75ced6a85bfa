"""Regions with more or less pixels than before; what is worked on is never larger than it must be. Where the RLE of the
one before is known, that of the new one is made of it: what a stroke costs depends on the stroke."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.combining import subtract, union
from app.masks.rle import Mask, Region, check_region

Box: TypeAlias = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels of the image, the last two behind its last pixel."""
Look: TypeAlias = Callable[[Box], "NDArray[np.uint8] | None"]
"""What there is to be seen of a box of the image: (h, w, 3) RGB, smaller than the box where the one who looks takes it
so; None: nothing."""
_MOST_FLOODED_PX = 65_000
"""Along a side: cv2.floodFill counts rows in 16 bits, and returns other pixels where there are more."""


def empty(image_size: tuple[int, int]) -> Region:
    """Returns the region without a pixel. image_size: (height, width)."""
    return Region(0, 0, np.zeros((0, 0), np.bool_), image_size)


def decoded(mask: Mask) -> Region:
    """Returns the pixels of a mask, with its RLE as ours is written. Problem when it is damaged or too large."""
    return replace(mask.region(), rle=Mask.from_runs(mask.runs, mask.size)) if mask.area else empty(mask.size)


def added(start: Region, part: Region) -> Region:
    """Returns the pixels that either has. Problem when that reaches over too much of a huge image."""
    inner = tight(part)
    if not inner.pixels.size:
        return start
    changed = bounds(inner)
    old = bounds(start) if start.pixels.any() else changed
    x0, y0, x1, y1 = (*map(min, old[:2], changed[:2]), *map(max, old[2:], changed[2:]))
    check_region((y1 - y0, x1 - x0), start.image_size)
    pixels = cut(start, (x0, y0, x1, y1))
    pixels[changed[1] - y0 : changed[3] - y0, changed[0] - x0 : changed[2] - x0] |= inner.pixels
    rle = None if start.rle is None else union([start.rle, Mask.from_region(inner)])
    return Region(x0, y0, pixels, start.image_size, rle)


def removed(start: Region, part: Region) -> Region:
    """Returns the pixels of start that the part has not."""
    x0, y0, x1, y1 = common_box(bounds(start), bounds(part))
    if x0 >= x1 or y0 >= y1 or not part.pixels.any():
        return start
    pixels = start.pixels.copy()
    pixels[y0 - start.y : y1 - start.y, x0 - start.x : x1 - start.x] &= ~cut(part, (x0, y0, x1, y1))
    rle = None if start.rle is None else subtract(start.rle, [Mask.from_region(part)])
    return tight(Region(start.x, start.y, pixels, start.image_size, rle))


def has_all(region: Region, part: Region) -> bool:
    """Returns True if the region has every pixel of the part."""
    return not (part.pixels & ~cut(region, bounds(part))).any()


def has_any(region: Region, part: Region) -> bool:
    """Returns True if the region has a pixel of the part."""
    return bool((part.pixels & cut(region, bounds(part))).any())


def difference(one: Region, other: Region) -> Region:
    """Returns the pixels that only one of two regions has. Problem when both reach over too much of a huge image."""
    boxes = [bounds(region) for region in (one, other) if region.pixels.size]
    if not boxes:
        return empty(one.image_size)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    box = min(lefts), min(tops), max(rights), max(bottoms)
    check_region((box[3] - box[1], box[2] - box[0]), one.image_size)
    pixels = _whole(one, box) ^ _whole(other, box)
    return tight(Region(box[0], box[1], pixels, one.image_size))


def _whole(region: Region, box: Box) -> NDArray[np.bool_]:
    """The pixels of a box: its own where that is all it has."""
    return region.pixels if bounds(region) == box else cut(region, box)


def bounds(region: Region) -> Box:
    """Returns where the region lies."""
    x, y, width, height = region.bbox
    return x, y, x + width, y + height


def common_box(one: Box, other: Box) -> Box:
    """Returns what two boxes have in common: nothing, where its end is not behind its beginning."""
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def clipped(box: Box, image_size: tuple[int, int]) -> Box:
    """Returns the part of a box that lies in the image. image_size: (height, width)."""
    height, width = image_size
    return max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height)


def cut(region: Region, box: Box) -> NDArray[np.bool_]:
    """Returns the pixels of the box, (h, w) as large as it, a copy; what lies beyond the region is not set."""
    x0, y0, x1, y1 = box
    left, top, right, bottom = bounds(region)
    if left <= x0 and top <= y0 and x1 <= right and y1 <= bottom:
        return region.pixels[y0 - top : y1 - top, x0 - left : x1 - left].copy()
    result = np.zeros((y1 - y0, x1 - x0), np.bool_)
    a0, b0, a1, b1 = common_box(box, (left, top, right, bottom))
    if a0 < a1 and b0 < b1:
        result[b0 - y0 : b1 - y0, a0 - x0 : a1 - x0] = region.pixels[b0 - top : b1 - top, a0 - left : a1 - left]
    return result


def tight(region: Region) -> Region:
    """Returns the region without empty rows and columns around it; without a pixel it is `empty`."""
    if region.rle is not None:
        left, top, width, height = region.rle.bbox
        left, top = left - region.x, top - region.y
    else:
        seen = region.pixels.view(np.uint8)
        left, top, width, height = cv2.boundingRect(seen) if region.pixels.size else (0, 0, 0, 0)
    if not width:
        return empty(region.image_size)
    pixels = region.pixels[top : top + height, left : left + width]
    return Region(region.x + left, region.y + top, pixels, region.image_size, region.rle)


def part_at(pixels: NDArray[np.bool_], x: int, y: int, *, corners: bool = False) -> NDArray[np.bool_]:
    """Returns what hangs together with the pixel in column x, row y, (h, w) as pixels; nothing where that is not set.

    corners: also pixels that touch with a corner only.
    """
    if not pixels[y, x]:
        return np.zeros_like(pixels)
    if max(pixels.shape) > _MOST_FLOODED_PX:
        seen = np.ascontiguousarray(pixels).view(np.uint8)
        part_of = np.asarray(cv2.connectedComponents(seen, connectivity=8 if corners else 4)[1])
        return part_of == part_of[y, x]
    part = np.zeros((pixels.shape[0] + 2, pixels.shape[1] + 2), np.uint8)
    flags = (8 if corners else 4) | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
    cv2.floodFill(np.ascontiguousarray(pixels).view(np.uint8), part, (x, y), 1, flags=flags)
    return part[1:-1, 1:-1].view(np.bool_)


def parts(region: Region, *, diagonal: bool) -> list[Region]:
    """Returns the parts of a region that hang together, none of which touch. diagonal: whether pixels do that have only
    a corner in common."""
    count, index, boxes, _ = cv2.connectedComponentsWithStats(
        region.pixels.view(np.uint8), connectivity=8 if diagonal else 4
    )
    if count == 2:
        return [region]
    found: list[Region] = []
    for number in range(1, count):
        x, y, width, height = boxes[number, :4].tolist()
        pixels = index[y : y + height, x : x + width] == number
        found.append(Region(region.x + x, region.y + y, pixels, region.image_size))
    return found


def count_parts(region: Region, *, diagonal: bool) -> int:
    """Returns how many parts `parts` finds."""
    return cv2.connectedComponents(region.pixels.view(np.uint8), connectivity=8 if diagonal else 4)[0] - 1
