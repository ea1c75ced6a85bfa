"""Where regions end, as a student sees it: better than gradients, which cannot tell a pattern from a border."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from app.learning.scenes.scene import Image
from app.learning.training.trainer import Student

_LONG_SIDES = (384, 512)
"""In pixels; the mean of both counts."""
_MULTIPLE = 32


class LearnedBorders:
    """Of the moving average of a checkpoint."""

    def __init__(self, student: Student, checkpoint: Path) -> None:
        student.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["average"])
        self._student = student.eval()

    def __call__(self, image: Image) -> NDArray[np.float32]:
        """RGB (H, W, 3) -> (H, W), 0 to 1."""
        height, width = image.shape[:2]
        borders = [
            cv2.resize(self._at(image, side), (width, height), interpolation=cv2.INTER_CUBIC) for side in _LONG_SIDES
        ]
        return np.clip(np.mean(borders, axis=0), 0, 1).astype(np.float32)

    @torch.inference_mode()
    def _at(self, image: Image, long_side: int) -> NDArray[np.float32]:
        scale = long_side / max(image.shape[:2]) / _MULTIPLE
        height, width = (max(1, round(side * scale)) * _MULTIPLE for side in image.shape[:2])
        resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        pixels = torch.from_numpy(resized).permute(2, 0, 1)[None].float() / 127.5 - 1
        features = self._student.network.encode(pixels)
        return torch.sigmoid(self._student.heads.border(features[2])[0, 0]).numpy()
