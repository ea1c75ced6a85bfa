"""What it costs to read a picture: bytes of memory for all copies that are there at the same time, by format.

Of each format the figure is what its decoder holds of a pixel at most: measured, see tests/bench/hostile.py.
"""

from __future__ import annotations

import struct
from typing import Any, TypeAlias

from PIL import Image

from app.images.jpeg_scans import scans_of
from app.problem import Problem
from app.text import say

_SHOWN = 3
"""RGB, what all becomes."""
_PILLOW = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
"""Of a pixel in Pillow's memory, by mode; all others take 4."""
_OF_DECODER = {"GIF": 2, "WEBP": 10, "AVIF": 5, "HEIF": 3, "BMP": 2, "DIB": 2}
"""Beside what Pillow keeps: the screen before, the picture as the library has it, and as it hands it over."""
_OF_CV2 = {"WEBP": 1, "JPEG2000": 1}
_JPEG = ("JPEG", "MPO")
_CODESTREAM = b"\xff\x4f\xff\x51"
_OF_WAVELETS = 6
"""Of each channel of JPEG 2000: numbers of 32 bits, once for all and once for the tile."""
_MOST_SCANS, _MOST_SCANNED = 200, 4_000_000_000
"""Of a progressive JPEG: so many passes over the picture, or over so many pixels altogether."""
_OF_TILE = 4000
"""Of each channel of each tile of JPEG 2000, what is known of it."""
PictureSize: TypeAlias = tuple[int, int]
"""(width, height)"""


def of_pillow(image: Image.Image, data: bytes, whole: PictureSize | None = None) -> int:
    """Estimates the cost of a picture that Pillow opened and has not loaded, with the file. whole: its size in the
    file, when it is decoded smaller than that."""
    width, height = image.size
    told = str(image.format)
    each = _PILLOW.get(image.mode, 4) + _SHOWN + _OF_DECODER.get(told, 0)
    extra = {"JPEG": _of_jpeg, "MPO": _of_jpeg, "JPEG2000": _of_jpeg2000, "TIFF": _of_strips}.get(told)
    return len(data) + width * height * each + (extra(image, data, whole or image.size) if extra else 0)


def of_cv2(image: Image.Image, data: bytes) -> int:
    """The same of one that cv2 decodes: it gives away a copy of what it made."""
    width, height = image.size
    is_deep = image.mode.startswith("I;16") or (image.format == "JPEG2000" and wavelet_bits(data) > 8)
    channels = len(image.getbands()) * (2 if is_deep else 1)
    each = max(2 * channels, channels + _SHOWN) + _OF_CV2.get(str(image.format), 0)
    extra = _of_jpeg(image, data, image.size) if image.format in _JPEG else 0
    if image.format == "JPEG2000":
        each += 4 * wavelet_channels(data)
        extra = _OF_TILE * wavelet_channels(data) * wavelet_tiles(data)
    return len(data) + width * height * each + extra


def least(size: PictureSize, file_bytes: int) -> int:
    """The file and the picture shown: of one of which only some rows at a time are there in between."""
    return file_bytes + size[0] * size[1] * _SHOWN


def of_deep_png(size: PictureSize, data: bytes) -> int:
    """Estimates the cost of a PNG with 16 bits that is decoded as a whole: four channels at most."""
    return len(data) + size[0] * size[1] * 16


def of_tiff(stored_bytes: int, size: PictureSize, file_bytes: int) -> int:
    """Estimates the cost of a picture that tifffile or cv2 decodes: as it is stored, once for its strips and once for
    all."""
    return file_bytes + 2 * stored_bytes + size[0] * size[1] * _SHOWN


def of_dicom(stored_bytes: int, size: PictureSize, file_bytes: int, channels: int = 0) -> int:
    """Estimates the cost of a picture that pydicom decodes: the file twice, as it is stored and as numbers. channels:
    of wavelets."""
    return 2 * file_bytes + 2 * stored_bytes + size[0] * size[1] * (_SHOWN + channels * _OF_WAVELETS)


def _of_jpeg(image: Image.Image, _data: bytes, size: PictureSize) -> int:
    """All coefficients of a progressive one, 16 bits each, of which all scans tell a little."""
    if "progressive" not in image.info and "progression" not in image.info:
        return 0
    layers: list[tuple[Any, ...]] = getattr(image, "layer")  # noqa: B009  only JPEG images have it
    most = max(layer[1] for layer in layers) * max(layer[2] for layer in layers)
    of_pixel = sum(layer[1] * layer[2] for layer in layers) / max(1, most)
    return int(2 * of_pixel * size[0] * size[1])


def _of_strips(image: Image.Image, data: bytes, size: PictureSize) -> int:
    """Returns the bytes that unpacking a strip or tile takes beyond those of the pixels shown in the end."""
    tags: Any = getattr(image, "tag_v2")  # noqa: B009  only TIFF images have it
    part = int(tags.get(322) or 0) * int(tags.get(323) or 0) or size[0] * min(int(tags.get(278) or size[1]), size[1])
    bits = sum(tags.get(258) or (1,)) if tags.get(259) != 7 else 32
    return max(0, part * max(bits, 8) // 8 - _SHOWN * size[0] * size[1])


def _of_jpeg2000(_image: Image.Image, data: bytes, size: PictureSize) -> int:
    return (size[0] * size[1] * _OF_WAVELETS + wavelet_tiles(data) * _OF_TILE) * wavelet_channels(data)


def codestream_at(data: bytes) -> int:
    """Where the JPEG 2000 in a file begins, in it or in the first box for it; -1 when there is none. Boxes before that
    may hold anything, also another beginning."""
    at = 0
    while not data.startswith(_CODESTREAM, at):
        if at + 8 > len(data):
            return -1
        length, kind = struct.unpack_from(">I4s", data, at)
        head = 16 if length == 1 else 8
        if kind == b"jp2c":
            return at + head if data.startswith(_CODESTREAM, at + head) else -1
        length = int.from_bytes(data[at + 8 : at + 16], "big") if length == 1 else length
        if length < head:
            return -1
        at += length
    return at if at == 0 else -1


def wavelet_size(data: bytes) -> PictureSize | None:
    """(width, height) that a JPEG 2000 codestream tells, whatever the box around it does."""
    at = codestream_at(data)
    if not 0 <= at <= len(data) - 46:
        return None
    right, below, left, top = struct.unpack_from(">IIII", data, at + 8)
    return max(0, right - left), max(0, below - top)


def wavelet_channels(data: bytes) -> int:
    """That a JPEG 2000 codestream has."""
    at = codestream_at(data)
    return struct.unpack_from(">H", data, at + 40)[0] if 0 <= at <= len(data) - 46 else 1


def wavelet_bits(data: bytes) -> int:
    """Returns the bits of the first channel that a JPEG 2000 codestream has, 8 when there is none."""
    at = codestream_at(data)
    return (data[at + 42] & 0x7F) + 1 if 0 <= at <= len(data) - 46 else 8


def wavelet_tiles(data: bytes) -> int:
    """How many tiles a JPEG 2000 codestream is made of."""
    at = codestream_at(data)
    size = wavelet_size(data)
    if size is None:
        return 1
    width, height = struct.unpack_from(">II", data, at + 24)
    return -(-size[0] // max(1, width)) * -(-size[1] // max(1, height))


def check_scans(data: bytes, size: PictureSize) -> None:
    """Problem when a JPEG is made of so many passes over the picture that it would take minutes."""
    scans, _ = scans_of(data)
    if scans > _MOST_SCANS or scans * size[0] * size[1] > _MOST_SCANNED:
        raise Problem(
            say(
                "it is made of {scans} passes over its {width} x {height} pixels, which would take minutes.",
                scans=scans,
                width=size[0],
                height=size[1],
            )
        )
