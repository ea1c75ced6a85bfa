"""Where regions end, as a student sees it: better than gradients, which cannot tell a pattern from a border."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from app.learning.scenes.scene import Image
from app.learning.training.trainer import TrainingModel
from app.sam.encoders.starter import frame_at

_LONG_SIDES = (384, 512)
"""In pixels; the mean of both counts."""


class LearnedBorders:
    """The borders that a checkpoint has learned to see, by the moving average of its weights."""

    def __init__(self, student: TrainingModel, checkpoint: Path) -> None:
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
        network = self._student.network
        pixels = network.preprocess(image, frame_at((image.shape[0], image.shape[1]), long_side))
        features = network.encode(pixels[None])
        return torch.sigmoid(self._student.heads.border(features[2])[0, 0]).numpy()
