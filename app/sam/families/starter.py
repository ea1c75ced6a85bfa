"""The starter, our own small network, in the box: as it was first, with a pretrained trunk, and with a head that judges
masks by looking at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.sam.family import Family
from app.sam.presets import PRESETS, Presets

if TYPE_CHECKING:
    from app.sam.network import NetworkModule
    from app.sam.preprocess import Input


def _build() -> NetworkModule:
    from app.sam.encoders.starter import Starter, TrunkEncoder

    return Starter(TrunkEncoder(), sees_masks=True)


def _build_second() -> NetworkModule:
    from app.sam.encoders.starter import Starter, TrunkEncoder

    return Starter(TrunkEncoder())


def _build_first() -> NetworkModule:
    from app.sam.encoders.starter import Starter

    return Starter()


def _input() -> Input:
    from app.sam.preprocess import STARTER

    return STARTER


_DECODER = {"decoder.click_features8.weight": (128, 64)}
_TRUNK = {"encoder.trunk.stem.weight": (32, 3, 3, 3)}

FAMILY = Family(
    name="starter",
    title="Starter",
    build=_build,
    signature={**_TRUNK, **_DECODER, "decoder.quality.layers.layers.0.weight": (128, 344)},
    input=_input,
    presets=Presets(thorough=PRESETS["starter"], quick=PRESETS["starter-quick"]),
    earlier=(
        Family(name="starter", title="Starter", build=_build_second, signature={**_TRUNK, **_DECODER}),
        Family(
            name="starter",
            title="Starter",
            build=_build_first,
            signature={"encoder.stem.0.c.weight": (32, 3, 3, 3), **_DECODER},
        ),
    ),
)
