"""The numbers of pictures with 16 bits or floats a channel, as their files have them: nothing is made of them here."""

from __future__ import annotations

import zlib
from typing import Any, Literal

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from app.images.inflating import inflated
from app.images.orientation import ORIENTATION
from app.problem import Problem
from app.text import say, say_n

_BAND_PIXELS = 250_000
"""So many are worked on at a time."""
_OF_CV2 = (1, 3, 4)
"""Channels."""
_PLAIN, _PACKBITS, _DEFLATE = 1, 32773, (8, 32946)
_DEFLATE_RATIO = 1032
"""One byte unpacks to at most so many."""
_UNCHECKED_BYTES = 64 << 20
"""A part of a TIFF that cannot unpack to more is not looked at beforehand."""


def channels_of(page: tifffile.TiffPage, data: bytes) -> NDArray[Any]:
    """Returns the (H, W, channels) of a page, unscaled. data: of the file. Problem when they cannot be had."""
    values = _in_place(page, data)
    if values is None and page.compression in _DEFLATE:
        _check_parts(page, data)
    elif values is None and page.compression not in (_PLAIN, _PACKBITS):
        return _by_cv2(page, data)  # LZMA unpacks to any size; LZW, JPEG need 60 MB of libraries
    try:
        values = page.asarray() if values is None else values
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        return _by_cv2(page, data)  # predictors
    match page.axes:
        case "YX":
            return values[..., None]
        case "YXS":
            return values
        case "SYX":  # planes one after the other
            return np.moveaxis(values, 0, 2)
        case axes:
            raise Problem(say("a TIFF with the axes {axes} is no picture.", axes=axes))


def _by_cv2(page: tifffile.TiffPage, data: bytes) -> NDArray[Any]:
    """(H, W, channels) of what cv2 knows: it shows some other pictures as something else."""
    count = page.samplesperpixel
    values = decoded_by_cv2(upright(page, data)) if count in _OF_CV2 and page.dtype is not None else None
    if values is None or page.dtype is None or values.itemsize != page.dtype.itemsize or values.shape[2] < count:
        raise Problem(
            say_n(
                "{n} band of {bits} bits is not read in this compression; save it with plain Deflate or without any.",
                "{n} bands of {bits} bits are not read in this compression; save it with plain Deflate or without any.",
                count,
                bits=page.bitspersample,
            )
        )
    return values


def _in_place(page: tifffile.TiffPage, data: bytes) -> NDArray[Any] | None:
    """The numbers of a large picture that is one piece, without a copy of all of them: making that would hold up other
    threads. None when it is another kind of picture."""
    if page.nbytes < _UNCHECKED_BYTES or page.dtype is None or page.fillorder != 1 or not _is_one_piece(page):
        return None
    kind = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
    [start, *_], [length, *_] = page.dataoffsets, page.databytecounts
    if page.compression == _PLAIN:
        if start + page.nbytes > len(data):
            return None
        return np.frombuffer(data, kind, page.nbytes // kind.itemsize, start).reshape(page.shape)
    return inflated(data, (start, length), page.nbytes).view(kind).reshape(page.shape)


def _is_one_piece(page: tifffile.TiffPage) -> bool:
    if page.compression == _PLAIN:
        return bool(page.is_contiguous)
    whole = page.imagewidth, page.imagelength
    sides = (page.tilewidth, page.tilelength) if page.is_tiled else whole
    is_one = sides == whole and len(page.dataoffsets) == 1
    return page.compression in _DEFLATE and page.predictor == 1 and is_one and page.bitspersample in (8, 16, 32, 64)


def _check_parts(page: tifffile.TiffPage, data: bytes) -> None:
    """Problem when a strip or tile holds more than the picture: tifffile unpacks it whole, 1 MB to 1 GB."""
    for start, length in zip(page.dataoffsets, page.databytecounts, strict=True):
        if length * _DEFLATE_RATIO <= _UNCHECKED_BYTES:
            continue
        unpacked_bytes, inflate = 0, zlib.decompressobj()
        for at in range(start, min(start + length, len(data)), 65536):
            unpacked_bytes += len(inflate.decompress(data[at : at + 65536]))
            if unpacked_bytes > page.nbytes + _UNCHECKED_BYTES:
                raise Problem(say("the picture is damaged: it holds more than its size says."))


def upright(page: tifffile.TiffPage, data: bytes) -> bytes | bytearray:
    """Returns a TIFF file that says of its page that it stands upright: cv2 would turn some, and turning is left to
    us."""
    tag = page.tags.get(ORIENTATION)
    if tag is None or tag.value == 1:
        return data
    changed, bytes_of_value = bytearray(data), 4 if tag.dtype == tifffile.DATATYPE.LONG else 2
    order: Literal["little", "big"] = "little" if page.parent.byteorder == "<" else "big"
    changed[tag.valueoffset : tag.valueoffset + bytes_of_value] = (1).to_bytes(bytes_of_value, order)
    return changed


def decoded_by_cv2(data: bytes | bytearray) -> NDArray[Any]:
    """Returns (H, W, C) of a whole file, unscaled, with 1, 3 or 4 channels; EXIF is left to us."""
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise Problem(say("the picture is damaged."))
    if values.ndim == 2:
        return values[..., None]
    red, blue = values[..., 2], values[..., 0]  # exchanged in place: a copy would be gigabytes
    for top in range(0, len(values), rows := max(1, _BAND_PIXELS // values.shape[1])):
        some = slice(top, top + rows)
        red[some], blue[some] = blue[some].copy(), red[some].copy()
    return values
