"""An image through the encoder: as this machine runs it best, against the reference in eager torch, same weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tests.bench.models import as_the_program_runs
from tests.bench.rows import Row, paired
from tests.oracle import reference

_SIZE = (768, 1024)
_ALIKE = 0.999
"""Cosine of the two embeddings. bfloat16 has 8 bits."""


def mobile_sam() -> Row:
    return _row("MobileSAM", "mobile_sam", "vit_t", bar=5, pairs=7)


def vit_b() -> Row:
    return _row("SAM ViT-B", "segment_anything", "vit_b", bar=6, pairs=5)


def _row(title: str, package: str, name: str, *, bar: float, pairs: int) -> Row:
    module = reference.load(package)
    model: Any = module.sam_model_registry[name]().eval()
    reference.randomise(model, seed=2)
    model.eval()  # MobileSAM caches its attention bias there
    ours, theirs = as_the_program_runs(model), module.SamPredictor(model)
    image = np.random.default_rng(0).integers(0, 256, (*_SIZE, 3), dtype=np.uint8)

    def set_image() -> torch.Tensor:
        theirs.set_image(image)
        return theirs.features

    _require_alike(ours.encode(image).features[0], set_image().numpy())
    value, other, ratio = paired(lambda: ours.encode(image), set_image, pairs=pairs)
    return Row(f"encode, {title}, {ours.device}", value, "ms", other, ratio,
               f">= {bar}x {package} in eager torch", ratio >= bar)  # fmt: skip


def _require_alike(ours: np.ndarray, theirs: np.ndarray) -> None:
    """A comparison of two different results would be worth nothing."""
    one, other = ours.ravel(), theirs.ravel()
    assert one @ other / np.sqrt((one @ one) * (other @ other)) > _ALIKE
