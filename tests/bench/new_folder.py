"""A new folder of thousands of images: how soon the first one is seen, while the others are still being found.
python -m tests.bench.new_folder prints seconds and milliseconds as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import app.sam  # noqa: F401  before torch
from tests.bench.driver import program, until
from tests.bench.rows import Row

ROOT = Path(__file__).parents[2]
IMAGES = 20_000


def new_folder() -> list[Row]:
    """Three rows of one process."""
    command = [sys.executable, "-m", "tests.bench.new_folder"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    first, slice_ms = figures["first"], figures["slice"]
    folder = f"a new folder of {IMAGES:,} images"
    return [
        Row(f"{folder}: the first one is shown", first, "s", None, None, "<= 1 s", first <= 1),
        Row(f"{folder}: longest slice of the window's time", slice_ms, "ms", None, None, "<= 50 ms", slice_ms <= 50),
        Row(f"{folder}: all are found", figures["all"], "s", None, None, "", True),
    ]


def main() -> None:
    place = ROOT / "build"  # not /tmp, which may be in memory; git does not look at 20,000 images there
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        make(photos, IMAGES)
        with program(Path(folder) / "home") as window:
            until(lambda: window.models.state.model)
            print(json.dumps(_measured(window, photos)))
            sys.stdout.flush()


def make(folder: Path, number: int) -> None:
    """One picture by many names."""
    from PIL import Image

    Image.new("RGB", (640, 480), (200, 100, 50)).save(folder / "image 0.png")
    for each in range(1, number):
        os.link(folder / "image 0.png", folder / f"image {each}.png")


def _measured(window, photos: Path) -> dict[str, float]:
    scanner, slices = window.projects.scanning.scanner, [0.0]
    ended: list[float] = []
    scanner.ended.connect(lambda _moved: ended.append(time.perf_counter()))
    step = scanner._step

    def timed() -> None:
        began = time.perf_counter()
        step()
        slices.append((time.perf_counter() - began) * 1000)

    scanner._timer.timeout.disconnect()
    scanner._timer.timeout.connect(timed)
    began = time.perf_counter()
    window.open_path(photos)
    until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
    first = time.perf_counter() - began
    until(lambda: ended)
    return {"first": first, "slice": max(slices), "all": ended[0] - began}


if __name__ == "__main__":
    main()
