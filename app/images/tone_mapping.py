"""Tone mapping: pictures with 16 bits or floats a channel, as people want to see them.

They are stretched from their 0.1 to their 99.9 percentile (of all channels together, so that hues stay): microscope
and satellite pictures use a small part of their range. The same file gives the same pixels. Of more than three
channels without a meaning the first three are shown.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, TypeAlias

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from app.images import budget, costs, lean
from app.images.budget import VIEW_BYTES
from app.images.orientation import ORIENTATION, SIDEWAYS, oriented, png_orientation
from app.images.png_rows import PngRows, rows_of
from app.images.raw_numbers import channels_of, decoded_by_cv2
from app.images.tiff import NOTHING
from app.masks.rle import MAX_IMAGE_PIXELS, MAX_PIXELS
from app.problem import Problem
from app.text import say

SAMPLES = 1_000_000
"""At most about so many pixels are looked at for the percentiles."""
_BAND_PIXELS = 250_000
"""Of numbers that are not yet 8 bits, so many are worked on at a time."""
_BITS_PER_SAMPLE, _WHITE_IS_ZERO, _INKS = 258, 0, 5
_PLAIN_COLORS = (_WHITE_IS_ZERO, 1, 2, 6)
"""Grey, RGB, and what a JPEG makes of that."""
_SAMPLE_FORMAT, _SIGNED = 339, 2


Channels: TypeAlias = NDArray[Any]
"""(H, W, channels) as in the file."""
Bands: TypeAlias = Callable[[], Iterable[tuple[int, Channels]]]
"""Of a picture from its top to its bottom: the first row, and as many rows as are looked at together."""


@dataclass(frozen=True, eq=False)
class _Samples:
    size: tuple[int, int]
    """(height, width)"""
    bands: Bands
    colors: Callable[[Channels], Channels]
    """(H, W, 1 or 3) of channels: the more the brighter."""
    alpha: Callable[[Channels], NDArray[Any]] | None
    """(H, W) of channels."""
    orientation: int = 1
    """EXIF 1-8"""


Contrast: TypeAlias = tuple[float, float]
"""The numbers that become black and white."""


def check_size(size: tuple[int, int], at_most: int | None = None) -> None:
    """Raises Problem when a picture has more pixels than can be read at once. size: (width, height). at_most: pixels,
    MAX_PIXELS unless told."""
    (width, height), most = size, at_most or MAX_PIXELS
    if width * height > most:
        raise Problem(
            say(
                "{width} x {height} pixels are more than the {most} megapixels read at once.",
                width=width,
                height=height,
                most=most // 1_000_000,
            )
        )


def is_deep(image: Image.Image) -> bool:
    """Whether Pillow would cut the samples of an image not yet loaded down to 8 bits without asking, or take numbers
    below zero for bright ones."""
    if image.mode.startswith(("I", "F")):
        return True
    if image.format == "TIFF":
        tags: Any = getattr(image, "tag_v2")  # noqa: B009  only TIFF images have it
        return max(tags.get(_BITS_PER_SAMPLE, (8,))) > 8 or _SIGNED in tags.get(_SAMPLE_FORMAT, ())
    return image.format == "PNG" and ";16B" in str(getattr(image, "tile", ""))


def png_pixels(data: bytes, image: Image.Image, limit_bytes: int = VIEW_BYTES) -> NDArray[np.uint8]:
    """(H, W, 3) RGB. image: as Pillow opened it. OverBudget when there is not the memory for it."""
    rows = rows_of(data)
    needed = costs.least(image.size, len(data)) if rows is not None else costs.of_deep_png(image.size, data)
    budget.check(image.size, needed, len(data), limit_bytes)
    with budget.turn(needed):
        return _png_pixels(data, image, rows)


def _png_pixels(data: bytes, image: Image.Image, rows: PngRows | None) -> NDArray[np.uint8]:
    if rows is None:
        if struct.unpack_from(">II", data, 16) != image.size:  # it has a second head, which cv2 does not look at
            raise Problem(say("the picture is damaged."))
        image.load()  # tells what is damaged; cv2 shows what there is of a cut-off file
        orientation = image.getexif().get(ORIENTATION, 1)
        image.close()
        channels = decoded_by_cv2(data)
        size, count, bands = channels.shape[:2], channels.shape[2], _bands_of(channels)
    else:
        orientation = png_orientation(rows, image)
        size, count, bands = (rows.height, rows.width), rows.channels, _deep_bands(rows)
    return _shown(_Samples(size, bands, *_of_png(image, count), orientation))


def _deep_bands(rows: PngRows) -> Bands:
    shape = -1, rows.width, rows.channels
    return lambda: ((top, band.view(">u2").astype(np.uint16).reshape(shape)) for top, band in rows.bands())


def _of_png(
    image: Image.Image, count: int
) -> tuple[Callable[[Channels], Channels], Callable[[Channels], NDArray[Any]] | None]:
    """What its channels mean: colours, and transparency."""
    key = image.info.get("transparency")
    alpha: Callable[[Channels], NDArray[Any]] | None = None
    if count in (2, 4):
        alpha = _last_of
    elif key is not None:
        alpha = lambda channels: np.where((channels == key).all(axis=2), 0, 65535).astype(np.uint16)  # noqa: E731
    return (lambda channels: np.repeat(channels[..., :1], 3, axis=2) if count == 2 else channels[..., :3]), alpha


def _last_of(channels: Channels) -> NDArray[Any]:
    return channels[..., -1]


def other_pixels(image: Image.Image, data: bytes, limit_bytes: int = VIEW_BYTES) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of a picture of another format than PNG and TIFF: in grey, or JPEG 2000 in colours. image: as
    Pillow opened it."""
    orientation = image.getexif().get(ORIENTATION, 1)
    if image.format == "JPEG2000":
        lean.check_wavelets(image, data)
    is_plain = lean.is_plain_wavelets(image, data, costs.wavelet_bits(data))
    needed = costs.of_cv2(image, data) if is_plain else costs.of_pillow(image, data)
    budget.check(image.size, needed, len(data), limit_bytes)
    with budget.turn(needed):
        channels = decoded_by_cv2(data) if is_plain else np.asarray(image)[..., None]
        return _shown(_samples_of(channels, orientation))


def _samples_of(channels: Channels, orientation: int = 1) -> _Samples:
    """Returns the samples of 1 or 3 channels that are colours already."""
    return _Samples(channels.shape[:2], _bands_of(channels), lambda part: part, None, orientation)


def _bands_of(channels: Channels) -> Bands:
    rows = max(1, _BAND_PIXELS // max(1, channels.shape[1]))
    return lambda: ((top, channels[top : top + rows]) for top in range(0, channels.shape[0], rows))


def tiff_pixels(data: bytes, contrast: Contrast | None = None, limit_bytes: int = VIEW_BYTES) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of the first page. contrast: of the picture that this is a part of."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        needed = _checked_cost(file.pages.first, len(data), limit_bytes)
        plain = _plain_contrast(file.pages.first)
    with budget.turn(needed):
        return _shown(_tiff_samples(data), plain or contrast)


def _plain_contrast(page: tifffile.TiffPage) -> Contrast | None:
    """Returns the contrast of 8 bits, which are shown as they are, also in kinds of files that Pillow does not know."""
    if page.dtype != np.uint8 or page.bitspersample != 8 or page.samplesperpixel not in (1, 3, 4):
        return None
    return {_INKS: (0.0, 1.0), **dict.fromkeys(_PLAIN_COLORS, (0.0, 255.0))}.get(int(page.photometric))


def tiff_contrast(parts: Iterable[bytes]) -> Contrast:
    """Returns the contrast of a picture of which these TIFF files are parts, from at most about a million of their
    pixels."""
    few = [_few_of(_tiff_samples(data), 1) for data in parts]
    return _contrast_of(_samples_of(np.concatenate(few)[None]))


def _tiff_samples(data: bytes) -> _Samples:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        _checked_cost(page, len(data), VIEW_BYTES)
        orientation = int(page.tags.valueof(ORIENTATION, default=1))
        channels = channels_of(page, data)
        has_alpha = channels.shape[2] == 4 and any(int(kind) in (1, 2) for kind in page.extrasamples)
    colors = partial(_colors_of, page.photometric, _nothing_of(page))
    return _Samples(channels.shape[:2], _bands_of(channels), colors, _last_of if has_alpha else None, orientation)


def _nothing_of(page: tifffile.TiffPage) -> float | None:
    """Returns the number that stands for nothing measured there, as programs for maps write it."""
    try:
        return float(str(page.tags.valueof(NOTHING)))
    except ValueError:
        return None


def _colors_of(photometric: int, nothing: float | None, channels: Channels) -> Channels:
    """(H, W, 1 or 3): the more the brighter, not a number where there is nothing."""
    if photometric == _INKS and channels.shape[2] >= 4:
        light = 1 - _share(channels[..., :4])
        return light[..., :3] * light[..., 3:]
    stored = channels[..., : 3 if channels.shape[2] >= 3 else 1]
    colors = _inverted(stored) if photometric == _WHITE_IS_ZERO else stored
    if nothing is None:
        return colors
    wide = colors.astype(np.float32) if colors.dtype.itemsize <= 2 else colors
    return np.where(stored == nothing, np.nan, wide)


def _inverted(colors: NDArray[Any]) -> NDArray[Any]:
    """Inverts colours and keeps the distances between them: stretching makes all else of no account."""
    return ~colors if np.issubdtype(colors.dtype, np.integer) else -colors


def tiff_size(source: IO[bytes]) -> tuple[int, int]:
    """(width, height) as displayed, from the head of the file."""
    with tifffile.TiffFile(source) as file:
        page = file.pages.first
        check_size((page.imagewidth, page.imagelength), MAX_IMAGE_PIXELS)
        turned = int(page.tags.valueof(ORIENTATION, default=1)) in SIDEWAYS
        return (page.imagelength, page.imagewidth) if turned else (page.imagewidth, page.imagelength)


def _checked_cost(page: tifffile.TiffPage, file_bytes: int, limit_bytes: int) -> int:
    """Returns the bytes of memory that reading a page takes. Problem when that is too much."""
    size = page.imagewidth, page.imagelength
    check_size(size)
    needed = costs.of_tiff(page.nbytes, size, file_bytes)
    budget.check(size, needed, file_bytes, limit_bytes)
    return needed


def _shown(samples: _Samples, contrast: Contrast | None = None) -> NDArray[np.uint8]:
    scale = _scale_of(contrast or _contrast_of(samples))
    shown = np.empty((*samples.size, 3), np.uint8)
    for top, band in samples.bands():
        pixels = scale(samples.colors(band))
        if samples.alpha is not None:
            pixels = _on_white(pixels, samples.alpha(band))
        shown[top : top + len(band)] = pixels
    return np.ascontiguousarray(oriented(shown, samples.orientation))


def stretched(colors: NDArray[Any], contrast: Contrast | None = None) -> NDArray[np.uint8]:
    """(H, W, channels) of any numbers as 8 bits. contrast: theirs, unless they are a part of something."""
    samples = _samples_of(colors)
    scale = _scale_of(contrast or _contrast_of(samples))
    made = np.empty(colors.shape, np.uint8)
    for top, band in samples.bands():
        made[top : top + len(band)] = scale(band)
    return made


def _scale_of(contrast: Contrast) -> Callable[[NDArray[Any]], NDArray[np.uint8]]:
    """Returns a function that scales numbers to 8 bits by a contrast."""
    low, high = contrast
    of_16_bits: list[NDArray[np.uint8]] = []

    def scaled(values: NDArray[Any]) -> NDArray[np.uint8]:
        kind = np.float32 if values.dtype.itemsize < 4 else np.float64  # a billion and one is no float32
        made = (np.nan_to_num(values.astype(kind), nan=low) - low) * (255.0 / (high - low))
        return np.clip(made + 0.5, 0, 255).astype(np.uint8)

    def scale(values: NDArray[Any]) -> NDArray[np.uint8]:
        if values.dtype != np.uint16 or values.size < 1 << 16:
            return scaled(values)
        if not of_16_bits:  # a table of all there are: a fifth of the time
            of_16_bits.append(scaled(np.arange(1 << 16, dtype=np.uint16)))
        return of_16_bits[0][values]

    return scale


def contrast_of(colors: NDArray[Any], meant: Callable[[NDArray[Any]], NDArray[Any]] = lambda some: some) -> Contrast:
    """Returns the contrast of colors (H, W, channels). meant: the numbers that they stand for, of some of them."""
    height, width = colors.shape[:2]
    return _contrast_of(_Samples((height, width), _bands_of(colors), meant, None))


def _contrast_of(samples: _Samples) -> Contrast:
    step = max(1, samples.size[0] * samples.size[1] // SAMPLES)
    values = _few_of(samples, step).astype(np.float64)
    values = values[np.isfinite(values)]
    low, high = np.percentile(values, (0.1, 99.9)) if len(values) else (0.0, 1.0)
    return (low - 0.5, low + 0.5) if high <= low else (low, high)


def _few_of(samples: _Samples, step: int) -> NDArray[Any]:
    """(N, 1 or 3): every so many pixels."""
    width = samples.size[1]
    few = [  # copies: a view would keep its band
        samples.colors(band.reshape(1, -1, band.shape[2])[:, -top * width % step :: step])[0].copy()
        for top, band in samples.bands()
    ]
    return np.concatenate(few)


def _on_white(pixels: NDArray[np.uint8], alpha: NDArray[Any]) -> NDArray[np.uint8]:
    share = _share(alpha)[..., None]
    if share.min() == 1:
        return pixels
    return (pixels * share + 255 * (1 - share) + 0.5).astype(np.uint8)


def _share(values: NDArray[Any]) -> NDArray[np.float32]:
    """0 to 1 of the largest value there can be."""
    full = np.iinfo(values.dtype).max if np.issubdtype(values.dtype, np.integer) else 1.0
    return np.clip(values.astype(np.float32) / np.float32(full), 0, 1)
