"""Low-resolution logits <-> masks at the size of the image. numpy and cv2 only.

The reference enlarges the logits to the padded square, crops, and enlarges again, at 4 bytes a pixel. Both steps are
linear and separable, so a row of the result is a mix of at most three rows of the logits. Here the image is worked in
tiles: where the logits below a tile all have one sign, so has the tile; only tiles on a boundary are interpolated.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from app.masks.rle import MAX_PIXELS, Mask, Region, check_region
from app.sam.types import Candidate, Frame, Logits, Size

_TILE_PX = 128
_SAMPLES_PER_CELL = 4
_EMPTY, _MIXED, _FULL = 0, 1, 2
_MASK_LOGIT = np.float32(6.9)
"""logit(0.999): as sure of a pixel as a prompt should be. Source: micro-sam, prompt_based_segmentation.py."""


def region(candidate: Candidate, of_image: Size | None = None) -> Region:
    """The mask (logits > 0) at the size of the image, cropped to its bounding box. Equal to the reference's
    Sam.postprocess_masks up to rounding; no floats of the image's size are made. Problem when it is too large for a
    huge image; of_image: the size of that one when a part of it was encoded."""
    frame = candidate.frame
    rows = _bands(frame.image_size[0], frame.input_size[0], frame.padded_size[0], frame.mask_size[0])
    columns = _bands(frame.image_size[1], frame.input_size[1], frame.padded_size[1], frame.mask_size[1])
    cover = _cover(candidate.logits, rows, columns)
    used_rows, used_columns = _span(cover.max(axis=1)), _span(cover.max(axis=0))
    if not used_rows:
        return Region(0, 0, np.zeros((0, 0), np.bool_), frame.image_size)
    y0, x0 = rows[used_rows[0]].start, columns[used_columns[0]].start
    size = rows[used_rows[-1]].stop - y0, columns[used_columns[-1]].stop - x0
    check_region(size, of_image or frame.image_size)
    pixels = np.zeros(size, np.bool_)
    for i in used_rows:
        strip = rows[i].weights @ candidate.logits[rows[i].first : rows[i].last]
        kinds = cover[i].tolist()
        for kind, indexes in groupby(used_columns, kinds.__getitem__):
            run = [columns[j] for j in indexes]
            target = pixels[rows[i].start - y0 : rows[i].stop - y0, run[0].start - x0 : run[-1].stop - x0]
            if kind == _FULL:
                target[:] = True
            elif kind == _MIXED:
                _interpolate(strip, run, target)
    return _crop(Region(x0, y0, pixels, frame.image_size))


def belief(candidate: Candidate, box: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """How sure the model is of the pixels of a box (x0, y0, x1, y1) of the image: (h, w), 0 to 1."""
    frame, (x0, y0, x1, y1) = candidate.frame, box
    lengths = zip(frame.mask_size, frame.padded_size, frame.input_size, frame.image_size, strict=True)
    down, across = (low * resized / (padded * image) for low, padded, resized, image in lengths)
    where = np.array([[across, 0, across * (x0 + 0.5) - 0.5], [0, down, down * (y0 + 0.5) - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    logits = cv2.warpAffine(candidate.logits, where, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float32)


def logits_of_mask(mask: Mask | NDArray[np.bool_], frame: Frame) -> Logits:
    """Previous logits for a prompt that continues a mask drawn elsewhere. mask: (H, W) as the image."""
    size = mask.shape if isinstance(mask, np.ndarray) else mask.size
    if size != frame.image_size:
        raise ValueError(f"a mask of {size} for an image of {frame.image_size}")
    height, width = _valid_size(frame)
    pixels = mask if isinstance(mask, np.ndarray) else _few_pixels(mask, max(height, width))
    small = cv2.resize(pixels.astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_AREA)
    logits = np.full(frame.mask_size, -_MASK_LOGIT, np.float32)
    logits[:height, :width][small >= 128] = _MASK_LOGIT
    return logits


def _few_pixels(mask: Mask, wanted: int) -> NDArray[np.bool_]:
    """The whole image; of a huge one only as many pixels as are needed for so many cells along its long side."""
    if mask.size[0] * mask.size[1] <= MAX_PIXELS:
        return mask.to_array()
    step = max(1, max(mask.size) // (_SAMPLES_PER_CELL * wanted))
    return mask.sampled(step, (0, 0, mask.size[1], mask.size[0]))


def stability_score(logits: Logits, frame: Frame, offset: float = 1.0) -> float:
    """IoU of the mask cut at +offset and at -offset, without the padding; 0 when both are empty.
    Source: SAM, appendix B."""
    height, width = _valid_size(frame)
    valid = logits[:height, :width]
    union = int(np.count_nonzero(valid > -offset))
    return int(np.count_nonzero(valid > offset)) / union if union else 0.0


def _valid_size(frame: Frame) -> Size:
    """The part of the logits that lies on the image and not on the padding."""
    (mask_h, mask_w), (input_h, input_w), (padded_h, padded_w) = frame.mask_size, frame.input_size, frame.padded_size
    return -(-mask_h * input_h // padded_h), -(-mask_w * input_w // padded_w)


class _Band(NamedTuple):
    """Rows (or columns) start..stop of the image are `weights` times rows first..last of the logits."""

    start: int
    stop: int
    first: int
    last: int
    weights: NDArray[np.float32]


@lru_cache(maxsize=16)
def _bands(image: int, resized: int, padded: int, low: int) -> list[_Band]:
    """One axis, all lengths in pixels: image <- input without padding <- padded input <- logits."""
    bands = []
    for start in range(0, image, _TILE_PX):
        stop = min(start + _TILE_PX, image)
        outer, outer_weights = _taps(np.arange(start, stop), image, resized)
        inner, inner_weights = _taps(outer, padded, low)
        first, last = int(inner.min()), int(inner.max()) + 1
        weights = np.zeros((stop - start, last - first))
        rows = np.broadcast_to(np.arange(stop - start)[:, None, None], inner.shape)
        np.add.at(weights, (rows, inner - first), inner_weights * outer_weights[..., None])
        bands.append(_Band(start, stop, first, last, weights.astype(np.float32)))
    return bands


def _taps(at: NDArray[np.intp], length: int, source: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Bilinear, align_corners=False: the two cells of `source` below every position of `length`, and their shares."""
    position = np.maximum((at + 0.5) * (source / length) - 0.5, 0)
    left = np.minimum(position.astype(np.intp), source - 1)
    share = position - left
    return np.stack([left, np.minimum(left + 1, source - 1)], -1), np.stack([1 - share, share], -1)


def _cover(logits: Logits, rows: list[_Band], columns: list[_Band]) -> NDArray[np.int8]:
    """_EMPTY, _MIXED or _FULL for every tile: (rows, columns)."""

    def below_tiles(ufunc: np.ufunc) -> NDArray[np.float32]:
        strips = np.stack([ufunc.reduce(logits[r.first : r.last], axis=0) for r in rows])
        return np.stack([ufunc.reduce(strips[:, c.first : c.last], axis=1) for c in columns], axis=1)

    return (below_tiles(np.maximum) > 0).astype(np.int8) + (below_tiles(np.minimum) > 0)


def _interpolate(strip: NDArray[np.float32], run: list[_Band], target: NDArray[np.bool_]) -> None:
    """Neighbouring tiles of a strip (height, width of the logits), thresholded into target."""
    values = np.empty(target.shape, np.float32)
    for column in run:
        at = slice(column.start - run[0].start, column.stop - run[0].start)
        np.matmul(strip[:, column.first : column.last], column.weights.T, out=values[:, at])
    np.greater(values, 0, out=target)


def _span(used: NDArray[np.int8]) -> range:
    """Returns the range from the first index to the last that is not empty."""
    indexes = np.flatnonzero(used)
    return range(int(indexes[0]), int(indexes[-1]) + 1) if len(indexes) else range(0)


def _crop(whole: Region) -> Region:
    """Cuts a region to its bounding box, which nearly always ends within a tile of each side. No copy: rows keep their
    stride."""
    pixels = whole.pixels
    rims = (
        pixels[:_TILE_PX].any(axis=1),
        pixels[: -_TILE_PX - 1 : -1].any(axis=1),
        pixels[:, :_TILE_PX].any(axis=0),
        pixels[:, : -_TILE_PX - 1 : -1].any(axis=0),
    )
    if all(rim.any() for rim in rims):
        top, below, left, beyond = (int(rim.argmax()) for rim in rims)
        bottom, right = pixels.shape[0] - below, pixels.shape[1] - beyond
    else:
        left, top, width, height = cv2.boundingRect(pixels.view(np.uint8))
        bottom, right = top + height, left + width
    return Region(whole.x + left, whole.y + top, pixels[top:bottom, left:right], whole.image_size)
