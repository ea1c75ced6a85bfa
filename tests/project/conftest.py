"""A real project file over a real folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.masks.rle import Mask
from app.project.records import Annotation
from app.project.store import Project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images, one in a folder below."""
    images = tmp_path / "photos"
    (images / "more").mkdir(parents=True)
    for name in ("img2.png", "img10.png", "more/one.png"):
        Image.new("RGB", (8, 6)).save(images / name)
    return images


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    made = Project.create(folder.parent / "cats.maskwright", folder)
    for _ in made.scan():
        pass
    yield made
    made.close()


def dot(x: int = 1, y: int = 1, size: tuple[int, int] = (6, 8)) -> Mask:
    pixels = np.zeros(size, np.bool_)
    pixels[y, x] = True
    return Mask.from_array(pixels)


def an_object(image_id: int, category_id: int | None = None, **values) -> Annotation:
    return Annotation(id=0, image_id=image_id, category_id=category_id, mask=values.pop("mask", dot()), **values)
