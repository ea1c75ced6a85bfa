"""`check` on a made-up project."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from app.cli.program import program
from app.masks.rle import Mask
from app.project.quality.checks import Finding, check
from app.project.records import Category
from tests.conftest import drained
from tests.project.conftest import an_object

SIZE = (60, 80)


def square(y: int, x: int, side: int, size: tuple[int, int] = SIZE) -> Mask:
    pixels = np.zeros(size, np.bool_)
    pixels[y : y + side, x : x + side] = True
    return Mask.from_array(pixels)


@pytest.fixture
def first(project):
    for image in project.images():
        Image.new("RGB", SIZE[::-1]).save(project.image_path(image))
    return project.images()[0]


def add(project, image, *masks, category_id=None, **values) -> list[int]:
    with project.step("Accept masks") as step:
        return [step.add(an_object(image.id, category_id, mask=mask, **values)).id for mask in masks]


def test_project_without_faults_has_no_findings(project, first):
    assert drained(check(project)) == []
    add(project, first, square(0, 0, 10), square(20, 20, 10), square(22, 22, 20))
    assert drained(check(project)) == []


def test_every_kind_of_fault_is_found_with_its_objects(project, first):
    line = np.zeros(SIZE, np.bool_)
    line[50, 10:40] = True
    specks = square(0, 40, 12).to_array()
    specks[0, 79] = True
    empty, thin, speckled, outside = add(
        project, first, Mask.from_array(np.zeros(SIZE, np.bool_)), Mask.from_array(line), Mask.from_array(specks),
        square(1, 1, 5, (20, 20)),
    )  # fmt: skip
    one, twin, shifted = add(project, first, square(20, 20, 20), square(20, 20, 20), square(22, 22, 20))
    add(project, first, square(20, 20, 20), iscrowd=True)
    project.file.db.execute("UPDATE annotation SET counts = 'no RLE' WHERE id = ?", (shifted + 1,))
    assert [(f.objects, f.kind) for f in drained(check(project))] == [
        ((empty,), "empty"),
        ((thin,), "sliver"),
        ((speckled,), "island"),
        ((outside,), "outside"),
        ((shifted + 1,), "damaged"),
        ((one, twin), "duplicate"),
        ((one, shifted), "overlap"),
        ((twin, shifted), "overlap"),
    ]
    assert all(f.image == first.path and f.sentence.endswith(".") for f in drained(check(project)))


def test_images_that_were_replaced_or_are_gone_are_told(project, first):
    other = project.images()[1]
    [object_id] = add(project, first, square(1, 1, 20))
    [gone_id, _] = add(project, other, square(1, 1, 20), square(30, 30, 20))
    Image.new("RGB", (50, 40)).save(project.image_path(first))
    project.image_path(other).unlink()
    replaced, gone = drained(check(project))
    assert (replaced.objects, replaced.kind) == ((object_id,), "outside")
    assert replaced.sentence == "The mask is made for 80 x 60 pixels, but the image has 50 x 40."
    assert (gone.objects, gone.kind) == ((gone_id,), "unreadable")
    assert gone.sentence == f"Its image cannot be read: {other.path}: the file is not there any more."
    shutil.rmtree(project.root)
    assert drained(check(project)) == []  # masks can be checked without the photos


def test_object_of_an_odd_size_is_an_outlier_of_its_class_only(project, first):
    with project.step("Classes") as step:
        small, large = step.add(Category(0, "mouse", "#000000")), step.add(Category(0, "house", "#000000"))
    dice = np.random.default_rng(1)
    places = [(y, x) for y in range(0, 50, 10) for x in range(0, 70, 10)]
    add(project, first, *(square(y, x, int(dice.integers(6, 9))) for y, x in places[:20]), category_id=small.id)
    add(project, project.images()[1], *(square(1, 1, 40 + n) for n in range(1)), category_id=large.id)
    (odd,) = add(project, project.images()[2], square(1, 1, 50), category_id=small.id)
    (finding,) = drained(check(project))
    assert (finding.objects, finding.kind, finding.image) == ((odd,), "outlier", project.images()[2].path)
    assert finding.sentence.startswith("The object is ")
    assert finding.sentence.endswith("of the class mouse: 2500 pixels.")


def test_duplicate_in_another_class_says_so(project, first):
    with project.step("Classes") as step:
        cat = step.add(Category(0, "cat", "#000000"))
    add(project, first, square(1, 1, 20))
    add(project, first, square(1, 1, 20), category_id=cat.id)
    assert drained(check(project)) == [
        Finding(first.path, (1, 2), "duplicate", "The object is there twice in another class.")
    ]


def test_command_prints_a_line_for_each_or_one_object(project, first, capsys):
    add(project, first, square(1, 1, 20), square(1, 1, 20))
    program(["check", str(project.path)], standalone_mode=False)
    assert capsys.readouterr().out == (
        f"{first.path}: objects 1, 2: The object is there twice.\n1 finding in 2 objects.\n"
    )
    program(["check", str(project.path), "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out) == {
        "project": str(project.path),
        "findings": [
            {"image": first.path, "objects": [1, 2], "kind": "duplicate", "sentence": "The object is there twice."}
        ],
    }
