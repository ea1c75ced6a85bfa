"""Writes to a project as a person does it: for the kill test, and for the bench."""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from app.masks.rle import Mask, Region
from app.project.records import Annotation, Category
from app.project.store import Project


def median_save_ms(folder: Path, count: int = 200) -> float:
    """From the pixels of an accepted 300 x 300 object in a 24-megapixel image to its commit. folder: an empty one on
    the disk to be measured."""
    Image.new("RGB", (8, 6)).save(folder / "image.png")
    project = Project.create(folder / "saving.maskwright", folder)
    for _ in project.folder.scan():
        pass
    y, x = np.mgrid[:300, :300] - 150
    region = Region(2000, 1500, np.hypot(x, y) < 140 * (1 + 0.05 * np.sin(40 * np.arctan2(y, x))), (4000, 6000))
    try:
        return statistics.median(_saved_ms(project, region) for _ in range(count))
    finally:
        project.close()


def _saved_ms(project: Project, region: Region) -> float:
    start = time.perf_counter()
    with project.step("Accept mask") as step:
        step.add(Annotation(0, project.images()[0].id, None, Mask.from_region(region)))
    return (time.perf_counter() - start) * 1000


def median_flush_ms(folder: Path, count: int = 50) -> float:
    """What the disk alone takes to make 32 kB durable: no commit can be faster."""
    file = os.open(folder / "flush.bin", os.O_RDWR | os.O_CREAT)
    try:
        return statistics.median(_flushed_ms(file) for _ in range(count))
    finally:
        os.close(file)


def _flushed_ms(file: int) -> float:
    os.write(file, bytes(32 * 1024))
    start = time.perf_counter()
    os.fsync(file)
    return (time.perf_counter() - start) * 1000


def accept_for_ever(path: Path) -> None:
    """Prints the id of each object when it is saved; every fifth step does more than one thing or undoes one."""
    project = Project.open(path)
    print("reason", project.read_only_reason, flush=True)
    image = project.images()[0]
    pixels = np.zeros((600, 800), np.bool_)
    number = 0
    while True:
        number += 1
        pixels[number % 600, : number % 800] ^= True
        with project.step("Accept mask") as step:
            saved = step.add(Annotation(0, image.id, None, Mask.from_array(pixels), clicks=number))
            if number % 5 == 0:
                step.add(Category(0, f"class {number}", "#000000"))
        print("saved", saved.id, flush=True)
        if number % 7 == 0:
            project.undo()
            print("undone", saved.id, flush=True)


if __name__ == "__main__":
    accept_for_ever(Path(sys.argv[1]))
