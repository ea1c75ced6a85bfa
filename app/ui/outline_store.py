"""The outlines of the saved objects on the canvas. They are traced by the engine's reader, never on this thread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Mask, Region
from app.project.records import Annotation
from app.ui.canvas.outline import Outline


class OutlineStore:
    """Outlines by annotation, each for the mask it was made from: a refined object is traced again."""

    def __init__(self) -> None:
        self._outlines: dict[int, tuple[Mask, Outline]] = {}
        self._asked: dict[int, Mask] = {}
        self._arrived: set[int] = set()
        self._live: tuple[Region, Outline] | None = None

    def clear(self) -> None:
        """Forgets all: another image is shown."""
        self._outlines.clear()
        self._asked.clear()
        self._arrived.clear()
        self._live = None

    def remember_live(self, region: Region, outline: Outline) -> None:
        """Keeps the outline of the proposal: when it is accepted, nothing flickers."""
        self._live = (region, outline)

    def get(self, annotation: Annotation) -> Outline | None:
        """Returns the outline of the object's mask as it is now; None if it is not here."""
        mask, outline = self._outlines.get(annotation.id, (None, None))
        if mask == annotation.mask:
            return outline
        if self._live is not None and _same(annotation.mask, self._live[0]):
            self._outlines[annotation.id] = (annotation.mask, self._live[1])
            return self._live[1]
        return None

    def missing(self, annotations: Sequence[Annotation]) -> dict[int, Mask]:
        """Masks to be traced: not here and not asked for yet. They count as asked for from now on."""
        missing = {a.id: a.mask for a in annotations if self._asked.get(a.id) != a.mask and self.get(a) is None}
        self._asked.update(missing)
        return missing

    def put(self, annotation_id: int, mask: Mask, polygons: Sequence[NDArray[np.float32]]) -> None:
        """Keeps an outline. `polygons` are (n, 2) float32 arrays in image pixels."""
        self._outlines[annotation_id] = (mask, Outline(polygons))
        self._asked.pop(annotation_id, None)
        self._arrived.add(annotation_id)

    def take_arrived(self) -> set[int]:
        """Returns the ids of those whose outlines were put here since it was asked last."""
        arrived, self._arrived = self._arrived, set()
        return arrived


def _same(mask: Mask, region: Region) -> bool:
    return mask.bbox == region.bbox and mask.area == int(region.pixels.sum())
