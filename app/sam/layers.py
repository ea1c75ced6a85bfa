"""Layers that several families share. Attribute names are those of the official checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class LayerNorm2d(nn.Module):
    """Normalises the channels of (B, C, H, W) at every pixel."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        x = x.float()  # variances want more than half precision
        centred = x - x.mean(1, keepdim=True)
        variance = centred.square().mean(1, keepdim=True)
        return centred / torch.sqrt(variance + self.eps) * self.weight[:, None, None] + self.bias[:, None, None]

    def channels_last(self, x: Tensor) -> Tensor:
        """The same of (..., C)."""
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class MLPBlock(nn.Module):
    """The feed-forward part of a transformer block."""

    def __init__(self, dim: int, hidden: int, activation: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.lin1 = nn.Linear(dim, hidden)
        self.lin2 = nn.Linear(hidden, dim)
        self.act = activation()

    def forward(self, x: Tensor) -> Tensor:
        return self.lin2(self.act(self.lin1(x)))


class MLP(nn.Module):
    """Linear layers of the given widths, with an activation between them."""

    def __init__(self, widths: Sequence[int], activation: Callable[[Tensor], Tensor] = F.relu) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in pairwise(widths))
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)


class ConvNorm(nn.Sequential):
    """Convolution without bias, then batch norm; `c` and `bn` in the checkpoints."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.c = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def absorb_norm(self) -> None:
        """Makes the norm part of the convolution, for inference. The checkpoint no longer fits then."""
        if isinstance(self.bn, nn.BatchNorm2d):
            self.c, self.bn = fuse_conv_bn_eval(self.c, self.bn), nn.Identity()


class FrozenNormConv(nn.Module):
    """Convolution and batch norm of a pretrained network: the norm's statistics and its scale stay as they are, its
    shift may be learned. The weights keep the size that they were trained with, which an optimizer's steps fit. A
    stride of 2 pads as TensorFlow does where sides are even: more at the right and below."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs // groups, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("scale", torch.ones(outputs, 1, 1, 1))
        self.stride, self.groups = stride, groups
        before = (kernel - stride) // 2
        self.padding = (before, kernel - stride - before) * 2

    def forward(self, x: Tensor) -> Tensor:
        if self.padding[0] == self.padding[1]:
            return F.conv2d(x, self._weight(), self.bias, self.stride, self.padding[0], groups=self.groups)
        return F.conv2d(F.pad(x, self.padding), self._weight(), self.bias, self.stride, groups=self.groups)

    def absorb_norm(self) -> None:
        """Makes the norm part of the convolution, for inference. The checkpoint no longer fits then."""
        with torch.no_grad():
            self.weight.copy_(self._weight())
        self.scale = None

    def _weight(self) -> Tensor:
        return self.weight if self.scale is None else self.weight * self.scale


class RandomFourierEncoding(nn.Module):
    """Positions as sines and cosines of random frequencies; the frequencies are part of the checkpoint."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, dim // 2))

    def forward(self, xy: Tensor) -> Tensor:
        """Encodes positions as sines and cosines of random frequencies: (..., 2) -> (..., dim)."""
        phase = 2 * torch.pi * (xy @ self.get_buffer("positional_encoding_gaussian_matrix"))
        return torch.cat([phase.sin(), phase.cos()], dim=-1)

    def grid(self, height: int, width: int, spacing: float) -> Tensor:
        """Encodes the centres of the cells of a grid, the first half a spacing from both sides: (height, width, dim).

        By the sines of rows and columns: OpenVINO takes sines one by one, a twentieth of what a click cost."""
        frequencies = self.get_buffer("positional_encoding_gaussian_matrix")  # not scaled: they are kept as halves
        across, down = (2 * torch.pi * spacing * _middles(count, frequencies.device) for count in (width, height))
        x, y = across[:, None] * frequencies[0], down[:, None, None] * frequencies[1]
        sines = x.sin() * y.cos() + x.cos() * y.sin()
        return torch.cat([sines, x.cos() * y.cos() - x.sin() * y.sin()], dim=-1)


def grid_centres(height: int, width: int, device: torch.device) -> Tensor:
    """Returns the xy of the centres of the cells of a grid, in cells: (height, width, 2), the first at (0.5, 0.5)."""
    y, x = torch.meshgrid(_middles(height, device), _middles(width, device), indexing="ij")
    return torch.stack([x, y], dim=-1)


def _middles(count: int, device: torch.device) -> Tensor:
    return torch.arange(count, device=device, dtype=torch.float32) + 0.5
