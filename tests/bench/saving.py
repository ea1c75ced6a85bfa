"""How long an accepted mask takes to be on the disk."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import numpy as np

from app.masks.rle import Mask, Region
from app.project.records import Annotation, Category
from app.project.safety import keeper
from app.project.safety.keeper import Keeper
from app.project.store import Project
from tests.bench.rows import Row

SAVES = 300
_PAUSES_S = (0.0, 0.01, 0.03, 0.05, 0.1)


def saving() -> list[Row]:
    """From the pixels of a proposal in a 12-megapixel photo to the committed row, with its journal; as fast as can be,
    and beside the keeper, which brings each of them into the file."""
    alone, beside = _times(), _times(kept=True)
    value, middle, most = median(alone), median(beside), quantiles(beside, n=100)[-1]
    title = f"saving an accepted mask, committed (median of {SAVES})"
    return [
        Row(title, value, "ms", None, None, "< 5 ms", value < 5),
        Row(f"{title}, beside the keeper", middle, "ms", None, None, "< 5 ms", middle < 5),
        Row("the same, 99 of 100", most, "ms", None, None, "< 30 ms", most < 30),
    ]


def _times(*, kept: bool = False) -> list[float]:
    """In milliseconds."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # not /tmp, which may be in memory
        (Path(folder) / "one.jpg").touch()
        project = Project.create(Path(folder) / "bench.maskwright", Path(folder))
        list(project.folder.scan())
        with project.step("Add class") as step:
            category = step.add(Category(0, "thing", "#ffffff"))
        region, times = _region(), []
        watch = Keeper(project.path, print)
        if kept:
            keeper.IDLE_S, keeper.LOOK_S = 0.02, 0.01
            watch.start()
        for _ in range(SAVES):
            began = time.perf_counter()
            with project.step("Accept mask") as step:
                step.add(Annotation(0, 1, category.id, Mask.from_region(region)))
            times.append((time.perf_counter() - began) * 1000)
            time.sleep(_PAUSES_S[len(times) % len(_PAUSES_S)] if kept else 0)
        watch.stop()
        project.close()
    return times


def _region() -> Region:
    ys, xs = np.mgrid[:600, :900]
    wavy = 1 + 0.1 * np.sin(xs / 17) * np.cos(ys / 23)
    pixels = ((ys - 300) / 280) ** 2 + ((xs - 450) / 430) ** 2 < wavy - 0.1
    return Region(1500, 1100, pixels, (3000, 4000))
