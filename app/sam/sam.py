"""SAM as a whole: an image encoder of any kind, one prompt encoder, one mask decoder."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from app.sam.layers import LayerNorm2d
from app.sam.mask_decoder import MaskDecoder
from app.sam.network import Features, NetworkModule, PromptTensors
from app.sam.preprocess import SIDE, square_frame, square_pixels
from app.sam.prompt_encoder import PromptEncoder
from app.sam.transformer import cells_of
from app.sam.types import Frame, OnProgress, Size, no_progress

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
        return self.mask_decoder(self.cells(features, prompt), positions, self.prompt_encoder.sparse(prompt))

    def cells(self, features: Features, prompt: PromptTensors) -> Tensor:
        """The image as the prompts let it be seen: (B, GRID * GRID, DIM). Without logits the same for all prompts:
        (1, GRID * GRID, DIM)."""
        return cells_of(features[0] + self.prompt_encoder.dense(prompt))

    def without_encoder(self) -> Sam:
        """The rest, with the same weights: for when something else encodes."""
        with torch.device("meta"):
            rest = Sam(nn.Identity())
        rest.prompt_encoder, rest.mask_decoder = self.prompt_encoder, self.mask_decoder
        return rest.eval()


def neck(channels: int) -> nn.Sequential:
    """From the encoder's channels to the embedding's."""
    return nn.Sequential(
        nn.Conv2d(channels, DIM, 1, bias=False),
        LayerNorm2d(DIM),
        nn.Conv2d(DIM, DIM, 3, padding=1, bias=False),
        LayerNorm2d(DIM),
    )
