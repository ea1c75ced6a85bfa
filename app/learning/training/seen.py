"""What a pretrained trunk sees of a photo: parts of one thing look alike to it, whatever their colours are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from app.learning.scenes.scene import Image
from app.sam.encoders.efficientnet_lite import LiteTrunk
from app.sam.encoders.starter import frame_at

_LONG_SIDE = 512
_STRIDES = (16, 32)
_KEPT = 16
"""Principal components of what the photo's cells differ in."""


class SeenFeatures:
    """The features of a trunk at its coarse strides, brought down to the few directions that matter on the photo."""

    def __init__(self, weights: Path) -> None:
        self._trunk = LiteTrunk()
        self._trunk.take(torch.load(weights, map_location="cpu", weights_only=True))

    @torch.inference_mode()
    def __call__(self, image: Image) -> NDArray[np.float32]:
        """RGB (H, W, 3) -> (H, W, _KEPT), without a mean."""
        frame = frame_at((image.shape[0], image.shape[1]), _LONG_SIDE)
        height, width = frame.input_size
        resized = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.float32)
        seen = self._trunk(torch.from_numpy(resized / np.float32(127.5) - 1).permute(2, 0, 1)[None])
        size = seen[_STRIDES[0]].shape[2:]
        cells = torch.cat([_evened(seen[stride], size) for stride in _STRIDES]).flatten(1)
        directions, _, _ = torch.linalg.svd(cells, full_matrices=False)
        few = (directions[:, :_KEPT].T @ cells).unflatten(1, size).permute(1, 2, 0).numpy()
        wide = cv2.resize(few, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
        return np.asarray(wide, np.float32)


def _evened(features: torch.Tensor, size: torch.Size) -> torch.Tensor:
    """(1, C, h, w) -> (C, *size), every channel as strong as the others, and every stride too."""
    centred = features - features.mean((2, 3), keepdim=True)
    even = centred / (centred.std((2, 3), keepdim=True) + 1e-3) / features.shape[1] ** 0.5
    return F.interpolate(even, size=tuple(size), mode="bilinear", align_corners=False)[0]
