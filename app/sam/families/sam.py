"""SAM: the three sizes of its own vision transformer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.sam.family import Family, square

if TYPE_CHECKING:
    from app.sam.network import NetworkModule

_GRID = 64
"""Side of the embedding for inputs of 1024 pixels."""


def _build(dim: int, depth: int, heads: int) -> NetworkModule:
    from app.sam.encoders.vit import ImageEncoderViT
    from app.sam.sam import Sam

    quarter = depth // 4
    return Sam(ImageEncoderViT(dim, depth, heads, range(quarter - 1, depth, quarter), grid=_GRID))


def _family(name: str, title: str, dim: int, depth: int, heads: int) -> Family:
    return Family(
        name=name,
        title=title,
        build=partial(_build, dim, depth, heads),
        signature={"image_encoder.pos_embed": (1, _GRID, _GRID, dim)},
        input=partial(square, 16 * _GRID),
    )


FAMILIES = (
    _family("vit_b", "SAM ViT-B", dim=768, depth=12, heads=12),
    _family("vit_l", "SAM ViT-L", dim=1024, depth=24, heads=16),
    _family("vit_h", "SAM ViT-H", dim=1280, depth=32, heads=16),
)
