"""Ground truth: the objects that a model is measured on, masks of a COCO file, with the images they lie on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePosixPath

from msgspec import Raw

from app.formats.kit.coco.segmentation import mask_of
from app.formats.kit.coco.source import key_of, read_source, record
from app.images.reading import image_size
from app.masks.rle import Mask
from app.problem import Problem
from app.text import say


def draw(images_dir: Path, annotations: Path, *, limit: int | None, seed: int) -> dict[Path, list[Mask]]:
    """At most limit objects of a COCO file, drawn at random; by image, in the order of their paths. The same file,
    limit and seed give the same objects. Crowds, empty masks and what cannot be read are passed over. Problem when
    nothing is left."""
    source = read_source(annotations, _ignore)
    files = _files(images_dir, source.images)
    size_of = cache(image_size)  # of this draw: the files may be others next time
    chosen: dict[Path, list[Mask]] = {}
    count = 0
    for raw in random.Random(seed).sample(list(source.annotations), len(source.annotations)):
        if count == limit:
            break
        with suppress(Problem):
            path, mask = _truth(raw, files, size_of)
            chosen.setdefault(path, []).append(mask)
            count += 1
    if not chosen:
        raise Problem(
            say(
                "{file} has no object to measure on whose image lies in {images_dir}.",
                file=annotations.name,
                images_dir=images_dir,
            )
        )
    return {path: chosen[path] for path in sorted(chosen)}


def _files(images_dir: Path, rows: Iterable[Raw]) -> dict[object, Path]:
    """The files of the images by their ids; only those that lie in the folder."""
    files: dict[object, Path] = {}
    for row in rows:
        with suppress(Problem):
            item = record(row)
            name = PurePosixPath(str(item.get("file_name", "")).replace("\\", "/"))
            if not name.is_absolute() and ".." not in name.parts and "\0" not in str(name):
                files[key_of(item, "id")] = images_dir / name
    return files


def _truth(raw: Raw, files: dict[object, Path], size_of: Callable[[Path], tuple[int, int]]) -> tuple[Path, Mask]:
    """Problem when it is nothing to measure on."""
    item = record(raw)
    path = files.get(key_of(item, "image_id"))
    if path is None or item.get("iscrowd"):
        raise Problem(say("It is a crowd, or on no image."))
    width, height = size_of(path)
    mask = mask_of(item.get("segmentation"), (height, width), _ignore)
    if mask.area == 0:
        raise Problem(say("Its mask is empty."))
    return path, mask


def _ignore(_sentence: str) -> None:
    pass
