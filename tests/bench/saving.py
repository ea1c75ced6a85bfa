"""How long an accepted mask takes to be on the disk."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from app.masks.rle import Mask, Region
from app.project.records import Annotation, Category
from app.project.store import Project
from tests.bench.rows import Row

SAVES = 300


def saving() -> Row:
    """From the pixels of a proposal in a 12-megapixel photo to the committed row, with its journal."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # not /tmp, which may be in memory
        (Path(folder) / "one.jpg").touch()
        project = Project.create(Path(folder) / "bench.maskwright", Path(folder))
        list(project.scan())
        with project.step("Add class") as step:
            category = step.add(Category(0, "thing", "#ffffff"))
        region, times = _region(), []
        for _ in range(SAVES):
            began = time.perf_counter()
            with project.step("Accept mask") as step:
                step.add(Annotation(0, 1, category.id, Mask.from_region(region)))
            times.append((time.perf_counter() - began) * 1000)
        project.close()
    value = median(times)
    return Row(f"saving an accepted mask, committed (median of {SAVES})", value, "ms", None, None, "< 5 ms", value < 5)


def _region() -> Region:
    ys, xs = np.mgrid[:600, :900]
    wavy = 1 + 0.1 * np.sin(xs / 17) * np.cos(ys / 23)
    pixels = ((ys - 300) / 280) ** 2 + ((xs - 450) / 430) ** 2 < wavy - 0.1
    return Region(1500, 1100, pixels, (3000, 4000))
