"""One measured figure beside its reference and its bar."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Row:
    name: str
    value: float
    unit: str
    reference: float | None
    ratio: float | None
    """reference / value: so many times faster."""
    bar: str
    met: bool | None
    """None: not measured, since what it is held against is not there."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def paired(
    ours: Callable[[], object], theirs: Callable[[], object], *, pairs: int = 5, warm: bool = False
) -> tuple[float, float, float]:
    """Median milliseconds of each, and the median of the pairs' ratios theirs / ours: the machine is shared, and what
    slows one of a pair slows the other. warm: both ran already."""
    if not warm:
        ours(), theirs()
    times = [(_ms(ours), _ms(theirs)) for _ in range(pairs)]
    return median(t[0] for t in times), median(t[1] for t in times), median(t[1] / t[0] for t in times)


def _ms(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def machine() -> dict[str, Any]:
    import torch

    return {
        "processor": _processor(),
        "bfloat16": _bfloat16(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }


def _processor() -> str:
    with suppress(OSError):  # elsewhere than on Linux
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return platform.processor() or platform.machine()


def _bfloat16() -> str:
    """What the ratios of the encoders depend on most."""
    import torch

    if torch.cpu._is_amx_tile_supported():
        return "AMX tiles"
    return "AVX-512 vectors" if torch.cpu._is_avx512_bf16_supported() else "none"


def table(rows: Sequence[Row]) -> str:
    head = ("figure", "value", "reference", "ratio", "bar", "")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    reference = "" if row.reference is None else f"{row.reference:.2f} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}x"
    return (
        row.name,
        f"{row.value:.{2 if row.unit else 4}f} {row.unit}",
        reference,
        ratio,
        row.bar,
        "not measured" if row.met is None else "met" if row.met else "NOT MET",
    )
