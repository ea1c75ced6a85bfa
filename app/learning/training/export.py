"""Turns a checkpoint of the training into the file that the program loads: the averaged weights, in half precision."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save as serialized
from torch import Tensor

from app.atomic import replacing

_NETWORK = "network."


def _needs_range(name: str, value: Tensor) -> bool:
    """Variances of batch norm may be beyond half precision, and scales multiply what is rounded already; both are
    few."""
    return not value.is_floating_point() or ".running_" in name or name.endswith(".scale")


def _with_even_scales(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Makes the scales of frozen norms powers of two, and their convolutions what is left: scaled weights are then as
    exact in half precision as the weights are, so that the compiled form, which keeps only those, says the same."""
    found = dict(weights)
    for name, scale in weights.items():
        if name.endswith(".scale"):
            convolution = f"{name.removesuffix('scale')}weight"
            power = torch.exp2(scale.abs().clamp(min=1e-6).log2().round())
            found |= {name: power, convolution: weights[convolution] * (scale / power)}
    return found


def export(checkpoint: Path, target: Path) -> None:
    """Writes the averaged weights of a checkpoint to a file that the program loads. checkpoint: of the first worker."""
    average = torch.load(checkpoint, map_location="cpu", weights_only=True)["average"]
    own = {name.removeprefix(_NETWORK): value for name, value in average.items() if name.startswith(_NETWORK)}
    write_weights(own, target)


def write_weights(weights: dict[str, Tensor], target: Path) -> None:
    """Writes the weights of a starter, as its state_dict has them, to a file that the program loads."""
    tensors = {
        name: (value if _needs_range(name, value) else value.half()).contiguous()
        for name, value in _with_even_scales(weights).items()
    }
    with replacing(target) as file:
        file.write(serialized(tensors))
