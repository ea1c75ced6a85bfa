"""SAM as a whole: an image encoder of any kind, one prompt encoder, one mask decoder."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from app.sam.layers import LayerNorm2d
from app.sam.manner import Manner
from app.sam.mask_decoder import MaskDecoder
from app.sam.network import Features, Graph, NetworkModule, Part, PromptTensors
from app.sam.preprocess import Square
from app.sam.prompt_encoder import PromptEncoder
from app.sam.transformer import cells_of
from app.sam.types import Frame, OnProgress, Size, no_progress

_DIM = 256
"""Channels of the embedding and width of the decoder, in every SAM."""
_STRIDE = 16
"""Input pixels to a cell of the embedding."""
_POINTS = range(2, 12)
"""So many points the decoder is converted for: its attention takes one way for them, which is right for any number."""


class Sam(NetworkModule):
    """Fulfils Network. image_encoder: called with (pixels, on_progress), gives (B, 256, side / 16, side / 16)."""

    def __init__(self, image_encoder: nn.Module, side: int = 1024) -> None:
        """Builds SAM around an image encoder. side: of the square input, in pixels."""
        super().__init__()
        self.square = Square(side)
        self.image_encoder = image_encoder
        self.prompt_encoder = PromptEncoder(_DIM, side // _STRIDE, side)
        self.mask_decoder = MaskDecoder(_DIM)

    def frame(self, image_size: Size) -> Frame:
        """Returns how an image of that (height, width) lies in the square input."""
        return self.square.frame(image_size)

    def preprocess(self, image: NDArray[np.uint8], frame: Frame) -> Tensor:
        """Turns RGB (H, W, 3) uint8 into the square input of the encoder."""
        return torch.from_numpy(self.square.pixels(image, frame))

    def positions(self, padded_size: Size) -> Tensor:
        """Returns the positional encoding (1, C, h, w) of the grid, which is one for all images."""
        return self.prompt_encoder.positions()

    def encode(self, pixels: Tensor, on_progress: OnProgress = no_progress) -> Features:
        """Turns pixels (B, 3, side, side) into one feature map."""
        return (self.image_encoder(pixels, on_progress),)

    def decode(self, features: Features, positions: Tensor, prompt: PromptTensors) -> tuple[Tensor, Tensor]:
        """Returns logits (B, 4, h, w) and predicted IoU (B, 4) of B prompts on one image."""
        return self.mask_decoder(self.cells(features, prompt), positions, self.prompt_encoder.sparse(prompt))

    def cells(self, features: Features, prompt: PromptTensors) -> Tensor:
        """The image as the prompts let it be seen: (B, cells, 256). Without logits the same for all prompts:
        (1, cells, 256)."""
        return cells_of(features[0] + self.prompt_encoder.dense(prompt))

    def graph(self) -> Graph:
        """Returns the parts that can be compiled."""
        return SamGraph(self)


class SamGraph(Graph):
    """The prompt encoder is part of the decoder, but for the logits, which change what is seen of the image."""

    manner = Manner(pads_clicks=True)

    def __init__(self, sam: Sam) -> None:
        self._sam = sam
        self._features = torch.zeros(1, _DIM, *2 * [sam.prompt_encoder.grid])

    def encoder(self) -> Part:
        """Returns the image encoder, which takes pixels (1, 3, side, side)."""
        return Part(_Encoder(self._sam), (torch.zeros(1, 3, *self._sam.square.size),))

    def seen(self) -> Part:
        """Returns what makes cells (1, cells, 256) of the features."""
        return Part(_Cells(self._sam), (self._features,))

    def seen_with_logits(self) -> Part:
        """Returns what makes cells of the features and the logits."""
        side = 4 * self._sam.prompt_encoder.grid
        return Part(_MarkedCells(self._sam), (self._features, torch.zeros(1, side, side)))

    def decoder(self) -> Part:
        """Returns prompt encoder and mask decoder; the number of points varies."""
        cells = torch.zeros(1, self._sam.prompt_encoder.grid**2, _DIM)
        points, labels = torch.zeros(1, 5, 2), torch.ones(1, 5, dtype=torch.int64)
        count = torch.export.Dim("count", min=_POINTS.start, max=_POINTS.stop - 1)
        return Part(_Decoder(self._sam), (cells, points, labels), ({}, {1: count}, {1: count}))


class _Part(nn.Module):
    def __init__(self, sam: Sam) -> None:
        super().__init__()
        self.network = sam


class _Encoder(_Part):
    def forward(self, pixels: Tensor) -> Features:
        return self.network.encode(pixels)


class _Cells(_Part):
    def forward(self, features: Tensor) -> Tensor:
        return cells_of(features + self.network.prompt_encoder.without_mask())


class _MarkedCells(_Part):
    def forward(self, features: Tensor, logits: Tensor) -> Tensor:
        return cells_of(features + self.network.prompt_encoder.of_mask(logits))


class _Decoder(_Part):
    """The mask decoder of SAM with the positions as a constant."""

    def __init__(self, sam: Sam) -> None:
        super().__init__(sam)
        self.register_buffer("positions", sam.positions(sam.square.size))

    def forward(self, cells: Tensor, points: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        tokens = self.network.prompt_encoder.tokens(points, labels)
        return self.network.mask_decoder(cells, self.get_buffer("positions"), tokens)


def neck(channels: int) -> nn.Sequential:
    """The last layers of an encoder: from its channels to the 256 of the embedding."""
    return nn.Sequential(
        nn.Conv2d(channels, _DIM, 1, bias=False),
        LayerNorm2d(_DIM),
        nn.Conv2d(_DIM, _DIM, 3, padding=1, bias=False),
        LayerNorm2d(_DIM),
    )
