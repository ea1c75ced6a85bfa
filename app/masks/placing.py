"""Where a mask of one picture lies in another one: at the same place, fitted, or moved (translated)."""

from __future__ import annotations

from collections.abc import Sequence

from app.masks.rle import Mask, Region
from app.masks.scaling import is_alike, scaled


def fitted(mask: Mask, size: tuple[int, int]) -> Mask:
    """Returns the mask at the same place of a picture of another (height, width).

    In a picture of the same shape it is as much larger or smaller. In one of another shape nothing is distorted: the
    whole old picture would lie in the middle of the new one. Problem when the mask is damaged or too large to be worked
    on.
    """
    if mask.size == size:
        return mask
    if is_alike(mask.size, size):
        return scaled(mask, size)
    factor = min(size[0] / mask.size[0], size[1] / mask.size[1])
    height, width = (min(max(round(side * factor), 1), most) for side, most in zip(mask.size, size, strict=True))
    region = scaled(mask, (height, width)).region()
    left, top = (size[1] - width) // 2, (size[0] - height) // 2
    return Mask.from_region(Region(region.x + left, region.y + top, region.pixels, size))


def moved(mask: Mask, dx: int, dy: int) -> Mask:
    """Returns the mask so many pixels to the right and down, as far as it lies in the image then. Problem as
    `fitted`."""
    if not (dx or dy):
        return mask
    region, (height, width) = mask.region(), mask.size
    x, y = region.x + dx, region.y + dy
    rows, columns = region.pixels.shape
    pixels = region.pixels[max(-y, 0) : max(height - y, 0), max(-x, 0) : max(width - x, 0)]
    if not rows or not columns or not pixels.size:
        return Mask.from_runs([height * width], mask.size)
    return Mask.from_region(Region(max(x, 0), max(y, 0), pixels, mask.size))


def beside(masks: Sequence[Mask], taken: Sequence[Mask], step_px: int) -> tuple[int, int]:
    """Returns how far to move masks of one image, right and down, so that the first lies where none of `taken` does
    exactly; (0, 0) when it does so already, or nothing has room.

    It is as few steps as can be, towards the lower right and then the upper left, and nothing leaves the image.
    """
    there = {mask.counts for mask in taken}
    if not masks or masks[0].counts not in there:
        return 0, 0
    for dx, dy in _ways(masks, step_px):
        if moved(masks[0], dx, dy).counts not in there:
            return dx, dy
    return 0, 0


def _ways(masks: Sequence[Mask], step_px: int) -> list[tuple[int, int]]:
    """Each way once, as long as there is room on one side at least."""
    height, width = masks[0].size
    boxes = [mask.bbox for mask in masks]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right = width - max(box[0] + box[2] for box in boxes)
    below = height - max(box[1] + box[3] for box in boxes)
    steps = range(step_px, max(left, top, right, below) + step_px, step_px)
    ways = [(min(step, right), min(step, below)) for step in steps]
    ways += [(-min(step, left), -min(step, top)) for step in steps]
    return [way for way in dict.fromkeys(ways) if way != (0, 0)]
