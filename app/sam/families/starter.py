"""The starter: our own small network, in the box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.sam.family import Family
from app.sam.presets import PRESETS, Presets

if TYPE_CHECKING:
    from app.sam.network import NetworkModule
    from app.sam.preprocess import Input


def _build() -> NetworkModule:
    from app.sam.encoders.starter import Starter

    return Starter()


def _input() -> Input:
    from app.sam.preprocess import STARTER

    return STARTER


FAMILY = Family(
    name="starter",
    title="Starter",
    build=_build,
    signature={"encoder.stem.0.c.weight": (32, 3, 3, 3), "decoder.click_features8.weight": (128, 64)},
    input=_input,
    presets=Presets(thorough=PRESETS["starter"], quick=PRESETS["starter"]),
)
