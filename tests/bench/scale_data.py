"""A COCO data set of any size, with its image files, made quickly: each mask is one of a few hundred blobs somewhere on
its image. Moving a mask changes nothing but its first and its last run."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from app.masks.rle import Mask, Region

IMAGES, MASKS_OF_AN_IMAGE, CLASSES = 100_000, 10, 80
_SIZES = ((480, 640), (640, 480), (427, 640), (1080, 1920), (3000, 4000))
"""(height, width)"""
_BLOBS = 50
"""Different ones for each size, of 20 to 200 runs."""
_IN_A_FOLDER = 1000


@dataclass(frozen=True)
class _Blob:
    """On the left upper corner of its image."""

    mask: Mask
    first: int
    """Zeros before it."""
    head: str
    """What the string has for them."""
    middle: str
    last: int
    """Zeros behind it."""
    before_last: int

    @classmethod
    def of(cls, mask: Mask) -> _Blob:
        runs = mask.runs.tolist()
        head, tail = _written(runs[0]), _written(runs[-1] - runs[-3])
        assert mask.counts.startswith(head)
        assert mask.counts.endswith(tail)
        return cls(mask, runs[0], head, mask.counts[len(head) : len(mask.counts) - len(tail)], runs[-1], runs[-3])

    def at(self, x: int, y: int) -> str:
        """Its string when it lies there."""
        moved = x * self.mask.size[0] + y
        return _written(self.first + moved) + self.middle + _written(self.last - moved - self.before_last)


def make(root: Path, images: int) -> Path:
    """root/images with that many files in folders, and the file root/annotations/instances_all.json about them."""
    names = [f"{number // _IN_A_FOLDER:03}/{number:06}.png" for number in range(images)]
    _make_images(root / "images", names)
    file = root / "annotations" / "instances_all.json"
    file.parent.mkdir()
    with file.open("w", encoding="ascii") as stream:
        stream.write('{"info":{"description":"bench"},"licenses":[],"images":[\n')
        stream.write(",\n".join(json.dumps(_image(number, name)) for number, name in enumerate(names)))
        stream.write('],\n"annotations":[\n')
        for number, line in enumerate(_annotations(images)):
            stream.write((",\n" if number else "") + line)
        stream.write('],\n"categories":')
        json.dump([{"id": n, "name": f"thing {n}", "supercategory": ""} for n in range(1, CLASSES + 1)], stream)
        stream.write("}\n")
    return file


def _make_images(folder: Path, names: list[str]) -> None:
    pictures = [_picture(size) for size in _SIZES]
    for parent in {(folder / name).parent for name in names}:
        parent.mkdir(parents=True)
    for number, name in enumerate(names):
        (folder / name).write_bytes(pictures[number % len(pictures)])


def _picture(size: tuple[int, int]) -> bytes:
    """A white one, of a few hundred bytes."""
    stream = io.BytesIO()
    Image.new("1", size[::-1], 1).save(stream, "PNG")
    return stream.getvalue()


def _image(number: int, name: str) -> dict:
    height, width = _SIZES[number % len(_SIZES)]
    return {"id": number + 1, "file_name": name, "width": width, "height": height}


def _annotations(images: int) -> Iterator[str]:
    """As json.dumps writes them, image by image."""
    random = Random(0)
    blobs = [[_blob(random, size) for _ in range(_BLOBS)] for size in _SIZES]
    for number in range(images * MASKS_OF_AN_IMAGE):
        image = number // MASKS_OF_AN_IMAGE
        size = _SIZES[image % len(_SIZES)]
        blob = blobs[image % len(_SIZES)][int(random.random() * _BLOBS)]
        left, top, width, height = blob.mask.bbox
        x, y = int(random.random() * (size[1] - left - width)), int(random.random() * (size[0] - top - height))
        yield (
            f'{{"id": {number + 1}, "image_id": {image + 1}, "category_id": {1 + number % CLASSES}, '
            f'"segmentation": {{"size": [{size[0]}, {size[1]}], "counts": {json.dumps(blob.at(x, y))}}}, '
            f'"area": {blob.mask.area}, "bbox": [{left + x}, {top + y}, {width}, {height}], "iscrowd": 0}}'
        )


def _blob(random: Random, size: tuple[int, int]) -> _Blob:
    """A wavy disc with a run or two for each of its columns."""
    width, height = random.randint(10, 100), random.randint(10, 200)
    ys, xs = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    wave = 1 + 0.1 * np.sin(random.uniform(2, 9) * xs + random.uniform(0, 6)) * np.cos(random.uniform(2, 9) * ys)
    return _Blob.of(Mask.from_region(Region(1, 1, xs**2 + ys**2 < wave - 0.1, size)))


def _written(value: int) -> str:
    """A number in COCO's string."""
    text = ""
    while True:
        group, value = value & 31, value >> 5
        done = value == -(group >> 4)
        text += chr(48 + (group if done else group | 32))
        if done:
            return text
