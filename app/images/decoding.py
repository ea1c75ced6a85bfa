"""The bytes of an image file as RGB pixels, and what can be wrong with them as one sentence.

- EXIF orientation is applied: coordinates are of the picture as displayed.
- Transparency is laid on white, as viewers and printers show it; the colours under full transparency are arbitrary.
- More than 8 bits a channel are stretched, see app.images.tone_mapping; of JPEG 2000 in grey and in plain RGB.
"""

from __future__ import annotations

import io
import logging
import os
import struct
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from app.images import dicom, file_types, holes, lean, tiff, tone_mapping
from app.images.budget import VIEW_BYTES
from app.images.pages import shown
from app.images.tone_mapping import Contrast
from app.problem import Problem
from app.text import say

_READ = "JPEG, PNG, TIFF, WebP, BMP, GIF, JPEG 2000"
_WHAT_DECODERS_RAISE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, RuntimeError, SyntaxError, TypeError,
    ValueError, cv2.error, struct.error, zlib.error,
)  # fmt: skip
"""On damaged files, besides OSError: Pillow, tifffile and cv2 found by feeding them thousands."""
Image.MAX_IMAGE_PIXELS = None  # our own limit says it better, see tone_mapping.check_size
for library in ("PIL", "tifffile", "pydicom"):  # what matters of their notes on damaged tags is raised
    logging.getLogger(library).setLevel(logging.CRITICAL)
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def decoded(data: bytes, contrast: Contrast | None = None, limit_bytes: int = VIEW_BYTES) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of a whole file. contrast: of deep pixels in a TIFF, when it is not theirs alone to say.
    limit_bytes: see app.images.budget; OverBudget when that is too little."""
    if dicom.is_dicom(data):
        return dicom.pixels(data, limit_bytes)
    try:
        with Image.open(io.BytesIO(data), formats=file_types.formats()) as image:
            tone_mapping.check_size(image.size)
            if holes.has_holes(image):
                return holes.pixels_around(image, data, lambda some: decoded(some, contrast, limit_bytes), limit_bytes)
            if not tone_mapping.is_deep(image) and not lean.is_deep_wavelets(image, data):
                return lean.pixels_of(image, data, limit_bytes)
            if image.format == "PNG":
                return tone_mapping.png_pixels(data, image, limit_bytes)
            if image.format != "TIFF":
                return tone_mapping.other_pixels(image, data, limit_bytes)
    except UnidentifiedImageError:  # TIFF has kinds that Pillow does not know
        if not tiff.is_tiff(data):
            raise
    return tone_mapping.tiff_pixels(data, contrast, limit_bytes)


def is_stretched(data: bytes) -> bool:
    """Whether the pixels of a TIFF file depend on all of its pixels."""
    try:
        with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
            return tone_mapping.is_deep(image)
    except UnidentifiedImageError:
        return True


@contextmanager
def sentences(path: Path) -> Generator[None, None, None]:
    """What can be wrong with a file of a stranger, as one sentence with its name."""
    name = shown(path.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of decoders, on metadata that does not matter here
            yield
    except Problem as problem:
        prefix = f"{name}: "
        if str(problem).startswith(prefix):
            raise
        raise type(problem)(f"{prefix}{problem}") from problem
    except FileNotFoundError as error:
        raise Problem(say("{name}: the file is not there any more.", name=name)) from error
    except UnidentifiedImageError as error:
        raise Problem(say("{name}: this is not an image that can be read ({read}).", name=name, read=_READ)) from error
    except MemoryError as error:
        raise Problem(say("{name}: there is not enough memory for it.", name=name)) from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else say("the picture is damaged or cut off")
        raise Problem(f"{name}: {reason}.") from error
    except _WHAT_DECODERS_RAISE as error:
        raise Problem(say("{name}: the picture is damaged.", name=name)) from error
