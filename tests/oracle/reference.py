"""The reference implementations from PyPI, importable without torchvision and timm, and weights to share with them."""

from __future__ import annotations

import importlib
import re
import sys
from types import ModuleType

import torch
from PIL import Image
from torch import nn


class _DropPath(nn.Module):
    """timm's, at rate 0."""

    def __init__(self, drop_prob=None):
        super().__init__()

    def forward(self, x):
        return x


def _resize(image, size):
    return image.resize(size[::-1], Image.Resampling.BILINEAR)  # what torchvision does with a Pillow image


def _unused(*_args, **_kwargs):
    raise AssertionError("the comparison never comes here")


_STAND_INS = {
    "torchvision": {},
    "torchvision.ops": {},
    "torchvision.ops.boxes": {"batched_nms": _unused, "box_area": _unused},
    "torchvision.transforms": {},
    "torchvision.transforms.functional": {"resize": _resize, "to_pil_image": Image.fromarray},
    "timm": {},
    "timm.models": {},
    "timm.models.layers": {
        "DropPath": _DropPath,
        "to_2tuple": lambda x: (x, x),
        "trunc_normal_": nn.init.trunc_normal_,
    },
    "timm.models.registry": {"register_model": lambda f: f},
}


def load(name: str) -> ModuleType:
    """segment_anything or mobile_sam. The few names they import from elsewhere are given to them here."""
    if name not in sys.modules:
        before = {n: sys.modules.get(n) for n in _STAND_INS}
        for stand_in, names in _STAND_INS.items():
            module = ModuleType(stand_in)
            module.__dict__.update(names)
            sys.modules[stand_in] = module
        try:
            importlib.import_module(name)
        finally:
            for n, module in before.items():
                sys.modules.pop(n) if module is None else sys.modules.__setitem__(n, module)
    return sys.modules[name]


def small_vit(*, dim=96, depth=4, heads=3, global_blocks=(1, 3)) -> nn.Module:
    """The reference's SAM with a reduced encoder."""
    load("segment_anything")
    return sys.modules["segment_anything.build_sam"]._build_sam(
        encoder_embed_dim=dim,
        encoder_depth=depth,
        encoder_num_heads=heads,
        encoder_global_attn_indexes=list(global_blocks),
    )


_ZERO_AT_FIRST = re.compile(r"(bias|running_mean|rel_pos_[hw]|attention_biases|pos_embed)$")
_EMBEDDING = re.compile(r"(_embed|point_embeddings\.\d|_tokens?)\.weight$|gaussian_matrix$")


def randomise(module: nn.Module, seed: int = 0) -> None:
    """Every parameter and running statistic. Many start at zero or one, where a mistake would not show."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if not tensor.is_floating_point():
                continue
            noise = torch.randn(tensor.shape, generator=generator)
            if name.endswith("running_var"):
                tensor.copy_(0.5 + noise.abs())
            elif tensor.ndim == 1 and name.endswith("weight"):  # of a norm
                tensor.copy_(1 + 0.2 * noise)
            elif _ZERO_AT_FIRST.search(name):
                tensor.copy_(0.3 * noise)
            elif _EMBEDDING.search(name):
                tensor.copy_(noise)
            else:
                tensor.copy_(noise / tensor[0].numel() ** 0.5)
    module.eval()  # MobileSAM's attention caches its biases here, and keeps stale ones otherwise
