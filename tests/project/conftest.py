"""A real project file over a real folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.masks.rle import Mask
from app.project.records import Annotation
from app.project.store import Project


def three_images(above: Path) -> Path:
    """Writes a folder with three images, one in a folder below."""
    images = above / "photos"
    (images / "more").mkdir(parents=True)
    for name in ("img2.png", "img10.png", "more/one.png"):
        Image.new("RGB", (8, 6)).save(images / name)
    return images


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return three_images(tmp_path)


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    made = Project.create(folder.parent / "cats.maskwright", folder)
    for _ in made.folder.scan():
        pass
    yield made
    made.close()


def dot(x: int = 1, y: int = 1, size: tuple[int, int] = (6, 8)) -> Mask:
    pixels = np.zeros(size, np.bool_)
    pixels[y, x] = True
    return Mask.from_array(pixels)


def an_object(image_id: int, category_id: int | None = None, **values) -> Annotation:
    return Annotation(id=0, image_id=image_id, category_id=category_id, mask=values.pop("mask", dot()), **values)


@contextmanager
def survivor(path: Path) -> Iterator[Project]:
    """The project (of three images) that a program left which died: whole, to be written, every mask to be read, and
    in the end undone to its beginning."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    again = Project.open(path)
    assert again.read_only_reason == ""  # the lock died with its owner
    for annotation in again.annotation_table.all():
        assert annotation.mask.region().pixels.sum() == annotation.mask.area
    yield again
    while again.undo() is not None:
        pass
    assert again.statistics.counts() == {"image": 3, "category": 0, "annotation": 0}
    again.close()
