"""The things that models are measured on: sound masks on photos that nothing was learned from."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from app.images.reading import read_image
from app.learning.assets.debian import Licence
from app.masks.rle import Mask
from tests.bench.starter import THINGS

PHOTOS, ANNOTATIONS = THINGS


@pytest.fixture(scope="module")
def things():
    return json.loads(ANNOTATIONS.read_text(encoding="utf-8"))


def test_there_are_enough_things_on_enough_photos(things):
    assert len(things["annotations"]) >= 150
    assert len({each["image_id"] for each in things["annotations"]}) >= 40
    assert len(things["categories"]) >= 40


def test_each_mask_fits_its_photo_and_no_two_say_the_same_pixel(things):
    names = {path.name for path in PHOTOS.iterdir()}
    assert names == {image["file_name"] for image in things["images"]}
    for image in things["images"]:
        size = image["height"], image["width"]
        assert read_image(PHOTOS / image["file_name"]).pixels.shape[:2] == size
        taken = np.zeros(size, np.int32)
        for each in (a for a in things["annotations"] if a["image_id"] == image["id"]):
            mask = Mask.from_coco(tuple(each["segmentation"]["size"]), each["segmentation"]["counts"])
            assert mask.size == size
            assert mask.area == each["area"]
            assert list(mask.bbox) == each["bbox"]
            taken += mask.to_array()
        assert (taken > 1).sum() <= 40, image["file_name"]  # along common borders


def test_every_photo_has_a_licence_under_which_it_is_shared_and_nothing_is_learned_from_it(things):
    told = (PHOTOS.parent / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\S+\.jpg) \| .* \| (\S+) \|$", told, re.MULTILINE))
    assert rows.keys() == {image["file_name"] for image in things["images"]}
    assert set(rows.values()) == {"GPL-3", "GPL-3+", "GFDL-NIV-1.2", "BSD-3-Clause"}
    for licence in set(rows.values()):
        assert not Licence(licence, "").permits, "the training would take it"
