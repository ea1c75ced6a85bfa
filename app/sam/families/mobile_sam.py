"""MobileSAM: SAM's decoder behind TinyViT."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.sam.family import Family, square

if TYPE_CHECKING:
    from app.sam.network import NetworkModule


def _build() -> NetworkModule:
    from app.sam.encoders.tiny_vit import TinyViT
    from app.sam.sam import Sam

    return Sam(TinyViT())


FAMILY = Family(
    name="mobile_sam",
    title="MobileSAM",
    build=_build,
    signature={
        "image_encoder.patch_embed.seq.0.c.weight": (32, 3, 3, 3),
        "image_encoder.neck.0.weight": (256, 320, 1, 1),
    },
    input=partial(square, 1024),
)
