"""python -m tests.bench.memory vit_b|visits: prints megabytes, of a process of its own.

vit_b: the most that one encode of SAM ViT-B takes, torch and all. visits: by how much the window grows from the 150th
to the 500th image, with caches that are full long before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import app.sam  # noqa: F401  before torch
from tests.bench.rows import Row

ROOT = Path(__file__).parents[2]
IMAGES, WARM = 500, 150
CACHE_BYTES = 48 << 20


def vit_b_memory() -> Row:
    value = _measured("vit_b")
    return Row("peak memory of an encode, SAM ViT-B", value, "MB", None, None, "<= 1600 MB", value <= 1600)


def visits_memory() -> Row:
    value = _measured("visits")
    return Row("growth from the 150th to the 500th image visited", value, "MB", None, None, "< 50 MB", value < 50)


def _measured(what: str) -> float:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "MASKWRIGHT_HOME": home}
        for step in ("prepare", what) if what == "vit_b" else (what,):
            command = [sys.executable, "-m", "tests.bench.memory", step]
            done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def prepare() -> None:
    """A checkpoint of random weights, converted: what a first start leaves behind."""
    import torch

    from app.paths import models_dir
    from app.sam.families import FAMILIES
    from app.sam.load import load_predictor
    from tests.bench.models import ready
    from tests.oracle import reference

    models_dir().mkdir(parents=True)
    network = FAMILIES["vit_b"].build()
    reference.randomise(network, seed=2)
    torch.save(network.state_dict(), models_dir() / "bench.pth")
    ready(load_predictor("bench"))


def vit_b() -> None:
    from app.sam.load import load_predictor

    predictor = load_predictor("bench")
    predictor.encode(np.random.default_rng(0).integers(0, 256, (768, 1024, 3), np.uint8))
    print(peak_mb())


def peak_mb() -> float:
    """Of this process alone: getrusage counts what its parent had before it."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / 1e6


def visits() -> None:
    """Each image is looked at, clicked and accepted on."""
    from PIL import Image

    from tests.bench.driver import program, resident_mb, until

    home = Path(os.environ["MASKWRIGHT_HOME"])
    photos = home / "photos"
    photos.mkdir()
    random = np.random.default_rng(0)
    for number in range(IMAGES):
        small = Image.fromarray(random.integers(0, 256, (12, 16, 3), np.uint8))
        small.resize((640, 480), Image.Resampling.BICUBIC).save(photos / f"{number:03}.jpg")
    with program(home, cache_bytes=CACHE_BYTES, image_bytes=CACHE_BYTES) as window:
        window.open_path(photos)
        until(lambda: window.workspace is not None and window.workspace.session.image_id is not None)
        session = window.workspace.session
        for number in range(IMAGES):
            until(lambda: session.place.is_encoded and window.workspace.canvas.has_image)
            session.editor.point(320, 240)
            until(lambda: not session.editor.is_waiting and session.editor.ring.is_whole)
            session.acceptance.accept()
            if number == WARM:
                before = resident_mb()
            session.navigation.next()
        grown = resident_mb() - before
    print(grown)
    sys.stdout.flush()


if __name__ == "__main__":
    {"prepare": prepare, "vit_b": vit_b, "visits": visits}[sys.argv[1]]()
