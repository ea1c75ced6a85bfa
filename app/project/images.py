"""Any image file as RGB pixels, as it is meant to be seen.

- EXIF orientation is applied: coordinates are of the picture as displayed.
- Transparency is laid on white, as viewers and printers show it; the colours under full transparency are arbitrary.
- More than 8 bits a channel are stretched, see app.project.deep.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import struct
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from app.problem import Problem
from app.project import deep, dicom, kinds, tiff
from app.project.content import opened
from app.project.heads import plain_size
from app.project.pages import shown, source_of

MAX_FILE_BYTES = 4 << 30
_READ = "JPEG, PNG, TIFF, WebP, BMP, GIF, JPEG 2000"
_ORIENTATION = 0x0112
_WHAT_DECODERS_RAISE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, RuntimeError, SyntaxError, TypeError,
    ValueError, cv2.error, struct.error, zlib.error,
)  # fmt: skip
"""On damaged files, besides OSError: Pillow, tifffile and cv2 found by feeding them thousands."""
Image.MAX_IMAGE_PIXELS = None  # our own limit says it better, see deep.check_size
for library in ("PIL", "tifffile", "pydicom"):  # what matters of their notes on damaged tags is raised
    logging.getLogger(library).setLevel(logging.CRITICAL)
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


@dataclass(frozen=True, eq=False)
class Picture:
    pixels: NDArray[np.uint8]
    """(H, W, 3) RGB"""
    content_hash: str
    """sha-256 of the file, or of the page taken out of it; in hexadecimal."""
    size_bytes: int
    mtime_ns: int


def file_hash(path: Path) -> str:
    """Picture.content_hash without the pixels, which is ten times quicker. Problem as read_image."""
    with _sentences(path), opened(path) as file:
        _check_file_size(file.seek(0, os.SEEK_END))
        file.seek(0)
        return hashlib.file_digest(cast(Any, file), "sha256").hexdigest()


def read_image(path: Path) -> Picture:
    """path: of a file, or of a page of it (app.project.pages). Reads it once: the hash is of the very bytes the pixels
    come from. Problem with the file's name when it cannot be read, is none of our formats, is damaged or too large."""
    with _sentences(path):
        status = source_of(path).file.stat()
        data = _read(path)
        pixels = _decode(data)
    return Picture(pixels, hashlib.sha256(data).hexdigest(), status.st_size, status.st_mtime_ns)


def _read(path: Path) -> bytes:
    with opened(path) as file:
        _check_file_size(file.seek(0, os.SEEK_END))
        file.seek(0)
        data = file.read()
    if not data:
        raise Problem("the file is empty.")
    return data


def _check_file_size(size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise Problem(f"the file has {size / 1e9:.1f} GB; the limit is 4 GB.")


def read_thumbnail(path: Path, size_px: int) -> NDArray[np.uint8]:
    """(h, w, 3) RGB, the longest side at most size_px. JPEG files are decoded small, which is many times faster."""
    with _sentences(path):
        image = _small(path, size_px) or Image.fromarray(_decode(_read(path)))
        image.thumbnail((size_px, size_px), Image.Resampling.BOX, reducing_gap=2.0)
        return _rgb(image)


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) as displayed, from the head of the file."""
    with _sentences(path), opened(path, pixels=False) as file:
        plain = plain_size(file)
        if plain is not None:
            deep.check_size(plain)
            return plain
        start = _start(file)
        if dicom.is_dicom(start):
            return dicom.size(source_of(path).file)
        if tiff.is_tiff(start):  # Pillow gives the size before or after turning it, depending on its version
            return deep.tiff_size(file)
        with Image.open(file, formats=kinds.formats()) as image:
            width, height = image.size
            deep.check_size(image.size)
            turned = _exif_of_head(image, path).get(_ORIENTATION, 1) in (5, 6, 7, 8)
            return (height, width) if turned else (width, height)


def _start(file: BinaryIO) -> bytes:
    start = file.read(dicom.HEAD_BYTES)
    file.seek(0)
    return start


def _exif_of_head(image: Image.Image, path: Path) -> Image.Exif:
    """Pillow would decode a whole PNG to look for EXIF behind its pixels, where hardly any file has it."""
    if image.format == "PNG" and not _has_chunks_after_pixels(path):
        return Image.Image.getexif(image)
    return image.getexif()


def _has_chunks_after_pixels(path: Path) -> bool:
    kinds: list[bytes] = []
    with path.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            kinds.append(kind)
            file.seek(length + 4, os.SEEK_CUR)
    return kinds[-2:] != [b"IDAT", b"IEND"]


def _decode(data: bytes) -> NDArray[np.uint8]:
    if dicom.is_dicom(data):
        return dicom.pixels(data)
    try:
        with Image.open(io.BytesIO(data), formats=kinds.formats()) as image:
            deep.check_size(image.size)
            if not deep.is_deep(image):
                return _rgb(image)
            if image.format == "PNG":
                return deep.png_pixels(data, image)
            if image.format != "TIFF":
                return deep.other_pixels(image)
    except UnidentifiedImageError:  # TIFF has kinds that Pillow does not know
        if not tiff.is_tiff(data):
            raise
    return deep.tiff_pixels(data)


def _small(path: Path, size_px: int) -> Image.Image | None:
    """At least twice size_px, to be shrunk smoothly; None when only the whole picture will do."""
    # Given a path, Pillow 13 maps plain TIFF files into memory; turned ones with their sides exchanged: garbage
    with opened(path) as file:
        start = _start(file)
        if dicom.is_dicom(start):
            return None
        try:
            with Image.open(file, formats=kinds.formats()) as image:
                deep.check_size(image.size)
                if deep.is_deep(image):
                    return None
                image.draft("RGB", (size_px * 2, size_px * 2))
                image.load()
                return image
        except UnidentifiedImageError:
            if not tiff.is_tiff(start):
                raise
            return None


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


@contextmanager
def _sentences(path: Path) -> Generator[None, None, None]:
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
        raise Problem(f"{prefix}{problem}") from problem
    except FileNotFoundError as error:
        raise Problem(f"{name}: the file is not there any more.") from error
    except UnidentifiedImageError as error:
        raise Problem(f"{name}: this is not an image that can be read ({_READ}).") from error
    except MemoryError as error:
        raise Problem(f"{name}: there is not enough memory for it.") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "the picture is damaged or cut off"
        raise Problem(f"{name}: {reason}.") from error
    except _WHAT_DECODERS_RAISE as error:
        raise Problem(f"{name}: the picture is damaged.") from error
