"""Any image file as RGB pixels, as it is meant to be seen.

- EXIF orientation is applied: coordinates are of the picture as displayed.
- Transparency is laid on white, as viewers and printers show it; the colours under full transparency are arbitrary.
- 16-bit and float pictures are stretched from their 0.1 to their 99.9 percentile (of all channels together, so that
  hues stay): microscope and satellite pictures use a small part of their range. The same file gives the same pixels.
"""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from app.problem import Problem

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".tif", ".tiff", ".webp"})
MAX_PIXELS = 400_000_000
"""A larger picture is refused: a few kilobytes of a hostile file can claim to be a terabyte of pixels."""
MAX_FILE_BYTES = 4 << 30
_FORMATS = ("JPEG", "PNG", "BMP", "DIB", "TIFF", "WEBP", "MPO")
_SAMPLES = 4_000_000
"""At most so many values are looked at for the percentiles."""
Image.MAX_IMAGE_PIXELS = None  # our own limit says it better, see _check_size


@dataclass(frozen=True, eq=False)
class Picture:
    pixels: NDArray[np.uint8]
    """(H, W, 3) RGB"""
    content_hash: str
    """sha-256 of the file, in hexadecimal."""
    size_bytes: int
    mtime_ns: int


def read_image(path: Path) -> Picture:
    """Reads the file once: its hash is of the very bytes the pixels come from. Problem with the file's name when it
    cannot be read, is none of our formats, is damaged or too large."""
    with _sentences(path):
        status = path.stat()
        if status.st_size > MAX_FILE_BYTES:
            raise Problem(f"{path.name}: the file has {status.st_size / 1e9:.1f} GB; the limit is 4 GB.")
        data = path.read_bytes()
        if not data:
            raise Problem(f"{path.name}: the file is empty.")
        pixels = _decode(data, path.name)
    return Picture(pixels, hashlib.sha256(data).hexdigest(), status.st_size, status.st_mtime_ns)


def read_thumbnail(path: Path, size_px: int) -> NDArray[np.uint8]:
    """(h, w, 3) RGB, the longest side at most size_px. JPEG files are decoded small, which is many times faster."""
    with _sentences(path):
        with _opened(path) as image:
            _check_size(image.size, path.name)
            image.draft("RGB", (size_px * 2, size_px * 2))
            if not _is_deep(image):
                image.thumbnail((size_px, size_px), Image.Resampling.BOX, reducing_gap=2.0)
                return _rgb(ImageOps.exif_transpose(image))
        pixels = read_image(path).pixels
    image = Image.fromarray(pixels)
    image.thumbnail((size_px, size_px), Image.Resampling.BOX)
    return np.asarray(image)


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) as displayed, from the head of the file."""
    with _sentences(path), _opened(path) as image:
        width, height = image.size
        _check_size(image.size, path.name)
        turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        return (height, width) if turned else (width, height)


def _decode(data: bytes, name: str) -> NDArray[np.uint8]:
    with _opened(io.BytesIO(data)) as image:
        _check_size(image.size, name)
        if not _is_deep(image):
            image.load()
            return _rgb(ImageOps.exif_transpose(image))
        orientation = image.getexif().get(0x0112, 1)
        values = _deep_values(data, image)
    return np.ascontiguousarray(_oriented(_stretched(values), orientation))


def _opened(source: Path | io.BytesIO) -> Image.Image:
    return Image.open(source, formats=_FORMATS)


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise Problem(
            f"{name}: {width} x {height} pixels are more than the {MAX_PIXELS // 1_000_000} megapixels read at once."
        )


def _is_deep(image: Image.Image) -> bool:
    """More than 8 bits a channel, or samples that Pillow would cut down to 8 without asking."""
    if image.mode.startswith(("I", "F")):
        return True
    if image.format == "TIFF":
        bits = image.tag_v2.get(258, (8,))  # pyright: ignore[reportAttributeAccessIssue]
        return max(bits if isinstance(bits, tuple) else (bits,)) > 8
    return image.format == "PNG" and ";16B" in str(image.tile and image.tile[0][3])


def _deep_values(data: bytes, image: Image.Image) -> NDArray[np.generic]:
    """(H, W) or (H, W, channels), unscaled."""
    if image.format == "TIFF":
        values = tifffile.imread(io.BytesIO(data), key=0)
        if values.ndim == 3 and values.shape[0] in (3, 4) and values.shape[2] not in (3, 4):
            values = np.moveaxis(values, 0, 2)  # planes one after the other
        return values if values.ndim in (2, 3) else values.reshape(values.shape[-2:])
    if image.mode.startswith(("I", "F")):
        return np.asarray(image)
    import cv2  # Pillow cuts colour PNGs of 16 bits down to 8

    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise Problem("the picture is damaged.")
    return values[..., [2, 1, 0, *range(3, values.shape[2])]] if values.ndim == 3 else values


def _stretched(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    channels = values[..., None] if values.ndim == 2 else values
    colors = channels[..., :3] if channels.shape[2] >= 3 else channels[..., :1]
    samples = colors.reshape(-1)[:: max(1, colors.size // _SAMPLES)].astype(np.float64)
    samples = samples[np.isfinite(samples)]
    low, high = np.percentile(samples, (0.1, 99.9)) if len(samples) else (0.0, 1.0)
    if high <= low:
        low, high = low - 0.5, low + 0.5
    scaled = (np.nan_to_num(colors.astype(np.float32)) - low) * (255.0 / (high - low))
    grey_or_rgb = np.clip(scaled + 0.5, 0, 255).astype(np.uint8)
    return np.repeat(grey_or_rgb, 3, axis=2) if grey_or_rgb.shape[2] == 1 else grey_or_rgb


def _oriented(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """EXIF orientation 1-8, for pictures that Pillow does not hold."""
    turned = pixels.transpose(1, 0, 2) if orientation >= 5 else pixels
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return turned[::-1] if orientation in (3, 4, 7, 8) else turned


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode == "P" or "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        image = Image.alpha_composite(paper, layer)
    return np.array(image.convert("RGB"))


@contextmanager
def _sentences(path: Path) -> Generator[None, None, None]:
    """What can be wrong with a file of a stranger, as one sentence with its name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow and tifffile, on metadata that does not matter here
            yield
    except Problem as problem:
        if path.name in str(problem):
            raise
        raise Problem(f"{path.name}: {problem}") from problem
    except FileNotFoundError as error:
        raise Problem(f"{path.name}: the file is not there any more.") from error
    except UnidentifiedImageError as error:
        raise Problem(f"{path.name}: this is not an image that can be read (JPEG, PNG, TIFF, WebP, BMP).") from error
    except MemoryError as error:
        raise Problem(f"{path.name}: there is not enough memory for it.") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "the picture is damaged or cut off"
        raise Problem(f"{path.name}: {reason}.") from error
    except (ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, OverflowError, RuntimeError) as error:
        # Pillow and tifffile raise all of these on damaged files
        raise Problem(f"{path.name}: the picture is damaged.") from error
