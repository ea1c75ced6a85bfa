"""Image and prompt -> the model's input. Coordinates are scaled as in the reference: x * input width / image width."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from app.sam.network import PromptTensors
from app.sam.types import Frame, Prompt, Size

_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
_STD = np.array([58.395, 57.12, 57.375], np.float32)
_NORMALISED = (np.arange(256, dtype=np.float32)[:, None] - _MEAN) / _STD
"""Of every value a byte can have, by channel: (256, 3)."""


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

    def pixels(self, image: NDArray[np.uint8], frame: Frame) -> torch.Tensor:
        """RGB (H, W, 3) -> (3, side, side) float32: resized, normalised, then padded with zeros."""
        height, width = frame.input_size
        # SAM was trained with Pillow's uint8 bilinear; cv2 differs by up to 64 grey levels
        resized = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
        pixels = np.zeros((3, *self.size), np.float32)
        for plane, channel, values in zip(pixels, cv2.split(resized), _NORMALISED.T, strict=True):
            plane[:height, :width] = cv2.LUT(channel, np.ascontiguousarray(values))
        return torch.from_numpy(pixels)


def prompt_tensors(prompt: Prompt, frame: Frame) -> PromptTensors:
    """A prompt in image pixels as a batch of one. What lies outside the image is moved to its edge."""
    if prompt.logits is not None and prompt.logits.shape != frame.mask_size:
        raise ValueError(f"logits of {prompt.logits.shape} in a prompt for {frame.mask_size}")
    box = None if prompt.box is None else _to_input(prompt.box.reshape(2, 2), frame).reshape(1, 4)
    logits = None if prompt.logits is None else np.ascontiguousarray(prompt.logits[None], np.float32)
    return PromptTensors(
        points=torch.from_numpy(_to_input(prompt.points, frame)[None]),
        labels=torch.from_numpy(prompt.labels[None].astype(np.int64)),
        box=None if box is None else torch.from_numpy(box),
        logits=None if logits is None else torch.tensor(logits),
    )


def click_tensors(points: NDArray[np.floating], frame: Frame) -> PromptTensors:
    """N prompts of one positive click each. points: (N, 2) xy in image pixels."""
    at = torch.from_numpy(_to_input(points, frame)[:, None])
    return PromptTensors(at, torch.ones(len(points), 1, dtype=torch.int64))


def _to_input(xy: NDArray[np.floating], frame: Frame) -> NDArray[np.float32]:
    image = np.array(frame.image_size[::-1], np.float64)
    scale = np.array(frame.input_size[::-1], np.float64) / image
    return (np.clip(xy, 0, image) * scale).astype(np.float32)
