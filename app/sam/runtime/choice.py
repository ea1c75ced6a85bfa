"""What this machine can run a network with, the best first. torch is asked only where it may have a graphics processor:
the window of everybody else opens without it."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from app.problem import Problem
from app.text import say

VARIABLE = "MASKWRIGHT_RUNTIME"
_QUICK_ENOUGH = "AVX2"
"""What a processor must have for OpenVINO to be faster than torch; on older ones it has not been measured."""
_X86 = {"x86_64", "amd64"}
_DRIVERS = {"linux": "libcuda.so.1", "win32": "nvcuda.dll"}


@dataclass(frozen=True)
class Runtime:
    """What runs a network on this machine. half: the encoder computes in bfloat16 where that is safe. compiled: by
    OpenVINO; networks that it cannot run, and all of them until they are converted, by torch."""

    name: str
    device: str
    half: bool
    why: str
    compiled: bool = False


EXACT = Runtime("cpu", "cpu", half=False, why=say("works everywhere"))


def runtimes() -> list[Runtime]:
    """The runtimes of this machine, the best first."""
    found = _graphics() if _may_have_graphics() else []
    half = computes_in_bfloat16()
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


def computes_in_bfloat16() -> bool:
    """Whether the CPU is faster in it than in float32. With AMX it is; Intel's vectors alone do no more of bfloat16 at
    once than of float32, and an image took half as long again (decision 005)."""
    return has_instructions("AVX512BF16") and (not _is_intel() or has_instructions("AMX_BF16"))


def _is_intel() -> bool:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        told = platform.processor()
    return "GenuineIntel" in told


@cache
def has_instructions(name: str) -> bool:
    """Whether the CPU has these instructions, in numpy's words: AVX2, AVX512BF16, AMX_BF16. Asked of numpy, which is
    there already; where it does not know the word, of Linux, and elsewhere of torch."""
    try:
        from numpy._core._multiarray_umath import __cpu_features__ as known  # no public question for it
    except ImportError:  # numpy 1
        from numpy.core._multiarray_umath import __cpu_features__ as known
    if name in known:
        return known[name]
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        flags = next((line for line in lines if line.startswith("flags")), "").upper().replace("_", "").split()
        return name.replace("_", "") in flags
    if platform.machine().lower() not in _X86 or not known.get("AVX512F"):  # who has no vectors of 512 bits has neither
        return False
    import torch

    asked = {"AVX512BF16": torch.cpu._is_avx512_bf16_supported, "AMX_BF16": torch.cpu._is_amx_tile_supported}
    return name in asked and asked[name]()  # no public question for it either


def _may_have_graphics() -> bool:
    """Whether torch is to be asked: it is built for graphics processors, and there is a driver of one."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    try:
        built_for = version("torch").partition("+")[2]
        if built_for == "cpu" or built_for.startswith("rocm"):
            return built_for != "cpu"
    except PackageNotFoundError:  # not to be had by its name: ask the driver
        pass
    driver = _DRIVERS.get(sys.platform)
    if driver is None:
        return False
    try:
        ctypes.CDLL(driver)
    except OSError:
        return False
    return True


def _graphics() -> list[Runtime]:
    import torch

    found = []
    if torch.cuda.is_available():
        device_name = torch.cuda.get_device_name()
        why = say("{device_name} was found", device_name=device_name)
        found.append(Runtime("cuda", "cuda", half=True, why=why))
    if torch.backends.mps.is_available():
        found.append(Runtime("mps", "mps", half=False, why=say("Apple's graphics processor was found")))
    return found


def _has_openvino() -> bool:
    is_x86 = platform.machine().lower() in _X86
    return is_x86 and has_instructions(_QUICK_ENOUGH) and find_spec("openvino") is not None
