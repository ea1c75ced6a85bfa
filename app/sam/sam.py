"""SAM as a whole: an image encoder of any kind, one prompt encoder, one mask decoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from app.sam.layers import LayerNorm2d
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
_TOKENS = range(2, 12)
"""Prompts of so many tokens are compiled: beyond that the decoder's attention takes another way (sam.transformer)."""
_COMMON_TOKENS = (2, 3, 4)
"""A click or a box, a second click, a third one: compiled before they are asked for."""


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
        return self.square.pixels(image, frame)

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
    """Encoder and mask decoder are compiled; torch embeds the prompt."""

    def __init__(self, sam: Sam) -> None:
        super().__init__(sam)
        self._sam = sam

    def encoder(self) -> Part:
        """Returns the image encoder, which takes pixels (1, 3, side, side)."""
        return Part(_Encoder(self._sam), (torch.zeros(1, 3, *self._sam.square.size),))

    def decoder(self) -> Part:
        """Returns the mask decoder, whose number of tokens varies."""
        count = torch.export.Dim("count", min=_TOKENS.start, max=_TOKENS.stop - 1)
        return Part(_Decoder(self._sam), self._example(5), ({}, {1: count}))

    def seen(self, features: Features, prompt: PromptTensors) -> tuple[Tensor, ...]:
        """Returns the cells of the image as the prompts let them be seen: (B or 1, cells, 256)."""
        return (self._sam.cells(features, prompt),)

    def asked(self, prompt: PromptTensors) -> tuple[Tensor, ...] | None:
        """Returns the tokens of the prompts; None when there are too few or too many of them."""
        tokens = self._sam.prompt_encoder.sparse(prompt)
        return (tokens,) if tokens.shape[1] in _TOKENS else None

    def common(self) -> Sequence[tuple[Tensor, ...]]:
        """Returns example inputs of the decoder, with the numbers of tokens that come most often."""
        return [self._example(count) for count in _COMMON_TOKENS]

    def without_encoder(self) -> SamGraph:
        """Returns the same graph of a network that cannot encode; it shares the other weights."""
        with torch.device("meta"):
            rest = Sam(nn.Identity(), self._sam.square.side)
        rest.prompt_encoder, rest.mask_decoder = self._sam.prompt_encoder, self._sam.mask_decoder
        return SamGraph(rest.eval())

    def _example(self, tokens: int) -> tuple[Tensor, ...]:
        cells = self._sam.prompt_encoder.grid**2
        return torch.zeros(1, cells, _DIM), torch.zeros(1, tokens, _DIM)


class _Encoder(nn.Module):
    def __init__(self, sam: Sam) -> None:
        super().__init__()
        self.network = sam

    def forward(self, pixels: Tensor) -> Features:
        return self.network.encode(pixels)


class _Decoder(nn.Module):
    """The mask decoder of SAM with the positions as a constant."""

    def __init__(self, sam: Sam) -> None:
        super().__init__()
        self.network = sam
        self.register_buffer("positions", sam.positions(sam.square.size))

    def forward(self, cells: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        return self.network.mask_decoder(cells, self.get_buffer("positions"), tokens)


def neck(channels: int) -> nn.Sequential:
    """The last layers of an encoder: from its channels to the 256 of the embedding."""
    return nn.Sequential(
        nn.Conv2d(channels, _DIM, 1, bias=False),
        LayerNorm2d(_DIM),
        nn.Conv2d(_DIM, _DIM, 3, padding=1, bias=False),
        LayerNorm2d(_DIM),
    )
