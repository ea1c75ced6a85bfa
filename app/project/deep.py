"""Pictures with more than 8 bits a channel, as people want to see them.

They are stretched from their 0.1 to their 99.9 percentile (of all channels together, so that hues stay): microscope
and satellite pictures use a small part of their range. The same file gives the same pixels. Of more than three
channels without a meaning the first three are shown.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from app.masks.rle import MAX_IMAGE_PIXELS, MAX_PIXELS
from app.problem import Problem

_MAX_BYTES = 8 * MAX_PIXELS
SAMPLES = 1_000_000
"""At most about so many pixels are looked at for the percentiles."""
_PLAIN, _PACKBITS, _DEFLATE = 1, 32773, (8, 32946)
_DEFLATE_RATIO = 1032
"""One byte unpacks to at most so many."""
_UNCHECKED_BYTES = 64 << 20
"""A part of a TIFF that cannot unpack to more is not looked at beforehand."""
_ORIENTATION, _BITS_PER_SAMPLE, _WHITE_IS_ZERO, _INKS = 274, 258, 0, 5


@dataclass(frozen=True, eq=False)
class _Samples:
    colors: NDArray[Any]
    """(H, W, 1 or 3), as in the file."""
    alpha: NDArray[Any] | None
    """(H, W)"""
    orientation: int
    """EXIF 1-8"""


Contrast: TypeAlias = tuple[float, float]
"""The numbers that become black and white."""


def check_size(size: tuple[int, int], at_most: int | None = None) -> None:
    """size: (width, height). at_most: pixels, MAX_PIXELS unless told. Problem when it is too large to be read."""
    (width, height), most = size, at_most or MAX_PIXELS
    if width * height > most:
        raise Problem(f"{width} x {height} pixels are more than the {most // 1_000_000} megapixels read at once.")


def is_deep(image: Image.Image) -> bool:
    """Whether Pillow would cut the samples of an image not yet loaded down to 8 bits without asking."""
    if image.mode.startswith(("I", "F")):
        return True
    if image.format == "TIFF":
        bits: Any = getattr(image, "tag_v2").get(_BITS_PER_SAMPLE, (8,))  # noqa: B009  only TIFF images have it
        return max(bits) > 8
    return image.format == "PNG" and ";16B" in str(getattr(image, "tile", ""))


def png_pixels(data: bytes, image: Image.Image) -> NDArray[np.uint8]:
    """(H, W, 3) RGB. image: as Pillow opened it."""
    image.load()  # tells what is damaged; cv2 shows what there is of a cut-off file
    channels = _decoded_by_cv2(data)
    alpha = channels[..., 3] if channels.shape[2] == 4 else None
    if channels.shape[2] == 1 and "transparency" in image.info:  # of colours, cv2 makes it an alpha channel itself
        alpha = np.where(channels[..., 0] == image.info["transparency"], 0, 65535).astype(np.uint16)
    return _shown(_Samples(channels[..., :3], alpha, image.getexif().get(_ORIENTATION, 1)))


def other_pixels(image: Image.Image) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of a grey picture of another format than PNG and TIFF. image: as Pillow opened it."""
    return _shown(_Samples(np.asarray(image)[..., None], None, image.getexif().get(_ORIENTATION, 1)))


def tiff_pixels(data: bytes, contrast: Contrast | None = None) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of the first page. contrast: of the picture that this is a part of."""
    return _shown(_tiff_samples(data), contrast)


def tiff_contrast(parts: Iterable[bytes]) -> Contrast:
    """Of a picture of which these TIFF files are parts, at most about a million of their pixels."""
    few = [colors.reshape(-1, colors.shape[2]) for colors in (_tiff_samples(data).colors for data in parts)]
    return _contrast_of(np.concatenate(few)[None])


def _tiff_samples(data: bytes) -> _Samples:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = _first_page(file)
        orientation = int(page.tags.valueof(_ORIENTATION, default=1))
        channels = _channels_of(page, data)
        has_alpha = channels.shape[2] == 4 and any(int(kind) in (1, 2) for kind in page.extrasamples)
        colors = _colors_of(page, channels)
    return _Samples(colors, channels[..., 3] if has_alpha else None, orientation)


def _colors_of(page: tifffile.TiffPage, channels: NDArray[Any]) -> NDArray[Any]:
    """(H, W, 1 or 3): the more the brighter."""
    if page.photometric == _INKS and channels.shape[2] >= 4:
        light = 1 - _share(channels[..., :4])
        return light[..., :3] * light[..., 3:]
    colors = channels[..., : 3 if channels.shape[2] >= 3 else 1]
    return _inverted(colors) if page.photometric == _WHITE_IS_ZERO else colors


def _inverted(colors: NDArray[Any]) -> NDArray[Any]:
    """As much apart as before: stretching makes all else of no account."""
    return ~colors if np.issubdtype(colors.dtype, np.integer) else -colors


def tiff_size(source: IO[bytes]) -> tuple[int, int]:
    """(width, height) as displayed, from the head of the file."""
    with tifffile.TiffFile(source) as file:
        page = file.pages.first
        check_size((page.imagewidth, page.imagelength), MAX_IMAGE_PIXELS)
        turned = int(page.tags.valueof(_ORIENTATION, default=1)) >= 5
        return (page.imagelength, page.imagewidth) if turned else (page.imagewidth, page.imagelength)


def _first_page(file: tifffile.TiffFile) -> tifffile.TiffPage:
    page = file.pages.first
    check_size((page.imagewidth, page.imagelength))
    if page.nbytes > _MAX_BYTES:
        raise Problem(f"a TIFF of {page.nbytes / 1e9:.0f} GB; the limit is {_MAX_BYTES / 1e9:.0f}.")
    return page


def _channels_of(page: tifffile.TiffPage, data: bytes) -> NDArray[Any]:
    """(H, W, channels), unscaled."""
    if page.compression in _DEFLATE:
        _check_parts(page, data)
    elif page.compression not in (_PLAIN, _PACKBITS):  # LZMA unpacks to any size; LZW, JPEG need 60 MB of libraries
        return _decoded_by_cv2(data)
    try:
        values = page.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        return _decoded_by_cv2(data)  # predictors
    match page.axes:
        case "YX":
            return values[..., None]
        case "YXS":
            return values
        case "SYX":  # planes one after the other
            return np.moveaxis(values, 0, 2)
        case axes:
            raise Problem(f"a TIFF with the axes {axes} is no picture.")


def _check_parts(page: tifffile.TiffPage, data: bytes) -> None:
    """Problem when a strip or tile holds more than the picture: tifffile unpacks it whole, 1 MB to 1 GB."""
    for start, length in zip(page.dataoffsets, page.databytecounts, strict=True):
        if length * _DEFLATE_RATIO <= _UNCHECKED_BYTES:
            continue
        unpacked_bytes, inflate = 0, zlib.decompressobj()
        for at in range(start, min(start + length, len(data)), 65536):
            unpacked_bytes += len(inflate.decompress(data[at : at + 65536]))
            if unpacked_bytes > page.nbytes + _UNCHECKED_BYTES:
                raise Problem("the picture is damaged: it holds more than its size says.")


def _decoded_by_cv2(data: bytes) -> NDArray[Any]:
    """(H, W, 1, 3 or 4), unscaled; EXIF is left to us."""
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise Problem("the picture is damaged.")
    if values.ndim == 2:
        return values[..., None]
    return values[..., [2, 1, 0, *range(3, values.shape[2])]]


def _shown(samples: _Samples, contrast: Contrast | None = None) -> NDArray[np.uint8]:
    pixels = stretched(samples.colors, contrast)
    if samples.alpha is not None:
        pixels = _on_white(pixels, samples.alpha)
    pixels = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    return np.ascontiguousarray(oriented(pixels, samples.orientation))


def stretched(colors: NDArray[Any], contrast: Contrast | None = None) -> NDArray[np.uint8]:
    """(H, W, channels) of any numbers as 8 bits. contrast: theirs, unless they are a part of something."""
    low, high = contrast or _contrast_of(colors)
    scaled = (np.nan_to_num(colors.astype(np.float32)) - low) * (255.0 / (high - low))
    return np.clip(scaled + 0.5, 0, 255).astype(np.uint8)


def _contrast_of(colors: NDArray[Any]) -> Contrast:
    step = max(1, colors.shape[0] * colors.shape[1] // SAMPLES)
    samples = colors.reshape(-1, colors.shape[2])[::step].astype(np.float64)
    samples = samples[np.isfinite(samples)]
    low, high = np.percentile(samples, (0.1, 99.9)) if len(samples) else (0.0, 1.0)
    return (low - 0.5, low + 0.5) if high <= low else (low, high)


def _on_white(pixels: NDArray[np.uint8], alpha: NDArray[Any]) -> NDArray[np.uint8]:
    share = _share(alpha)[..., None]
    return (pixels * share + 255 * (1 - share) + 0.5).astype(np.uint8)


def _share(values: NDArray[Any]) -> NDArray[np.float32]:
    """0 to 1 of the largest value there can be."""
    full = np.iinfo(values.dtype).max if np.issubdtype(values.dtype, np.integer) else 1.0
    return np.clip(values.astype(np.float32) / np.float32(full), 0, 1)


def oriented(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """EXIF orientation 1-8, for pictures that Pillow does not hold. pixels: (H, W, ...)"""
    turned = pixels.transpose(1, 0, 2) if orientation >= 5 else pixels
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return turned[::-1] if orientation in (3, 4, 7, 8) else turned
