"""The size of the commonest pictures without opening them: 20 us instead of 50, which counts when a file of annotations
is laid on 100,000 images."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

_PNG = b"\x89PNG\r\n\x1a\n"
_PLAIN_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"pHYs", b"tIME", b"IDAT", b"IEND"})
"""None of them can turn the picture."""
_JPEG = b"\xff\xd8\xff"
_SIZES = frozenset({0xC0, 0xC1, 0xC2})
"""Markers of what tells the size: baseline, extended, progressive."""
_PLAIN_MARKERS = frozenset({0xC4, 0xDB, 0xDD, 0xE0, 0xEE, 0xFE})
"""Tables, JFIF, Adobe's colours, comments. EXIF, which may turn the picture, is 0xE1."""
_MOST_CHUNKS = 1000


def plain_size(file: BinaryIO) -> tuple[int, int] | None:
    """(width, height) of a PNG or JPEG in which nothing says how it is turned. None when that has to be looked at more
    closely, as all other kinds and what looks damaged. The file stays at its beginning."""
    start = file.read(len(_PNG))
    try:
        if start == _PNG:
            return _size_of_png(file)
        if start.startswith(_JPEG):
            return _size_of_jpeg(file)
        return None
    except struct.error:
        return None
    finally:
        file.seek(0)


def _size_of_png(file: BinaryIO) -> tuple[int, int] | None:
    length, kind, width, height = struct.unpack(">I4sII", file.read(16))
    if (length, kind) != (13, b"IHDR") or not width or not height:
        return None
    file.seek(9, os.SEEK_CUR)
    for _ in range(_MOST_CHUNKS):
        length, kind = struct.unpack(">I4s", file.read(8))
        if kind not in _PLAIN_CHUNKS:
            return None
        if kind == b"IEND":
            return width, height
        file.seek(length + 4, os.SEEK_CUR)
    return None


def _size_of_jpeg(file: BinaryIO) -> tuple[int, int] | None:
    file.seek(2)
    for _ in range(_MOST_CHUNKS):
        mark, marker, length = struct.unpack(">BBH", file.read(4))
        if mark == 0xFF and marker in _SIZES:
            _, height, width = struct.unpack(">BHH", file.read(5))
            return (width, height) if width and height else None
        if mark != 0xFF or marker not in _PLAIN_MARKERS or length < 2:
            return None
        file.seek(length - 2, os.SEEK_CUR)
    return None
