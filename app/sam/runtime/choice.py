"""What this machine can run a network with, the best first."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.util import find_spec

import torch

from app.problem import Problem
from app.text import say

VARIABLE = "MASKWRIGHT_RUNTIME"
_QUICK_ENOUGH = {"AVX2", "AVX512"}
"""What torch calls the processors on which OpenVINO is faster than torch; on older ones it has not been measured."""


@dataclass(frozen=True)
class Runtime:
    """What runs a network on this machine. half: the encoder computes in bfloat16 where that is safe. compiled: by
    OpenVINO, networks whose input has one size; the others, and all of them until that is done, by torch."""

    name: str
    device: str
    half: bool
    why: str
    compiled: bool = False

    @property
    def encoding(self) -> torch.autocast:
        """The context of torch in which an encode runs; decoding is exact."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.half)


EXACT = Runtime("cpu", "cpu", half=False, why=say("works everywhere"))


def computes_in_bfloat16() -> bool:
    """Whether the CPU has instructions for it; elsewhere it is slower than float32."""
    return torch.cpu._is_avx512_bf16_supported()  # no public question for it


def runtimes() -> list[Runtime]:
    """The runtimes of this machine, the best first."""
    found = []
    half = computes_in_bfloat16()
    if torch.cuda.is_available():
        found.append(
            Runtime(
                "cuda", "cuda", half=True, why=say("{device_name} was found", device_name=torch.cuda.get_device_name())
            )
        )
    if torch.backends.mps.is_available():
        found.append(Runtime("mps", "mps", half=False, why=say("Apple's graphics processor was found")))
    if _has_openvino():
        why = say("OpenVINO is the fastest on this processor{which}", which=say(", in bfloat16") if half else "")
        found.append(Runtime("openvino", "cpu", half=half, why=why, compiled=True))
    if half:
        found.append(Runtime("cpu-bf16", "cpu", half=True, why=say("this processor computes in bfloat16")))
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
    raise Problem(
        say("This machine has no runtime {wanted}; it has {here}.", wanted=wanted, here=", ".join(r.name for r in here))
    )


def _has_openvino() -> bool:
    is_x86 = platform.machine().lower() in {"x86_64", "amd64"}
    return is_x86 and torch.backends.cpu.get_cpu_capability() in _QUICK_ENOUGH and find_spec("openvino") is not None
