"""From public packages to the starter's weights. Every stage keeps what it made: a killed run goes on where it was.

The stages: photos and clip art out of Debian's packages; the regions of the photos; scenes composed of both; training.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from app.learning.assets import clipart, photos
from app.learning.assets.clipart import ClipArt
from app.learning.assets.debian import unpacked
from app.learning.scenes.compose import Composer
from app.learning.scenes.hierarchy import photo_scene
from app.learning.scenes.scene import Image, Scene, ScenePool, write_scenes
from app.learning.training.export import export
from app.learning.training.trainer import Recipe, Student
from app.learning.training.workers import train
from app.paths import resource
from app.sam.checksum import sha256_of
from app.sam.encoders.starter import FEATURE_WIDTHS, Starter
from app.sam.families import load_checkpoint

_SCENES_PER_FILE = 250
_PHOTO_LONG_SIDE, _PHOTO_SHORT_SIDE = 640, 384


_RECIPE = Recipe(steps=5400, dense_steps=1250)


@dataclass(frozen=True)
class Size:
    """As the shipped weights were made."""

    scenes: int = 10_000
    recipe: Recipe = _RECIPE
    workers: int = 2


def train_starter(folder: Path, target: Path, size: Size, start: Path | None = None) -> None:
    """folder: for downloads, scenes and checkpoints, some gigabytes. target: the weights. start: weights to go on from;
    without them the network begins with nothing."""
    _made(folder / "photos", lambda path: photos.collect(folder / "packages", path))
    _made(folder / "regions", lambda path: _mark_regions(folder / "photos", path))
    _made(folder / "clipart.bin", lambda path: _cut_out(folder / "packages", path))
    _made(folder / "scenes", lambda path: _compose(folder, path, size))
    torch.manual_seed(size.recipe.seed)
    network = Starter() if start is None else load_checkpoint(start)[1].float()
    student = Student(network, FEATURE_WIDTHS).requires_grad_(True)
    train(student, folder / "scenes", size.recipe, folder / "training", size.workers)
    export(folder / "training" / "worker0.pt", target)


def _made(path: Path, make: Callable[[Path], object]) -> None:
    """Makes a file or folder whole or not at all, unless it is there."""
    if path.exists():
        return
    print(f"making {path.name}", flush=True)
    unfinished = path.with_name(f"{path.name}.making")
    make(unfinished)
    unfinished.rename(path)


def _mark_regions(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    found = [scene for path in sorted(source.glob("*.jpg")) if (scene := photo_scene(_sized(path))) is not None]
    write_scenes(target / "photos.scenes", found)


def _sized(path: Path) -> Image:
    """RGB, of sides that scenes can be cut from."""
    photo = np.asarray(cv2.imread(str(path)), np.uint8)
    scale = min(1.0, _PHOTO_LONG_SIDE / max(photo.shape[:2]))
    scale = max(scale, _PHOTO_SHORT_SIDE / min(photo.shape[:2]))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=method)
    return np.ascontiguousarray(np.asarray(resized, np.uint8)[..., ::-1])


def _cut_out(packages: Path, target: Path) -> None:
    for _ in clipart.collect(unpacked(clipart.PACKAGE, packages), target):
        pass


def _compose(folder: Path, target: Path, size: Size) -> None:
    target.mkdir(exist_ok=True)
    files = -(-size.scenes // _SCENES_PER_FILE)
    jobs = [(folder, target / f"{number:04d}.scenes", size.recipe.seed, number) for number in range(files)]
    with multiprocessing.get_context("spawn").Pool(size.workers) as pool:
        pool.starmap(_compose_file, jobs, chunksize=1)


def _compose_file(folder: Path, target: Path, seed: int, number: int) -> None:
    if target.exists():
        return
    cv2.setNumThreads(1)
    composer = Composer(_unpacked(ScenePool(folder / "regions")), ClipArt(folder / "clipart.bin"))
    rng = np.random.default_rng((seed, number))
    write_scenes(target, (composer.scene(rng) for _ in range(_SCENES_PER_FILE)))


def _unpacked(pool: ScenePool) -> Sequence[Scene]:
    """Decoded once: every surface is a piece of one of them."""
    return [pool[index] for index in range(len(pool))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/starter"))
    parser.add_argument("--target", type=Path, default=resource("models/starter.safetensors"))
    parser.add_argument("--scenes", type=int, default=Size.scenes)
    parser.add_argument("--steps", type=int, default=_RECIPE.steps)
    parser.add_argument("--dense-steps", type=int, default=_RECIPE.dense_steps)
    parser.add_argument("--workers", type=int, default=Size.workers)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(steps=options.steps, dense_steps=options.dense_steps)
    size = Size(options.scenes, recipe, options.workers)
    train_starter(options.folder.resolve(), options.target.resolve(), size, options.start)
    made = {"weights": str(options.target), "bytes": options.target.stat().st_size, "sha256": sha256_of(options.target)}
    print(json.dumps(made))  # models.toml wants both figures: other weights than it knows are not opened


if __name__ == "__main__":
    main()
