"""A family in one file: its own network with three feature levels and an input of 512 pixels, its signature, preset,
frame, and the parts to convert. It answers a prompt with discs around its middle, which the image ripples a little."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.sam.family import Family
from app.sam.layers import ConvNorm, grid_centres
from app.sam.network import Features, Graph, NetworkModule, Part, PromptTensors
from app.sam.preprocess import Square
from app.sam.presets import Preset, Presets
from app.sam.types import Frame, OnProgress, Size, no_progress

SQUARE = Square(512)
MASK_SIDE = 128


class Toy(NetworkModule):
    def __init__(self) -> None:
        super().__init__()
        self.fine = ConvNorm(3, 8, 3, stride=2)
        self.middle = ConvNorm(8, 16, 3, stride=2)
        self.coarse = ConvNorm(16, 32, 3, stride=2)
        self.discs = Discs()

    def frame(self, image_size: Size) -> Frame:
        return SQUARE.frame(image_size)

    def preprocess(self, image: np.ndarray, frame: Frame) -> Tensor:
        return torch.from_numpy(SQUARE.pixels(image, frame))

    def positions(self, padded_size: Size) -> Tensor:
        return torch.zeros(1)

    def encode(self, pixels: Tensor, on_progress: OnProgress = no_progress) -> Features:
        fine = self.fine(F.avg_pool2d(pixels, 4))
        on_progress(0.3)
        middle = self.middle(fine)
        on_progress(0.6)
        return fine, middle, self.coarse(middle)

    def decode(self, features: Features, positions: Tensor, prompt: PromptTensors) -> tuple[Tensor, Tensor]:
        return self.discs(*features, middle_of(prompt))

    def graph(self) -> Graph:
        return ToyGraph(self)


class Discs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.radii = nn.Parameter(torch.tensor([20.0, 10.0, 20.0, 40.0]))
        self.register_buffer("at", grid_centres(MASK_SIDE, MASK_SIDE, torch.device("cpu")) * 4)

    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
        """Features of one image, points (B, 2) in input pixels -> logits (B, 4, 128, 128), IoU (B, 4)"""
        distance = (self.get_buffer("at") - at[:, None, None]).square().sum(-1).sqrt()[:, None]
        maps = (F.interpolate(f.mean(1, keepdim=True), (MASK_SIDE, MASK_SIDE)) for f in (fine, middle, coarse))
        ripple = torch.tanh(sum(maps))
        logits = self.radii[None, :, None, None] - distance + ripple
        return logits, (self.radii / 50).sigmoid().expand(len(at), -1) + 0.3


def middle_of(prompt: PromptTensors) -> Tensor:
    """(B, 2)"""
    parts = [prompt.points] if prompt.box is None else [prompt.points, prompt.box.view(-1, 2, 2)]
    return torch.cat(parts, dim=1).mean(1)


class ToyGraph(Graph):
    """Its answers do not depend on logits: what is seen of an image is the features, with or without them."""

    def __init__(self, toy: Toy) -> None:
        self._toy = toy
        self._maps = tuple(torch.zeros(1, 8 << level, 64 >> level, 64 >> level) for level in range(3))

    def encoder(self) -> Part:
        return Part(_Encoder(self._toy), (torch.zeros(1, 3, *SQUARE.size),))

    def seen(self) -> Part:
        return Part(_Seen(), self._maps)

    def seen_with_logits(self) -> Part:
        return Part(_Seen(), (*self._maps, torch.zeros(1, MASK_SIDE, MASK_SIDE)), None)

    def decoder(self) -> Part:
        count = torch.export.Dim("count", min=1, max=8)
        points, labels = torch.zeros(1, 3, 2), torch.ones(1, 3, dtype=torch.int64)
        return Part(_Decoder(self._toy), (*self._maps, points, labels), ({}, {}, {}, {1: count}, {1: count}))


class _Seen(nn.Module):
    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor, logits: Tensor | None = None) -> Features:
        rest = 0 if logits is None else 0 * logits.mean()
        return fine + rest, middle + rest, coarse + rest


class _Decoder(nn.Module):
    def __init__(self, toy: Toy) -> None:
        super().__init__()
        self.discs = toy.discs

    def forward(
        self, fine: Tensor, middle: Tensor, coarse: Tensor, points: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor]:
        is_there = (labels >= 0).to(points.dtype)[..., None]
        return self.discs(fine, middle, coarse, (points * is_there).sum(1) / is_there.sum(1))


class _Encoder(nn.Module):
    def __init__(self, toy: Toy) -> None:
        super().__init__()
        self.toy = toy

    def forward(self, pixels: Tensor) -> Features:
        return self.toy.encode(pixels)


def _rename(key: str) -> str | None:
    """The file has the keys of a wrapper around the network, and a counter that nobody needs."""
    return None if key == "steps" else key.removeprefix("toy.")


FAMILY = Family(
    name="toy",
    title="Toy",
    build=Toy,
    signature={"toy.fine.c.weight": (8, 3, 3, 3), "toy.discs.radii": (4,)},
    rename=_rename,
    input=partial(Square, 512),
    presets=Presets(quick=Preset((4,), min_predicted_iou=0.5, min_stability=0.5)),
)


def write_checkpoint(path) -> None:
    """Random weights, in a file as this family has them."""
    torch.manual_seed(7)
    torch.save({f"toy.{key}": t for key, t in Toy().state_dict().items()} | {"steps": torch.tensor(1)}, path)
