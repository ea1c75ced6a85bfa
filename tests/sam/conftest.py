"""The starter, loaded once: a predictor remembers no image, so tests may share it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.paths import resource
from app.sam.checkpoint import load_checkpoint
from app.sam.families import model_key
from app.sam.predictor import Predictor
from app.sam.runtime.eager import Eager


@pytest.fixture(scope="session")
def starter() -> Predictor:
    family, network = load_checkpoint(resource("models/starter.safetensors"))
    return Predictor(Eager(network), family.name, model_key(family, "0" * 64))


@pytest.fixture(scope="session")
def discs() -> np.ndarray:
    """A 240 x 320 picture of two discs on grass."""
    rng = np.random.default_rng(1)
    image = rng.normal((70, 120, 60), 12, (240, 320, 3)).clip(0, 255).astype(np.uint8)
    cv2.circle(image, (100, 120), 60, (210, 60, 50), -1)
    cv2.circle(image, (240, 130), 40, (60, 80, 220), -1)
    return cv2.GaussianBlur(image, (3, 3), 0)
