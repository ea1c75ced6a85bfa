"""`check` on a made-up project."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as replace_row
from PIL import Image

from app.cli.program import program
from app.masks.rle import Mask, Region
from app.project.quality.checks import Finding, check
from app.project.quality.repairs import mend
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
        "fine": 0,
    }


def classes(project, *names) -> list[int]:
    with project.step("Classes") as step:
        return [step.add(Category(0, name, "#000000")).id for name in names]


def kinds(project, **options) -> list[str]:
    return [finding.kind for finding in drained(check(project, **options))]


def test_overlap_of_two_classes_is_told_as_the_share_of_the_smaller_one(project, first):
    cat, dog = classes(project, "cat", "dog")
    add(project, first, square(0, 0, 20), category_id=cat)
    add(project, first, square(15, 0, 10), square(0, 40, 10), category_id=dog)
    add(project, first, square(0, 15, 10), category_id=cat)
    add(project, first, square(10, 10, 12), category_id=None)
    [finding] = drained(check(project))
    assert (finding.objects, finding.kind) == ((1, 2), "class_overlap")
    assert finding.sentence == "Two objects of different classes share 50% of the smaller one."
    assert kinds(project, class_overlap=0.5) == ["class_overlap"]
    assert kinds(project, class_overlap=0.51) == []


def test_small_holes_are_told(project, first):
    pixels = square(5, 5, 30).to_array()
    pixels[10:12, 10:12] = pixels[20, 20] = False
    pixels[25:32, 25:32] = False
    add(project, first, Mask.from_array(pixels))
    [finding] = drained(check(project))
    assert (finding.kind, finding.sentence) == ("pinhole", "The mask has 2 holes of less than 20 pixels.")


@pytest.mark.slow
def test_ten_thousand_objects_on_one_image_are_compared_quickly(project, first):
    """Of 50 million pairs, those are looked at whose boxes lie over each other."""
    size = (2000, 2000)
    Image.new("RGB", size).save(project.image_path(first))
    cat, dog = classes(project, "cat", "dog")
    for start, category_id in ((0, cat), (12, dog)):
        pixels = np.ones((15, 15), np.bool_)
        masks = [
            Mask.from_region(Region(x + start, y, pixels, size)) for y in range(0, 2000, 20) for x in range(0, 1000, 20)
        ]
        add(project, first, *masks, category_id=category_id)
    start = time.process_time()
    assert len(drained(check(project))) == 5000 + 4900
    assert time.process_time() - start < 20


def test_of_hundreds_of_doubles_each_is_told_once_beside_the_first_and_it_can_be_ended_meanwhile(project, first):
    cat, dog = classes(project, "cat", "dog")
    ids = add(project, first, *[square(1, 1, 20)] * 300, category_id=cat)
    others = add(project, first, square(1, 1, 20), square(1, 2, 20), category_id=dog)
    work = check(project)
    steps = sum(1 for done, total in iter(lambda: next(work, None), None) if 0 <= done <= total == 302)
    assert steps > 300, "nobody waits for a whole image"
    found = [(each.kind, each.objects) for each in drained(check(project))]
    doubles = [("duplicate", (ids[0], other)) for other in [*ids[1:], others[0]]]
    assert found == sorted([*doubles, *(("overlap", (each, others[1])) for each in [*ids, others[0]])], key=_objects)


def test_of_doubles_in_two_classes_one_is_left_when_all_are_mended(project, first):
    cat, dog = classes(project, "cat", "dog")
    [kept], *_ = [add(project, first, square(1, 1, 20), category_id=each) for each in (cat, dog, cat, dog)]
    mend(project, project.findings.replace(drained(check(project))))
    assert [each.id for each in project.annotations(first.id)] == [kept]
    assert drained(check(project)) == []


def _objects(told):
    return told[1]


def test_what_is_fine_is_counted_and_no_longer_listed_until_its_mask_changes(project, first, capsys):
    _, other = add(project, first, square(1, 1, 20), square(1, 1, 20))
    found = project.findings.replace(drained(check(project)))
    project.findings.note([replace(found[0], state="fine")])
    assert [each.state for each in drained(check(project))] == ["fine"]
    program(["check", str(project.path)], standalone_mode=False)
    assert capsys.readouterr().out == "0 findings in 2 objects.\n1 more is fine as it is.\n"
    assert project.findings.replace(drained(check(project)))[0].state == "fine"
    with project.step("Refine mask") as step:
        step.put(replace_row(project.annotation(other), mask=square(1, 2, 20)))
    assert [each.state for each in drained(check(project))] == ["open"]
