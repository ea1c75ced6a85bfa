"""What runs a network. No torch here: values come and go as numpy arrays."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.sam.preprocess import Prompts
from app.sam.types import Embedding, Frame, OnProgress, Size

Maps: TypeAlias = tuple[NDArray[np.float32], ...]
"""Feature maps of one image, as many levels as the network has: each (1, C, h, w)."""


class Execution(Protocol):
    """The two parts of a network, run somehow."""

    title: str
    """For the person: what runs it."""
    needs_tidying: bool
    """Its masks have islands and pinholes that nobody asked for: see sam.tidy."""

    def frame(self, image_size: Size) -> Frame:
        """How an image of that (height, width) lies in the input."""
        ...

    def encode(self, image: NDArray[np.uint8], frame: Frame, on_progress: OnProgress) -> Maps:
        """Turns an image, RGB (H, W, 3), into the features that decode asks for. What on_progress raises ends it."""
        ...

    def decode(self, embedding: Embedding, prompts: Prompts) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Returns logits (B, 4, h, w) and predicted IoU (B, 4) of B prompts on one image. Mask 0 is the single answer
        for an unambiguous prompt, 1 to 3 are those for an ambiguous one."""
        ...
