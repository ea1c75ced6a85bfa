"""Any image file as RGB pixels, as it is meant to be seen: see app.images.decoding. Those of app.images.tiled_tiff are
better read in parts."""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from app.images import budget, costs, dicom, file_types, tiff, tone_mapping
from app.images.budget import THUMBNAIL_BYTES, VIEW_BYTES
from app.images.decoding import decoded, sentences
from app.images.holes import has_holes
from app.images.lean import is_large, rgb
from app.images.orientation import SIDEWAYS
from app.images.overview import glimpse
from app.images.page_bytes import file_at, opened
from app.images.pages import PAGED_SUFFIXES, source_of
from app.images.quick_size import plain_size
from app.images.tiled_tiff import open_tiled
from app.problem import Problem
from app.text import say

MAX_FILE_BYTES = 4 << 30
_LARGE_FILE_BYTES = 64 << 20
"""From here on its head is asked before it is read."""
_ORIENTATION = 0x0112
_DRAFTED = ("JPEG", "MPO")


@dataclass(frozen=True, eq=False)
class Picture:
    """The pixels of an image file, with what tells it from another one."""

    pixels: NDArray[np.uint8]
    """(H, W, 3) RGB"""
    content_hash: str
    """sha-256 of the file, or of the page taken out of it; in hexadecimal. Of a tiled one see app.images.tiled_tiff."""
    size_bytes: int
    mtime_ns: int


def file_hash(path: Path) -> str:
    """Picture.content_hash without the pixels, which is ten times quicker. Problem as read_image."""
    tiled = open_tiled(path)
    if tiled is not None:
        return tiled.content_hash
    with sentences(path), opened(path) as file:
        _check_file_size(file.seek(0, os.SEEK_END))
        file.seek(0)
        return hashlib.file_digest(cast(Any, file), "sha256").hexdigest()


def read_image(path: Path, limit_bytes: int = VIEW_BYTES) -> Picture:
    """Reads an image file, or a page of one (app.images.pages), once: the hash is of the very bytes the pixels come
    from. Problem with the file's name when it cannot be read, is none of our formats, is damaged or too large.
    limit_bytes: of memory, see app.images.budget."""
    with sentences(path):
        status = source_of(path).file.stat()
        tiled = open_tiled(path)
        if tiled is None:
            _check_head(path, status.st_size, limit_bytes)
        data = _read(path)
        content_hash = hashlib.sha256(data).hexdigest() if tiled is None else tiled.content_hash
        return Picture(decoded(data, limit_bytes=limit_bytes), content_hash, status.st_size, status.st_mtime_ns)


def _check_head(path: Path, file_bytes: int, limit_bytes: int) -> None:
    """Problem when a large file is too large for what its head says of it: before all of it is read."""
    if file_bytes < _LARGE_FILE_BYTES:
        return
    size = image_size(path)
    tone_mapping.check_size(size)
    if source_of(path).file.suffix.lower() in PAGED_SUFFIXES:  # of which one page may be a small part
        return
    budget.check(size, costs.least(size, file_bytes), file_bytes, limit_bytes)


def _read(path: Path) -> bytes:
    with opened(path) as file:
        _check_file_size(file.seek(0, os.SEEK_END))
        file.seek(0)
        data = file.read()
    if not data:
        raise Problem(say("the file is empty."))
    return data


def _check_file_size(size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise Problem(say("the file has {size:.1f} GB; the limit is 4 GB.", size=size / 1e9))


def read_thumbnail(path: Path, size_px: int) -> NDArray[np.uint8]:
    """(h, w, 3) RGB, the longest side at most size_px. JPEG files are decoded small, which is many times faster."""
    with sentences(path):
        tiled = open_tiled(path)
        if tiled is not None:
            return rgb(_shrunk(Image.fromarray(glimpse(tiled)), size_px))
        image = _small(path, size_px) or Image.fromarray(_whole(path))
        return rgb(_shrunk(image, size_px))


def _whole(path: Path) -> NDArray[np.uint8]:
    """Decodes a whole picture for its thumbnail."""
    _check_head(path, source_of(path).file.stat().st_size, THUMBNAIL_BYTES)
    return decoded(_read(path), limit_bytes=THUMBNAIL_BYTES)


def _shrunk(image: Image.Image, size_px: int) -> Image.Image:
    image.thumbnail((size_px, size_px), Image.Resampling.BOX, reducing_gap=2.0)
    return image


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) as displayed, from the head of the file."""
    plain = _plain_size(path)
    if plain is not None:
        return plain
    with sentences(path):
        return _size_of_any(path)


def _plain_size(path: Path) -> tuple[int, int] | None:
    """Reads the size of a PNG or JPEG from its head, in half the time of _size_of_any. None for other kinds, and when
    something is wrong, which _size_of_any tells."""
    if not path.name.lower().endswith((".png", ".jpg", ".jpeg")):
        return None
    try:
        with file_at(path) as file:
            size = plain_size(file)
        if size is not None:
            tone_mapping.check_size(size)
    except (OSError, Problem):
        return None
    return size


def _size_of_any(path: Path) -> tuple[int, int]:
    with opened(path, pixels=False) as file:
        start = _start(file)
        if dicom.is_dicom(start):
            return dicom.size(source_of(path).file)
        if tiff.is_tiff(start):  # Pillow gives the size before or after turning it, depending on its version
            return tone_mapping.tiff_size(file)
        with Image.open(file, formats=file_types.formats()) as image:
            width, height = image.size
            tone_mapping.check_size(image.size)
            turned = _exif_of_head(image, path).get(_ORIENTATION, 1) in SIDEWAYS
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


def _small(path: Path, size_px: int) -> Image.Image | None:
    """At least twice size_px, to be shrunk smoothly; None when only the whole picture will do."""
    # Given a path, Pillow 13 maps plain TIFF files into memory; turned ones with their sides exchanged: garbage
    with opened(path) as file:
        start = _start(file)
        if dicom.is_dicom(start):
            return None
        try:
            with Image.open(file, formats=file_types.formats()) as image:
                tone_mapping.check_size(image.size)
                is_whole = tone_mapping.is_deep(image) or has_holes(image)
                return None if is_whole else _drafted(image, file, size_px)
        except UnidentifiedImageError:
            if not tiff.is_tiff(start):
                raise
            return None


def _drafted(image: Image.Image, file: BinaryIO, size_px: int) -> Image.Image | None:
    """Decoded no larger than needed, where its format can do that; None as _small. OverBudget as budget.check."""
    if image.format == "JPEG2000" or (image.format not in _DRAFTED and is_large(image.size)):
        return None
    file.seek(0)
    data = file.read() if image.format in _DRAFTED else b""
    if data:
        costs.check_scans(data, image.size)
    whole = image.size
    image.draft("RGB", (size_px * 2, size_px * 2))
    needed = costs.of_pillow(image, data, whole)
    budget.check(whole, needed, len(data), THUMBNAIL_BYTES)
    with budget.turn(needed):
        image.load()
    return image
