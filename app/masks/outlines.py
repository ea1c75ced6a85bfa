"""Exact outlines of a mask along pixel edges, and simpler ones for drawing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.masks.rle import Region


def outlines(region: Region, tolerance: float = 0.0) -> list[NDArray[np.float32]]:
    """Closed polygons (N, 2) xy in image pixels along the edges of pixels, holes included; filled with the even-odd
    rule they give the region back exactly when tolerance is 0. tolerance: largest deviation allowed, in pixels."""
    ...
