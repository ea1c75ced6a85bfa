"""What was drawn by hand while the answer to a click was still to come: it is laid on the mask once that is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from app.masks.flooding import with_hole_filled, without_part
from app.masks.regions import added, empty, removed
from app.masks.rle import Region
from app.masks.strokes import Stroke


@dataclass(frozen=True, eq=False)
class DrawnPart:
    """A part that is added to the object or cut out of it. by: what it was made with, as in Editor.edit."""

    part: Region
    by: str
    adds: bool = True
    stroke: Stroke | None = None
    """That drew it, if one did."""
    asks_model: bool = False
    """The model is asked what the stroke left undone."""

    def laid_on(self, mask: Region | None) -> Region:
        """Returns the mask with it, or without it; None stands for a mask without pixels. Problem when the result
        reaches over too much of a huge image."""
        start = empty(self.part.image_size) if mask is None else mask
        return added(start, self.part) if self.adds else removed(start, self.part)

    @property
    def painted(self) -> int:
        """The number of pixels under the stroke; 0 where there is none."""
        return int(self.part.pixels.sum()) if self.stroke is not None else 0


@dataclass(frozen=True)
class FilledPlace:
    """The hole of the mask at a pixel is filled, or the part of it there taken away."""

    x: int
    y: int
    fills: bool
    by: str = "fill"
    stroke: None = None
    painted: int = 0

    def laid_on(self, mask: Region | None) -> Region | None:
        """Returns the mask with that done; None where there is no such hole or part."""
        if mask is None:
            return None
        return (with_hole_filled if self.fills else without_part)(mask, self.x, self.y)


ByHand: TypeAlias = DrawnPart | FilledPlace
