"""The starter taken apart for a compiler: one program for all kinds of prompts and all sizes of the input."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from app.sam.encoders.starter_decoder import UNIT_PX, StarterDecoder, centres, discs, soft_box
from app.sam.manner import Manner
from app.sam.network import Features, Graph, NetworkModule, Part

_OUTSIDE, _INSIDE, _FIRST_CORNER, _SECOND_CORNER = range(4)
_POINTS = range(1, 12)
"""So many points the decoder is converted for: its attention takes one way for them, which is right for any number."""
_LARGEST = 16
"""Of the sides of the input, in steps of 32 pixels."""


class StarterGraph(Graph):
    """What is seen of an image: its features, and the previous mask as two maps at stride 4."""

    manner = Manner(needs_tidying=True, decodes_exactly=True, boxes_twice=True)

    def __init__(self, network: NetworkModule, decoder: StarterDecoder) -> None:
        """Takes a network and its decoder apart. network: whose encoder is taken."""
        self._network, self._decoder = network, decoder
        height, width = 2, 3
        shapes = ((128, 2), (64, 4), (32, 8))
        self._features = tuple(torch.zeros(1, c, s * height, s * width) for c, s in shapes)
        self._map = torch.zeros(1, 8 * height, 8 * width)
        self._pixels = torch.zeros(1, 3, 32 * height, 32 * width)
        rows, columns = (torch.export.Dim(name, min=1, max=_LARGEST) for name in ("rows", "columns"))
        self._sides = [{2: times * rows, 3: times * columns} for times in (2, 4, 8)]
        self._map_sides = {1: 8 * rows, 2: 8 * columns}
        self._pixel_sides = {2: 32 * rows, 3: 32 * columns}

    def encoder(self) -> Part:
        """Returns the image encoder."""
        return Part(_Encoder(self._network), (self._pixels,), (self._pixel_sides,))

    def seen(self) -> Part:
        """Returns what adds the maps of no previous mask to the features."""
        return Part(_Unmarked(), self._features, tuple(self._sides))

    def seen_with_logits(self) -> Part:
        """Returns what adds the maps of a previous mask to the features."""
        return Part(_Marked(), (*self._features, self._map), (*self._sides, self._map_sides))

    def decoder(self) -> Part:
        """Returns prompt encoder and mask decoder."""
        count = torch.export.Dim("count", min=_POINTS.start, max=_POINTS.stop - 1)
        previous = torch.stack([self._map, self._map], dim=1)
        points, labels = torch.zeros(1, 5, 2), torch.ones(1, 5, dtype=torch.int64)
        return Part(
            _Decoder(self._decoder),
            (*self._features, previous, points, labels),
            (*self._sides, self._sides[-1], {1: count}, {1: count}),
        )


class _Encoder(nn.Module):
    def __init__(self, network: NetworkModule) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Features:
        return self.network.encode(pixels)


class _Unmarked(nn.Module):
    def forward(self, f16: Tensor, f8: Tensor, f4: Tensor) -> Features:
        return f16 * 1, f8 * 1, f4 * 1, torch.zeros_like(f4[:, :2])


class _Marked(nn.Module):
    def forward(self, f16: Tensor, f8: Tensor, f4: Tensor, logits: Tensor) -> Features:
        return f16 * 1, f8 * 1, f4 * 1, torch.stack([logits.sigmoid(), torch.ones_like(logits)], dim=1)


class _Decoder(nn.Module):
    """Says the same as StarterDecoder of a prompt that is points with labels."""

    def __init__(self, decoder: StarterDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(
        self, f16: Tensor, f8: Tensor, f4: Tensor, previous: Tensor, points: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor]:
        maps = torch.cat([previous, _maps(points, labels, f4.shape[-2:])], dim=1)
        positions = self.decoder.positions(f16.shape[-2], f16.shape[-1])
        return self.decoder.answer((f16, f8, f4), positions, maps, self._tokens(f8, f4, points, labels))

    def _tokens(self, f8: Tensor, f4: Tensor, points: Tensor, labels: Tensor) -> Tensor:
        is_click = (labels < _FIRST_CORNER).to(points.dtype)[..., None]
        tokens = self.decoder.pe_layer(points / UNIT_PX) + self.decoder.label_embed(labels + 1)
        return tokens + self.decoder.under(f8, f4, points) * is_click


def _maps(points: Tensor, labels: Tensor, size: torch.Size) -> Tensor:
    """Clicks inside, clicks outside and the box, as an image (B, 3, h, w) at stride 4."""
    ys, xs = centres(size, points.device)
    of = [(labels == label).to(points.dtype) for label in range(4)]
    corners = [(points * of[label][..., None]).sum(1) for label in (_FIRST_CORNER, _SECOND_CORNER)]
    box = soft_box(torch.cat(corners, dim=1), ys, xs) * of[_FIRST_CORNER].sum(1)[:, None, None]
    inside, outside = (discs(points, of[label], ys, xs) for label in (_INSIDE, _OUTSIDE))
    return torch.stack([inside, outside, box], dim=1)
