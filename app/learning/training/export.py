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


def export(checkpoint: Path, target: Path) -> None:
    """Writes the averaged weights of a checkpoint to a file that the program loads. checkpoint: of the first worker."""
    average = torch.load(checkpoint, map_location="cpu", weights_only=True)["average"]
    tensors = {
        name.removeprefix(_NETWORK): (value if _needs_range(name, value) else value.half()).contiguous()
        for name, value in average.items()
        if name.startswith(_NETWORK)
    }
    with replacing(target) as file:
        file.write(serialized(tensors))
