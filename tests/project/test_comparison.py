"""`diff`: the same, moved, another class, other attributes, only here, only there."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.cli.program import program
from app.masks.rle import Mask
from app.problem import Problem
from app.project.quality.comparison import compare
from app.project.records import Category
from app.project.store import Project
from tests.conftest import drained
from tests.project.conftest import an_object

SIZE = (60, 80)


def square(y: int, x: int, side: int = 10) -> Mask:
    pixels = np.zeros(SIZE, np.bool_)
    pixels[y : y + side, x : x + side] = True
    return Mask.from_array(pixels)


@pytest.fixture
def other(project, folder, tmp_path):
    """Another project of the same images; its ids of images and classes are other ones."""
    made = Project.create(tmp_path / "other.maskwright", folder)
    with made.step("Class") as step:
        step.add(Category(7, "cat", "#000000"))
    list(made.folder.scan())
    with project.step("Class") as step:
        step.add(Category(1, "cat", "#123456"))
        step.add(Category(2, "dog", "#654321"))
    yield made
    made.close()


def add(project, number, mask, category_id=None, **values):
    with project.step("Accept mask") as step:
        return step.add(an_object(project.images()[number].id, category_id, mask=mask, **values)).id


def test_project_is_the_same_as_itself(project, other):
    for place in range(0, 50, 5):
        add(project, place % 3, square(place, 5), 1, attributes={"n": place})
    add(project, 0, Mask.from_array(np.zeros(SIZE, np.bool_)))
    found = drained(compare(project, project))
    assert (found.same, found.changed, found.mean_iou, found.differences) == (11, 0, 1.0, [])


def test_every_difference_is_told(project, other):
    path = project.images()[0].path
    add(project, 0, square(0, 0), 1)
    same = add(other, 0, square(0, 0), 7)
    moved_a = add(project, 0, square(20, 0, 20), 1)
    moved_b = add(other, 0, square(25, 0, 20), 7)
    dog = add(project, 0, square(0, 40), 2, attributes={"occluded": True, "n": 1})
    cat = add(other, 0, square(0, 40), 7, attributes={"occluded": False, "n": 1})
    gone = add(project, 0, square(40, 60), 1)
    new = add(other, 1, square(1, 1), 7)
    found = drained(compare(project, other))
    assert same
    assert [(d.kind, d.a, d.b, d.iou and round(d.iou, 3), d.changes) for d in found.differences] == [
        ("changed", moved_a, moved_b, 0.6, {}),
        ("changed", dog, cat, 1.0, {"class": ["dog", "cat"], "attribute occluded": [True, False]}),
        ("only in A", gone, None, None, {}),
        ("only in B", None, new, None, {}),
    ]
    assert (found.same, found.changed, found.only_in_a, found.only_in_b) == (1, 2, 1, 1)
    assert found.mean_iou == pytest.approx((1 + 0.6 + 1) / 3)
    assert str(found).splitlines() == [
        f"{path}: object {moved_a} -> {moved_b}: IoU 0.600.",
        f"{path}: object {dog} -> {cat}: class 'dog' -> 'cat', attribute occluded True -> False.",
        f"{path}: object {gone}: only in A.",
        f"{other.images()[1].path}: object {new}: only in B.",
        "Class dog is only in A.",
        "Objects: 1 the same, 2 changed, 1 only in A, 1 only in B. Mean IoU of the objects in both: 0.867.",
    ]


def test_best_iou_wins_and_twins_are_told_apart_by_their_class(project, other):
    for category_id in (1, 2, None):
        add(project, 0, square(10, 10), category_id)
    add(other, 0, square(10, 10))
    add(other, 0, square(10, 10), 7)
    add(other, 0, square(12, 12))
    found = drained(compare(project, other))
    assert found.same == 2
    assert [(d.a, d.changes["class"]) for d in found.differences] == [(2, ["dog", None])]


def rename(project, image_id, path):
    """As a scan does that finds the file of an image elsewhere."""
    with project.file.transaction():
        project.file.db.execute("UPDATE image SET path = ? WHERE id = ?", (path, image_id))
    project.refresh()


def test_images_of_one_project_only_are_told_with_their_objects(project, other):
    add(project, 2, square(1, 1))
    image = other.images()[2]
    rename(other, image.id, "elsewhere.png")
    found = drained(compare(project, other))
    assert (found.images_only_in_a, found.images_only_in_b) == ([image.path], ["elsewhere.png"])
    assert found.only_in_a == 1


COMPOSED, APART = "\u00e9.png", "e\u0301.png"


def renamed(project, *names):
    """The ids of the images that are called so now."""
    images = project.images()[: len(names)]
    for image, name in zip(images, names, strict=True):
        rename(project, image.id, name)
    return [image.id for image in images]


def lay(project, image_id, mask):
    with project.step("Accept mask") as step:
        step.add(an_object(image_id, project.categories()[0].id, mask=mask))


def test_names_that_differ_in_their_unicode_form_only_are_two_where_both_are_there(project, other):
    (first, second), (there, _) = (renamed(each, COMPOSED, APART) for each in (project, other))
    lay(project, first, square(0, 0))
    lay(project, second, square(20, 20))
    lay(other, there, square(0, 0))
    found = drained(compare(project, other))
    assert (found.same, found.only_in_a) == (1, 1)
    assert [difference.image for difference in found.differences] == [APART]


def test_an_exact_name_wins_over_one_in_another_unicode_form(project, other):
    renamed(project, COMPOSED, APART)
    renamed(other, COMPOSED, "elsewhere.png")
    found = drained(compare(project, other))
    assert (found.images_only_in_a, found.images_only_in_b) == ([APART], ["elsewhere.png"])


def test_a_name_in_another_unicode_form_is_the_same_where_it_is_the_only_one(project, other):
    for each, name in ((project, COMPOSED), (other, APART)):
        lay(each, *renamed(each, name), square(0, 0))
    with other.step("Class") as step:
        step.add(Category(8, "dog", "#000000"))
    found = drained(compare(project, other))
    assert (found.same, found.is_same) == (1, True)


def test_what_is_known_on_one_side_only_is_told_and_two_ways_to_a_mask_are_not(project, other):
    mine = {"provenance": {"model": "a"}, "clicks": 3, "extra": {"score": 1, "source": "x"}, "hidden": True}
    add(project, 0, square(0, 0), 1, **mine)
    add(other, 0, square(0, 0), 7, provenance={"model": "b"}, extra={"score": 1}, z_order=4)
    with other.step("Class") as step:
        step.put(Category(7, "cat", "#000000", supercategory="animal", extra={"mine": 1}))
    found = drained(compare(project, other))
    (difference,) = found.differences
    assert (difference.kind, found.same, found.changed, found.mean_iou) == ("other keys", 1, 0, 1)
    assert (found.keys_only_in_a, found.keys_only_in_b) == ({"hidden": 1, "source": 1}, {"z_order": 1})
    assert found.class_changes == {"cat": {"mine": [None, 1], "supercategory": [None, "animal"]}}
    path = project.images()[0].path
    assert str(found).splitlines()[:2] == [
        f"{path}: object 1 -> 1: only in A: hidden, source, only in B: z_order.",
        "Class cat: mine None -> 1, supercategory None -> 'animal'.",
    ]


def test_damaged_mask_is_told_with_its_image(project, other):
    add(project, 0, square(1, 1))
    add(other, 0, square(1, 1))
    project.file.db.execute("UPDATE annotation SET counts = 'no RLE'")
    with pytest.raises(Problem, match=f"^{project.images()[0].path}: "):
        drained(compare(project, other))


def test_project_and_its_export_are_the_same(project, other, tmp_path, capsys):
    add(project, 0, square(5, 5), 1, attributes={"truncated": True})
    add(project, 1, square(5, 5), 2)
    for number in range(3):
        project.image_table.note(project.images()[number].id, width=SIZE[1], height=SIZE[0])
    exported = tmp_path / "out.json"
    program(["export", str(project.path), str(exported)], standalone_mode=False)
    capsys.readouterr()
    for pair in ([project.path, exported], [exported, project.path], [exported, exported]):
        assert program(["diff", *map(str, pair), "--json"], standalone_mode=False) in (None, 0)
        value = json.loads(capsys.readouterr().out)
        assert (value["same"], value["changed"], value["differences"]) == (2, 0, [])
        assert (value["a"], value["b"]) == tuple(map(str, pair))
    assert program(["diff", str(project.path), str(other.path)], standalone_mode=False) == 1
    assert capsys.readouterr().out.endswith("Objects: 0 the same, 0 changed, 2 only in A, 0 only in B.\n")


def test_a_class_that_only_one_has_is_told_though_nothing_is_of_it(project, other):
    found = drained(compare(project, other))
    assert (found.classes_only_in_a, found.classes_only_in_b) == (["dog"], [])
    assert not found.is_same
    assert "Class dog is only in A." in str(found)
