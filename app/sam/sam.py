"""SAM as a whole: an image encoder of any kind, one prompt encoder, one mask decoder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from app.sam.layers import LayerNorm2d
from app.sam.mask_decoder import MaskDecoder
from app.sam.network import Features, NetworkModule, OnProgress, PromptTensors, no_progress
from app.sam.preprocess import SIDE, square_frame, square_pixels
from app.sam.prompt_encoder import PromptEncoder
from app.sam.types import Frame, Size

DIM = 256
"""Channels of the embedding and width of the decoder."""
GRID = 64
"""Side of the embedding: one cell for 16 x 16 input pixels."""


class Sam(NetworkModule):
    """Fulfils Network. image_encoder: called with (pixels, on_progress), gives (B, DIM, GRID, GRID)."""

    def __init__(self, image_encoder: nn.Module) -> None:
        super().__init__()
        self.image_encoder = image_encoder
        self.prompt_encoder = PromptEncoder(DIM, GRID, SIDE)
        self.mask_decoder = MaskDecoder(DIM)

    def frame(self, image_size: Size) -> Frame:
        return square_frame(image_size)

    def preprocess(self, image: NDArray[np.uint8], frame: Frame) -> Tensor:
        return square_pixels(image, frame)

    def positions(self, padded_size: Size) -> Tensor:
        return self.prompt_encoder.positions()

    def encode(self, pixels: Tensor, on_progress: OnProgress = no_progress) -> Features:
        return (self.image_encoder(pixels, on_progress),)

    def decode(self, features: Features, positions: Tensor, prompt: PromptTensors) -> tuple[Tensor, Tensor]:
        sparse, dense = self.prompt_encoder(prompt)
        return self.mask_decoder(features[0], positions, sparse, dense)


def neck(channels: int) -> nn.Sequential:
    """From the encoder's channels to the embedding's."""
    return nn.Sequential(
        nn.Conv2d(channels, DIM, 1, bias=False),
        LayerNorm2d(DIM),
        nn.Conv2d(DIM, DIM, 3, padding=1, bias=False),
        LayerNorm2d(DIM),
    )
