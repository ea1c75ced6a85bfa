"""Trains the starter's weights out of public packages. Every stage keeps what it made: a killed run goes on where it
was.

The stages: photos and clip art out of Debian's packages; then, in every round, the regions of the photos, scenes
composed of both, and training.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
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
from app.learning.training.borders import LearnedBorders
from app.learning.training.export import export
from app.learning.training.prompted import PromptedScores
from app.learning.training.trainer import Recipe, TrainingModel
from app.learning.training.workers import Line, train
from app.paths import resource
from app.sam.checkpoint import load_checkpoint
from app.sam.checksum import sha256_of
from app.sam.encoders.starter import FEATURE_WIDTHS, Starter

_SCENES_PER_FILE = 250
_PHOTO_LONG_SIDE, _PHOTO_SHORT_SIDE = 640, 384

_FIRST = Recipe(steps=4300, dense_steps=1250)
_SECOND = Recipe(steps=6000, rate=8e-4, cool_share=0.4, seed=7)


@dataclass(frozen=True)
class StarterSize:
    """How much is made and trained; by default as the shipped weights were made. rounds: the first learns from regions
    that gradients bound, every other from regions that the borders bound which the one before has learned to see."""

    scenes: int = 10_000
    rounds: tuple[Recipe, ...] = (_FIRST, _SECOND)
    workers: int = 2


def train_starter(folder: Path, target: Path, size: StarterSize, start: Path | None = None) -> None:
    """Trains the starter, round by round. folder: for downloads, scenes and checkpoints, some gigabytes. target: the
    weights. start: weights to go on from; without them the network begins with nothing."""
    _made(folder / "photos", lambda path: photos.collect(folder / "packages", path))
    _made(folder / "clipart.bin", lambda path: _cut_out(folder / "packages", path))
    torch.manual_seed(size.rounds[0].seed)
    network = Starter() if start is None else load_checkpoint(start)[1].float()
    student = TrainingModel(network, FEATURE_WIDTHS).requires_grad_(True)
    borders, place = None, folder
    for number, recipe in enumerate(size.rounds, 1):
        place = folder / f"round{number}"
        place.mkdir(exist_ok=True)
        _made(place / "regions", partial(_mark_regions, folder / "photos", borders))
        _made(place / "scenes", partial(_compose, folder / "clipart.bin", place / "regions", size, recipe.seed))
        train(student, place / "scenes", recipe, place / "training", size.workers, _Teller(number, recipe))
        borders = LearnedBorders(student, place / "training" / "worker0.pt")
    export(place / "training" / "worker0.pt", target)


class _Teller:
    """Prints how far a round is."""

    def __init__(self, number: int, recipe: Recipe) -> None:
        self._number = number
        self._recipe = recipe
        self._last: Line | None = None

    def __call__(self, line: Line) -> None:
        scores = ", ".join(f"{name} {line[name]:.2f}" for name in PromptedScores._fields if name in line)
        print(f"round {self._number}, step {line['step']} of {self._recipe.steps}: loss {line['loss']:.2f}, {scores}")
        if self._last is not None and line["step"] > self._last["step"] and line["seconds"] > self._last["seconds"]:
            pace = (line["seconds"] - self._last["seconds"]) / (line["step"] - self._last["step"])
            print(f"  about {(self._recipe.steps - line['step']) * pace / 60:.0f} minutes left", flush=True)
        self._last = line


def _made(path: Path, make: Callable[[Path], object]) -> None:
    """Makes a file or folder whole or not at all, unless it is there."""
    if path.exists():
        return
    print(f"making {path.name}", flush=True)
    unfinished = path.with_name(f"{path.name}.making")
    make(unfinished)
    unfinished.rename(path)


def _mark_regions(source: Path, borders: LearnedBorders | None, target: Path) -> None:
    target.mkdir(exist_ok=True)
    images = (_sized(path) for path in sorted(source.glob("*.jpg")))
    found = (photo_scene(image, None if borders is None else borders(image)) for image in images)
    write_scenes(target / "photos.scenes", (scene for scene in found if scene is not None))


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


def _compose(drawings: Path, regions: Path, size: StarterSize, seed: int, target: Path) -> None:
    target.mkdir(exist_ok=True)
    files = -(-size.scenes // _SCENES_PER_FILE)
    jobs = [(drawings, regions, target / f"{number:04d}.scenes", seed, number) for number in range(files)]
    with multiprocessing.get_context("spawn").Pool(size.workers) as pool:
        pool.starmap(_compose_file, jobs, chunksize=1)


def _compose_file(drawings: Path, regions: Path, target: Path, seed: int, number: int) -> None:
    if target.exists():
        return
    cv2.setNumThreads(1)
    composer = Composer(_unpacked(ScenePool(regions)), ClipArt(drawings))
    rng = np.random.default_rng((seed, number))
    write_scenes(target, (composer.scene(rng) for _ in range(_SCENES_PER_FILE)))


def _unpacked(pool: ScenePool) -> Sequence[Scene]:
    """Decoded once: every surface is a piece of one of them."""
    return [pool[index] for index in range(len(pool))]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/starter"))
    parser.add_argument("--target", type=Path, default=resource("models/starter.safetensors"))
    parser.add_argument("--scenes", type=int, default=StarterSize.scenes)
    parser.add_argument("--steps", type=int, help="of each worker in each round")
    parser.add_argument("--dense-steps", type=int, default=_FIRST.dense_steps, help="of the first round")
    parser.add_argument("--workers", type=int, default=StarterSize.workers)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    first, *others = (replace(recipe, steps=options.steps or recipe.steps) for recipe in StarterSize.rounds)
    rounds = (replace(first, dense_steps=options.dense_steps), *others)
    size = StarterSize(options.scenes, rounds, options.workers)
    train_starter(options.folder.resolve(), options.target.resolve(), size, options.start)
    made = {"weights": str(options.target), "bytes": options.target.stat().st_size, "sha256": sha256_of(options.target)}
    print(json.dumps(made))  # models.toml wants both figures: other weights than it knows are not opened


if __name__ == "__main__":
    main()
