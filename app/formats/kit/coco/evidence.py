"""What a record in the manner of COCO says beside its mask: a bbox that is all there is, shares of the image in the
place of pixels, and a bbox or an area that contradict the mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

from app.formats.kit.values import decimal
from app.masks.rle import Mask
from app.text import say

Corners: TypeAlias = tuple[float, float, float, float]
"""x0, y0, x1, y1"""
_Size: TypeAlias = tuple[int, int]
_AT_LEAST_PX, _AT_LEAST_SHARE = 2, 0.1
"""So far a side of a bbox may be from that of the mask: people draw polygons to fractions of a pixel, and pad boxes."""
_WHOLE = 1.001
"""All of an image, as a share of it that was rounded."""
_AREA_SHARE = 0.25
_ROUNDING = 0.02
IN_SHARES = say("its coordinates are shares of the image; they were read as such.")
AS_CORNERS = say("its bbox is written as two corners; it was read as such.")


def has_no_mask(segmentation: object) -> bool:
    """Tells whether nothing stands in the place of a mask, as in files for detection."""
    if segmentation is None or segmentation == "":
        return True
    return isinstance(segmentation, list) and all(part == [] for part in cast(list[object], segmentation))


def are_shares(numbers: Sequence[float]) -> bool:
    """Tells whether coordinates are shares of the image for certain: as pixels they would all lie in the first one, and
    between its edges."""
    if not numbers or not 0 <= numbers[0] <= _WHOLE:
        return False
    return all(0 <= number <= _WHOLE for number in numbers) and any(0 < number < 1 for number in numbers)


def polygons_in_pixels(polygons: list[Any], size: _Size) -> list[Any] | None:
    """Returns polygons [x0, y0, x1, y1, ...] that are told in shares of the image in pixels; None when they are told in
    pixels, or are none. size: (height, width)."""
    for polygon in polygons:
        if not isinstance(polygon, list) or not _begins_in_shares(cast(list[object], polygon)):
            return None
    numbers = [number for polygon in polygons for number in polygon]
    if not all(type(number) in (int, float) for number in numbers) or not are_shares(numbers):
        return None
    height, width = size
    return [[n * (height if at % 2 else width) for at, n in enumerate(polygon)] for polygon in polygons]


def _begins_in_shares(polygon: list[object]) -> bool:
    return all(isinstance(number, int | float) and 0 <= number <= _WHOLE for number in polygon[:2])


def box_of(bbox: object, area: object, size: _Size) -> tuple[Corners, str] | None:
    """Returns the corners of a bbox in pixels and what is to be said of how it was read, or ""; None when it is none.
    It is x, y, width, height, unless shares of the image or two corners are certain. size: (height, width)."""
    numbers = _four(bbox)
    if numbers is None:
        return None
    height, width = size
    if are_shares(numbers):
        x, y, wide, high = (n * side for n, side in zip(numbers, (width, height) * 2, strict=True))
        return ((x, y, x + wide, y + high), IN_SHARES) if wide and high else None
    x, y, wide, high = numbers
    if _are_corners(numbers, decimal(area), size):
        return numbers, AS_CORNERS
    return ((x, y, x + wide, y + high), "") if wide > 0 and high > 0 else None


def _four(bbox: object) -> Corners | None:
    found = [decimal(n) for n in cast(Sequence[object], bbox)] if isinstance(bbox, list | tuple) else []
    if len(found) != 4 or any(n is None for n in found):
        return None
    return cast(Corners, tuple(found))


def _are_corners(numbers: Corners, area: float | None, size: _Size) -> bool:
    """Whether four numbers are two corners: by the area that is told, else as they would lead out of the image
    otherwise."""
    x, y, right, bottom = numbers
    if not (0 <= x < right <= size[1] and 0 <= y < bottom <= size[0]):
        return False
    if area and _is_about(area, right * bottom) != _is_about(area, (right - x) * (bottom - y)):
        return _is_about(area, (right - x) * (bottom - y))
    return x + right > size[1] + _AT_LEAST_PX or y + bottom > size[0] + _AT_LEAST_PX


def _is_about(area: float, other: float) -> bool:
    return abs(area - other) <= _ROUNDING * max(area, other)


def contradiction(mask: Mask, bbox: object, area: object) -> str:
    """Says what a file tells of an object beside its mask that cannot be true of the mask; "" when there is nothing. A
    bbox or area of 0 is what programs write that do not know it."""
    if not mask.area:
        return ""
    numbers = _four(bbox)
    if numbers is not None and not _is_around(mask, numbers):
        return say("its bbox contradicts its mask, which was taken.")
    told = decimal(area)
    if told is None or told < 1 or told == mask.area:
        return ""
    _, _, width, height = mask.bbox
    if abs(told - mask.area) <= max(_AREA_SHARE * max(told, mask.area), 2 * (width + height)):
        return ""
    if _is_about(told, width * height) or (numbers is not None and _is_about(told, numbers[2] * numbers[3])):
        return ""  # of the box, as some write it
    return say("its area contradicts its mask, which was taken.")


def _is_around(mask: Mask, numbers: Corners) -> bool:
    height, width = mask.size
    if are_shares(numbers):
        numbers = (numbers[0] * width, numbers[1] * height, numbers[2] * width, numbers[3] * height)
    x, y, wide, high = numbers
    if wide <= 0 or high <= 0:
        return True
    left, top, its_width, its_height = mask.bbox
    ends = (max(x, 0), max(y, 0), min(x + wide, width), min(y + high, height))
    its_ends = (left, top, left + its_width, top + its_height)
    most = max(_AT_LEAST_PX, _AT_LEAST_SHARE * max(its_width, its_height))
    return all(abs(end - its) <= most for end, its in zip(ends, its_ends, strict=True))
