"""How a network is run: on which device, in which precision, and rearranged for speed. The best of the machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import nn

from app.problem import Problem
from app.sam.layers import ConvNorm

VARIABLE = "MASKWRIGHT_RUNTIME"
_Network = TypeVar("_Network", bound=nn.Module)


@dataclass(frozen=True)
class Runtime:
    """half: the encoder computes in bfloat16 where that is safe (torch's autocast); decoding is exact."""

    name: str
    device: str
    half: bool
    why: str

    @property
    def encoding(self) -> torch.autocast:
        """The context of an encode."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.half)


EXACT = Runtime("cpu", "cpu", half=False, why="works everywhere")


def computes_in_bfloat16() -> bool:
    """Whether the CPU has instructions for it; elsewhere it is slower than float32."""
    return torch.cpu._is_avx512_bf16_supported()  # no public question for it


def runtimes() -> list[Runtime]:
    """Those of this machine, the best first."""
    found = []
    if torch.cuda.is_available():
        found.append(Runtime("cuda", "cuda", half=True, why=f"{torch.cuda.get_device_name()} was found"))
    if torch.backends.mps.is_available():
        found.append(Runtime("mps", "mps", half=False, why="Apple's graphics processor was found"))
    if computes_in_bfloat16():
        found.append(Runtime("cpu-bf16", "cpu", half=True, why="this processor computes in bfloat16"))
    return [*found, EXACT]


def choose(name: str | None = None) -> Runtime:
    """The named one; else the one of the environment; else the best. Problem when this machine does not have it."""
    wanted = name or os.environ.get(VARIABLE)
    here = runtimes()
    if not wanted:
        return here[0]
    for runtime in here:
        if runtime.name == wanted:
            return runtime
    raise Problem(f"This machine has no runtime {wanted}; it has {', '.join(r.name for r in here)}.")


def rearranged(network: _Network, runtime: Runtime) -> _Network:
    """For inference, in place: batch norms become part of their convolutions, and channels lie last, as convolutions
    like it. The results stay the same up to rounding."""
    for module in network.modules():
        if isinstance(module, ConvNorm):
            module.absorb_norm()
    return network.to(runtime.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
