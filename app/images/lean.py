"""Pictures of 8 bits decoded with as few copies as their format allows, and without holding up other threads.

Pillow keeps 4 bytes of each pixel where 3 are needed, some of its decoders several times as many, and the one of JPEG
2000 lets no other thread run until it is done. Its pixels are those that people know; cv2 gives the very same ones
where it is used here, which the tests say of every kind.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps

from app.images import budget, costs, decode_process
from app.images.budget import VIEW_BYTES
from app.images.jpeg_scans import scans_of
from app.images.orientation import ORIENTATION, oriented, png_orientation
from app.images.png_rows import PngRows, rows_of
from app.problem import Problem
from app.text import say

Pixels = NDArray[np.uint8]
"""(H, W, 3) RGB."""
LARGE_PIXELS = 32_000_000
"""From here on it is worth another decoder. Pillow tells more of what is damaged."""
_HANDED_OVER_PIXELS = 4_000_000
"""Of WebP, whose library hands Pillow a copy of all pixels while no other thread runs."""
_BAND_PIXELS = 1_000_000
_SYCC = 18
_BY_CV2 = {"JPEG": ("L", "RGB"), "MPO": ("L", "RGB"), "WEBP": ("RGB", "RGBA")}
_WAVES = ("L", "RGB", "RGBA")


def is_large(size: tuple[int, int]) -> bool:
    """Whether a picture (width, height) is decoded with fewer copies."""
    return size[0] * size[1] >= LARGE_PIXELS


def pixels_of(image: Image.Image, data: bytes, limit_bytes: int = VIEW_BYTES) -> Pixels:
    """(H, W, 3) RGB, turned and on white. image: as Pillow opened it. OverBudget as budget.check."""
    if image.format in ("JPEG", "MPO"):
        costs.check_scans(data, image.size)
    if image.format == "JPEG2000":
        return _of_wavelets(image, data, limit_bytes)
    if image.format == "AVIF" and image.size[0] * image.size[1] * 4 >= decode_process.FROM_BYTES:
        return _aside(image, data, limit_bytes)
    if is_large(image.size):
        rows = rows_of(data) if image.format == "PNG" else None
        if rows is not None:
            needed = costs.least(image.size, len(data))
            budget.check(image.size, needed, len(data), limit_bytes)
            with budget.turn(needed):
                return _of_rows(image, rows)
    if _is_by_cv2(image):
        needed = costs.of_cv2(image, data)
        budget.check(image.size, needed, len(data), limit_bytes)
        with budget.turn(needed):
            return _of_cv2(image, data)
    return _of_pillow(image, data, limit_bytes)


def _of_pillow(image: Image.Image, data: bytes, limit_bytes: int) -> Pixels:
    needed = costs.of_pillow(image, data)
    budget.check(image.size, needed, len(data), limit_bytes)
    with budget.turn(needed):
        return rgb(image)


def rgb(image: Image.Image) -> Pixels:
    """(H, W, 3), turned and on white."""
    width, height = image.size
    if width * height <= _BAND_PIXELS:
        ImageOps.exif_transpose(image, in_place=True)
        return _on_white(image)
    image.load()
    orientation = image.getexif().get(ORIENTATION, 1)
    pixels = np.empty((height, width, 3), np.uint8)
    for top, bottom in _bands(width, height):
        pixels[top:bottom] = _on_white(image.crop((0, top, width, bottom)))
    return np.ascontiguousarray(oriented(pixels, orientation))


def _bands(width: int, height: int) -> Iterator[tuple[int, int]]:
    """So many rows at a time that other threads are not held up."""
    rows = max(1, _BAND_PIXELS // width)
    return ((top, min(top + rows, height)) for top in range(0, height, rows))


def _on_white(image: Image.Image) -> Pixels:
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


# --- PNG -------------------------------------------------------------------------------------------------------------


def _of_rows(image: Image.Image, rows: PngRows) -> Pixels:
    stored_as = str(cast(ImageFile.ImageFile, image).tile[0].args)
    pixels = np.empty((rows.height, rows.width, 3), np.uint8)
    for top, band in rows.bands():
        part = Image.frombytes(image.mode, (rows.width, len(band)), band.tobytes(), "raw", stored_as)
        part.info, part.palette = image.info, image.palette
        if image.palette is not None:
            part.putpalette(image.palette)
        pixels[top : top + len(band)] = _on_white(part)
    return np.ascontiguousarray(oriented(pixels, png_orientation(rows, image)))


# --- cv2 -------------------------------------------------------------------------------------------------------------


def _is_by_cv2(image: Image.Image) -> bool:
    least = _HANDED_OVER_PIXELS if image.format == "WEBP" else LARGE_PIXELS
    if image.size[0] * image.size[1] < least:
        return False
    return image.mode in _BY_CV2.get(str(image.format), ()) and not getattr(image, "is_animated", False)


def _of_cv2(image: Image.Image, data: bytes) -> Pixels:
    if image.format in ("JPEG", "MPO") and not scans_of(data)[1]:  # cv2 shows what there is of a cut-off file
        raise Problem(say("the picture is damaged or cut off."))
    orientation = image.getexif().get(ORIENTATION, 1)
    decoded = _decoded(data)
    if decoded is None or decoded.dtype != np.uint8 or decoded.shape[:2] != image.size[::-1]:
        raise Problem(say("the picture is damaged."))
    return np.ascontiguousarray(oriented(_shown(decoded), orientation))


def _decoded(data: bytes) -> NDArray[Any] | None:
    """(H, W) or (H, W, 3 or 4) B G R A."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def _shown(decoded: NDArray[Any]) -> Pixels:
    """Turns what OpenCV decoded into RGB; what is transparent is laid on white as _on_white does it."""
    if decoded.ndim == 2:
        return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_GRAY2RGB), np.uint8)
    if decoded.shape[2] == 3:
        for top, bottom in _bands(decoded.shape[1], decoded.shape[0]):
            decoded[top:bottom] = cv2.cvtColor(decoded[top:bottom], cv2.COLOR_BGR2RGB)
        return np.asarray(decoded, np.uint8)
    pixels = np.empty((*decoded.shape[:2], 3), np.uint8)
    for top, bottom in _bands(decoded.shape[1], decoded.shape[0]):
        some = cv2.cvtColor(decoded[top:bottom], cv2.COLOR_BGRA2RGBA)
        pixels[top:bottom] = _on_white(Image.fromarray(some))
    return pixels


# --- JPEG 2000 -------------------------------------------------------------------------------------------------------


def _of_wavelets(image: Image.Image, data: bytes, limit_bytes: int) -> Pixels:
    check_wavelets(image, data)
    if not is_plain_wavelets(image, data):
        return _aside(image, data, limit_bytes)
    needed = costs.of_cv2(image, data)
    budget.check(image.size, needed, len(data), limit_bytes)
    with budget.turn(needed):
        decoded = _decoded(data)
    if decoded is None or decoded.dtype != np.uint8 or decoded.shape[:2] != image.size[::-1]:
        return _aside(image, data, limit_bytes)  # Pillow tells what is damaged
    return np.ascontiguousarray(oriented(_shown(decoded), image.getexif().get(ORIENTATION, 1)))


def _aside(image: Image.Image, data: bytes, limit_bytes: int) -> Pixels:
    """Decodes a picture by Pillow, a large one in another process, where it holds nobody up."""
    if not decode_process.is_worth(image.size):
        return _of_pillow(image, data, limit_bytes)
    needed = costs.of_pillow(image, data)
    budget.check(image.size, needed, len(data), limit_bytes)
    with budget.turn(needed):
        return decode_process.decoded(data)


def check_wavelets(image: Image.Image, data: bytes) -> None:
    """Problem when the box around a JPEG 2000 codestream says something else than that itself."""
    if costs.wavelet_size(data) != image.size:
        raise Problem(say("the picture is damaged: it has another size than its head says."))


def is_deep_wavelets(image: Image.Image, data: bytes) -> bool:
    """Whether a picture is JPEG 2000 in colours with more than 8 bits, of which Pillow would keep the first 8."""
    bits = costs.wavelet_bits(data) if image.format == "JPEG2000" else 8
    return image.mode == "RGB" and 8 < bits <= 16 and is_plain_wavelets(image, data, bits)


def is_plain_wavelets(image: Image.Image, data: bytes, bits: int = 8) -> bool:
    """Whether cv2 gives what Pillow does: only RGB and grey, no signs, no channel with fewer pixels."""
    at, count = costs.codestream_at(data), costs.wavelet_channels(data)
    if at < 0 or image.mode not in (*_WAVES, "I;16") or count != len(image.getbands()):
        return False
    channels = data[at + 42 : at + 42 + 3 * count]
    color = data.find(b"colr", 0, at)
    is_sycc = color >= 0 and data[color + 4] == 1 and struct.unpack_from(">I", data, color + 7)[0] == _SYCC
    return not is_sycc and channels == bytes((bits - 1, 1, 1)) * count
