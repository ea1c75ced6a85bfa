"""Regions with more or less pixels than before; what is worked on is never larger than it must be."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Region, check_region

Box: TypeAlias = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels of the image, the last two behind its last pixel."""


def empty(image_size: tuple[int, int]) -> Region:
    """Returns the region without a pixel. image_size: (height, width)."""
    return Region(0, 0, np.zeros((0, 0), np.bool_), image_size)


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
    return Region(x0, y0, pixels, start.image_size)


def removed(start: Region, part: Region) -> Region:
    """Returns the pixels of start that the part has not."""
    if not part.pixels.any():
        return start
    pixels = start.pixels & ~cut(part, bounds(start))
    return tight(Region(start.x, start.y, pixels, start.image_size))


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


def clipped(box: Box, image_size: tuple[int, int]) -> Box:
    """Returns the part of a box that lies in the image. image_size: (height, width)."""
    height, width = image_size
    return max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height)


def cut(region: Region, box: Box) -> NDArray[np.bool_]:
    """Returns the pixels of the box, a copy; what lies beyond the region is not set."""
    x0, y0, x1, y1 = box
    left, top, right, bottom = bounds(region)
    result = np.zeros((y1 - y0, x1 - x0), np.bool_)
    a0, b0, a1, b1 = max(x0, left), max(y0, top), min(x1, right), min(y1, bottom)
    if a0 < a1 and b0 < b1:
        result[b0 - y0 : b1 - y0, a0 - x0 : a1 - x0] = region.pixels[b0 - top : b1 - top, a0 - left : a1 - left]
    return result


def tight(region: Region) -> Region:
    """Returns the region without empty rows and columns around it; without a pixel it is `empty`."""
    left, top, width, height = cv2.boundingRect(region.pixels.view(np.uint8)) if region.pixels.size else (0, 0, 0, 0)
    if not width:
        return empty(region.image_size)
    pixels = region.pixels[top : top + height, left : left + width]
    return Region(region.x + left, region.y + top, pixels, region.image_size)


def part_at(pixels: NDArray[np.bool_], x: int, y: int, *, corners: bool = False) -> NDArray[np.bool_]:
    """Returns what hangs together with the pixel in column x, row y, (h, w) as pixels; nothing where that is not set.

    corners: also pixels that touch with a corner only.
    """
    if not pixels[y, x]:
        return np.zeros_like(pixels)
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
