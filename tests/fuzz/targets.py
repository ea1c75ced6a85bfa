"""What is fuzzed: every importer of the registry, images, checkpoints, project files, kept embeddings.

A target takes the files of a stranger. It may do its work or raise a Problem; anything else is a finding.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from abc import ABC, abstractmethod
from contextlib import closing, suppress
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from app.formats.kit.coco.geometry import kept_keys
from app.formats.kit.format import Format
from app.formats.registry import formats
from app.images import tone_mapping
from app.images.page_bytes import page_numbers
from app.images.pages import path_of
from app.images.reading import file_hash, image_size, read_image, read_thumbnail
from app.masks.geometry import Geometry, Shape
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category
from app.project.safety import pages
from app.project.safety.repair import repair
from app.project.store import Project
from tests.fuzz import seeds
from tests.fuzz.bundle import Bundle, bundle_of, laid_out
from tests.fuzz.foreign import FOREIGN

_SIZE = (20, 12)
"""(width, height) of the images that objects are laid on."""
_IMAGES = ("cat.png", "sub/dog.png", "gone.png")
_LARGEST_PX = 8_000_000
"""A picture of 400 megapixels is allowed and takes its gigabytes; here the limit is lower, so that it can be seen that
a small file takes no more than its picture does."""


class Target(ABC):
    """folder: its own, for as long as the process runs."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def seeds(self) -> list[Bundle]: ...

    @abstractmethod
    def run(self, bundle: Bundle) -> None:
        """Problem when it is refused."""

    def laid_out(self, bundle: Bundle, name: str = "in") -> Path:
        """A new folder with these files."""
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        laid_out(bundle, place)
        return place


class Importer(Target):
    """Import, look at every mask, export, undo."""

    def __init__(self, each: Format, folder: Path) -> None:
        super().__init__(folder)
        self.name = each.name
        self._format = each

    @cached_property
    def _empty(self) -> Path:
        """A project of three images, of which the file of one is gone."""
        with closing(_project(self.folder / "photos")) as project:
            path = project.path
        (path.parent / "gone.png").unlink()
        return path

    def seeds(self) -> list[Bundle]:
        with closing(_project(self.folder / "seed")) as project:
            _fill(project)
            out = self.folder / f"out{self._format.suffix}"
            _finish(self._format.export_file(project, out))
        return [bundle_of(out), *FOREIGN.get(self.name, [])]

    def run(self, bundle: Bundle) -> None:
        place = self.laid_out(bundle)
        path = self._empty.with_name("now.maskwright")
        shutil.copyfile(self._empty, path)
        file = next((f for f in place.iterdir() if f.is_file()), place) if self._format.suffix else place
        with closing(Project.open(path)) as project:
            with suppress(Problem):
                _finish(self._format.import_file(project, file))
            for annotation in project.annotation_table.all():
                annotation.mask.region()
            out = self.folder / f"back{self._format.suffix}"
            shutil.rmtree(out, ignore_errors=True)
            with suppress(Problem):
                _finish(self._format.export_file(project, out))
            while project.undo():
                pass
            assert project.statistics.counts()["annotation"] == 0, "an import was not undone"


class Images(Target):
    name = "image"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        tone_mapping.MAX_PIXELS = _LARGEST_PX

    def seeds(self) -> list[Bundle]:
        return list(seeds.pictures())

    def run(self, bundle: Bundle) -> None:
        place = self.laid_out(bundle)
        for file in sorted(path for path in place.iterdir() if path.is_file()):
            for page in islice(page_numbers(file), 3):
                for read in (image_size, file_hash, lambda path: read_thumbnail(path, 8), read_image):
                    with suppress(Problem):
                        read(Path(path_of(str(file), page)))


class Checkpoints(Target):
    name = "checkpoint"

    def seeds(self) -> list[Bundle]:
        return seeds.checkpoints(self.folder)

    def run(self, bundle: Bundle) -> None:
        from app.sam.checkpoint import load_checkpoint

        place = self.laid_out(bundle)
        for file in place.iterdir():
            with suppress(Problem):
                load_checkpoint(file)


class Projects(Target):
    """Open, read all there is, change, undo, redo; then repair."""

    name = "project"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        pages._MOST_PROBES = 100  # ids asked for one by one: with 20,000 an input takes a second

    def seeds(self) -> list[Bundle]:
        with closing(_project(self.folder / "seed")) as project:
            _fill(project)
            project.undo()
            path = project.path
        return [{"a.maskwright": path.read_bytes()}]

    def run(self, bundle: Bundle) -> None:
        place = self.laid_out(bundle)
        for path in sorted(place.glob("*.maskwright")):
            with suppress(Problem), closing(Project.open(path)) as project:
                for work in (_look, _change, Project.undo, Project.undo, Project.redo):
                    with suppress(Problem):
                        work(project)
            with suppress(Problem):
                _finish(repair(path, path.with_name("repaired.maskwright")))
            if path.with_name("repaired.maskwright").exists():
                with closing(Project.open(path.with_name("repaired.maskwright"))) as project:
                    _look(project)  # what was repaired has no problem


class Embeddings(Target):
    name = "embedding"
    _key = ("0" * 64, "starter-0")

    def seeds(self) -> list[Bundle]:
        from app.engine.disk_cache import DiskCache
        from app.sam.types import Embedding, Frame

        frame = Frame((12, 20), (12, 20), (32, 32), (8, 8))
        features = tuple(np.ones((1, 4, side, side), np.float32) for side in (2, 4))
        assert DiskCache(self.folder / "made").put(self._key, Embedding(features, frame, self._key[1]))
        return [bundle_of(self.folder / "made")]

    def run(self, bundle: Bundle) -> None:
        from app.engine.disk_cache import DiskCache

        DiskCache(self.laid_out(bundle)).get(self._key)


class Misbehaving(Target):
    """Does what none may do, so that it can be seen that it is seen."""

    name = "misbehaving"

    def seeds(self) -> list[Bundle]:
        return []

    def run(self, bundle: Bundle) -> None:
        match "".join(bundle):
            case "hang":
                while True:
                    pass
            case "memory":
                kept = [np.ones(1 << 24) for _ in range(16)]
                time.sleep(10)
                del kept
            case "died":
                os.kill(os.getpid(), signal.SIGSEGV)
            case _:
                raise ValueError("a bug")


OTHERS: tuple[type[Target], ...] = (Images, Checkpoints, Projects, Embeddings)
NAMES = (*(each.name for each in formats()), *(each.name for each in OTHERS))


def target_named(name: str, folder: Path) -> Target:
    for kind in (*OTHERS, Misbehaving):
        if kind.name == name:
            return kind(folder)
    return Importer(next(each for each in formats() if each.name == name), folder)


def _project(root: Path) -> Project:
    for name in _IMAGES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", _SIZE).save(root / name)
    (root / "p.maskwright").unlink(missing_ok=True)
    project = Project.create(root / "p.maskwright", root)
    for _ in project.folder.scan():
        pass
    for record in project.images():
        project.image_table.note(record.id, width=_SIZE[0], height=_SIZE[1])
    return project


def _fill(project: Project) -> None:
    pixels = np.zeros(_SIZE[::-1], np.bool_)
    pixels[2:7, 3:11] = True
    frame = np.ones_like(pixels)
    frame[1:-1, 1:-1] = False
    outline = Geometry((Shape("polygon", "3.0,2,11,2.25,11,7,3,7"), Shape("circle", "5,5,6,5")), area="40.5")
    for number, shape in enumerate((pixels, frame, pixels)):
        with project.step("Fill") as step:
            category = step.add(Category(0, f"class {number}", "#102030", "animal", {"isthing": 1}))
            step.add(
                Annotation(
                    0, project.images()[number % 3].id, category.id, Mask.from_array(shape), iscrowd=number == 2,
                    z_order=number, attributes={"occluded": "no"}, extra={"score": 0.5},
                    provenance={"predicted_iou": 0.9}, geometry=outline if number else None,
                )
            )  # fmt: skip


def _look(project: Project) -> None:
    from app.project.quality.checks import check

    for record in project.images():
        with suppress(Problem):
            project.image_path(record)
        for step in project.history.steps_of(record.id):
            project.history.annotations_as_of(record.id, step.id)
    (
        project.categories(),
        project.statistics.annotation_counts(),
        project.statistics.mean_milliseconds(),
        project.undo_label,
    )
    for annotation in project.annotation_table.all():
        with suppress(Problem):
            annotation.mask.region()
            kept_keys(annotation)
    _finish(check(project))


def _change(project: Project) -> None:
    images = project.images()
    with project.step("Accept mask") as step:
        if images:
            step.add(Annotation(0, images[0].id, None, Mask.from_array(np.ones((2, 3), np.bool_))))
        for category in project.categories():
            step.delete(category)


def _finish(steps) -> None:
    for _ in steps:
        pass
