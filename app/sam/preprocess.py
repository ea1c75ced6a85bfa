"""Image and prompt -> the model's input. Coordinates are scaled as in the reference: x * input width / image width.
numpy only: a compiled model runs without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.sam.types import Frame, Logits, Prompt, Size

_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
_STD = np.array([58.395, 57.12, 57.375], np.float32)
_BYTES = np.arange(256, dtype=np.float32)
_NORMALISED = (_BYTES[:, None] - _MEAN) / _STD
"""Of every value a byte can have, by channel: (256, 3)."""
_FROM_MINUS_ONE_TO_ONE = _BYTES / np.float32(127.5) - 1


class Input(Protocol):
    """How an image becomes the input of a network."""

    def frame(self, image_size: Size) -> Frame:
        """How an image of that (height, width) lies in the input."""
        ...

    def pixels(self, image: NDArray[np.uint8], frame: Frame) -> NDArray[np.float32]:
        """RGB (H, W, 3) -> (3, padded height, padded width), as the encoder was trained with."""
        ...


@dataclass(frozen=True)
class Square:
    """An input of side x side pixels: the long side of an image becomes that, the rest is padded at the bottom or the
    right. Source: segment_anything, utils/transforms.py."""

    side: int

    @property
    def size(self) -> Size:
        """(height, width) of the input."""
        return self.side, self.side

    def frame(self, image_size: Size) -> Frame:
        """How an image of that (height, width) lies in the square; the masks have a quarter of its side."""
        scale = self.side / max(image_size)
        # a side may round to nothing in a panorama of 3000:1; the reference fails there
        height, width = (max(1, int(side * scale + 0.5)) for side in image_size)
        return Frame(image_size, (height, width), padded_size=self.size, mask_size=(self.side // 4, self.side // 4))

    def pixels(self, image: NDArray[np.uint8], frame: Frame) -> NDArray[np.float32]:
        """RGB (H, W, 3) -> (3, side, side) float32: resized, normalised, then padded with zeros."""
        height, width = frame.input_size
        # SAM was trained with Pillow's uint8 bilinear; cv2 differs by up to 64 grey levels
        resized = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
        pixels = np.zeros((3, *self.size), np.float32)
        for plane, channel, values in zip(pixels, cv2.split(resized), _NORMALISED.T, strict=True):
            plane[:height, :width] = cv2.LUT(channel, np.ascontiguousarray(values))
        return pixels


@dataclass(frozen=True)
class LongSide:
    """An input whose long side has about so many pixels, in the shape of the image. Both sides are multiples of
    `multiple`, which bends the image a little; nothing is padded."""

    length: int
    multiple: int = 32

    def frame(self, image_size: Size) -> Frame:
        """How an image of that (height, width) fills the input; the masks have a quarter of its sides."""
        scale, step = self.length / max(image_size), self.multiple
        height, width = (max(step, round(side * scale / step) * step) for side in image_size)
        size = (height, width)
        return Frame(image_size, input_size=size, padded_size=size, mask_size=(height // 4, width // 4))

    def pixels(self, image: NDArray[np.uint8], frame: Frame) -> NDArray[np.float32]:
        """RGB (H, W, 3) -> (3, height, width) float32, -1 to 1."""
        height, width = frame.input_size
        shrinks = max(frame.input_size) < max(frame.image_size)
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        resized = np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)
        return np.ascontiguousarray(_FROM_MINUS_ONE_TO_ONE[resized].transpose(2, 0, 1))


STARTER = LongSide(384)
"""The input of the starter: the largest size of its training."""


@dataclass(frozen=True, eq=False)
class Prompts:
    """A batch of B prompts in pixels of the model's input: points (B, N, 2) float32 xy, labels (B, N) int64 1 inside /
    0 outside, box (B, 4) x0 y0 x1 y1 or None, logits (B, mask height, mask width) or None."""

    points: NDArray[np.float32]
    labels: NDArray[np.int64]
    box: NDArray[np.float32] | None = None
    logits: Logits | None = None


def prompts_of(prompt: Prompt, frame: Frame) -> Prompts:
    """A prompt in image pixels as a batch of one. What lies outside the image is moved to its edge."""
    if prompt.logits is not None and prompt.logits.shape != frame.mask_size:
        raise ValueError(f"logits of {prompt.logits.shape} in a prompt for {frame.mask_size}")
    return Prompts(
        points=_to_input(prompt.points, frame)[None],
        labels=prompt.labels[None].astype(np.int64),
        box=None if prompt.box is None else _to_input(prompt.box.reshape(2, 2), frame).reshape(1, 4),
        logits=None if prompt.logits is None else np.array(prompt.logits[None], np.float32, order="C"),
    )


def clicks_of(points: NDArray[np.floating], frame: Frame) -> Prompts:
    """N prompts of one positive click each. points: (N, 2) xy in image pixels."""
    return Prompts(_to_input(points, frame)[:, None], np.ones((len(points), 1), np.int64))


def _to_input(xy: NDArray[np.floating], frame: Frame) -> NDArray[np.float32]:
    image = np.array(frame.image_size[::-1], np.float64)
    scale = np.array(frame.input_size[::-1], np.float64) / image
    return (np.clip(xy, 0, image) * scale).astype(np.float32)
