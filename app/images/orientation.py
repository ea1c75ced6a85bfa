"""How a picture is turned as EXIF says."""

from __future__ import annotations

import io
from typing import Any

from numpy.typing import NDArray
from PIL import Image

from app.images.png_rows import PngRows

ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)
"""Orientations in which width and height change places."""


def oriented(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turns pixels (H, W, ...) upright by an EXIF orientation 1-8, for pictures that Pillow does not hold; others mean
    nothing."""
    turned = pixels.transpose(1, 0, 2) if orientation in SIDEWAYS else pixels
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return turned[::-1] if orientation in (3, 4, 7, 8) else turned


def png_orientation(rows: PngRows, image: Image.Image) -> int:
    """EXIF 1-8. Pillow would decode all of a picture to look behind its rows."""
    if not rows.late:
        return Image.Image.getexif(image).get(ORIENTATION, 1)
    with Image.open(io.BytesIO(rows.told), formats=("PNG",)) as small:
        return small.getexif().get(ORIENTATION, 1)
