"""The way along the edges of a picture from one place to another: intelligent scissors, magnetic lasso.

Source: Mortensen and Barrett, Intelligent scissors for image composition, 1995, as OpenCV has it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels of the image, the last two behind its last pixel."""
_CANNY = (32, 100)
_SMOOTH = 1.0
"""Pixels (sigma): noise makes no ways."""
_STEEPEST = 200
"""From this gradient on an edge is an edge: a stronger one beside it does not draw the way to itself."""


class EdgeMap:
    """Knows the way from one place of a part of an image to all others. To make it takes half a microsecond for each
    pixel, to ask it nothing."""

    def __init__(self, pixels: NDArray[np.uint8], box: Box, shrink: int, start: tuple[float, float]) -> None:
        """Looks at pixels (h, w, 3) RGB, which show the box `shrink` times smaller. start: x, y in image pixels, cut to
        the box."""
        self.box, self.shrink, self.start = box, shrink, start
        self._size = pixels.shape[1], pixels.shape[0]
        self._scissors = cv2.segmentation.IntelligentScissorsMB()
        self._scissors.setEdgeFeatureCannyParameters(*_CANNY)
        self._scissors.setGradientMagnitudeMaxLimit(_STEEPEST)
        self._scissors.applyImage(cv2.GaussianBlur(np.ascontiguousarray(pixels), (0, 0), _SMOOTH))
        self._scissors.buildMap(self._cell(*start))

    def holds(self, x: float, y: float) -> bool:
        """Returns True if that place of the image lies in the part."""
        return holds(self.box, x, y)

    def way_to(self, x: float, y: float) -> list[tuple[float, float]]:
        """Returns the way from the start to a place in the part, both included; x, y in image pixels, as start."""
        cells = self._scissors.getContour(self._cell(x, y)).reshape(-1, 2)
        way = (cells + 0.5) * self.shrink + self.box[:2]
        return [self.start, *map(tuple, way[1:-1].tolist()), (x, y)]

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        column, row = int((x - self.box[0]) // self.shrink), int((y - self.box[1]) // self.shrink)
        return min(max(column, 0), self._size[0] - 1), min(max(row, 0), self._size[1] - 1)


def holds(box: Box, x: float, y: float) -> bool:
    """Returns True if a place of the image lies in a part of it."""
    return box[0] <= x < box[2] and box[1] <= y < box[3]
