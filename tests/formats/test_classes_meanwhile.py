"""What the person does to classes while an import runs, which is on a connection of its own."""

import json
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from app.formats.registry import format_named
from app.project.records import Category
from app.project.store import Project
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

OBJECTS = 450
"""More than two transactions of any reader."""


@pytest.fixture(params=["coco", "labelme"])
def steps_of(request, tmp_path, write):
    """Begins the import of a file with so many objects of one class."""
    polygon = [2, 1, 12, 1, 12, 9, 2, 9]

    def coco():
        return write(*[{"segmentation": [polygon]}] * OBJECTS, categories=[{"id": 3, "name": "cat", "mine": 5}])

    def labelme():
        points = [polygon[at : at + 2] for at in range(0, len(polygon), 2)]
        shapes = [{"label": "cat", "shape_type": "polygon", "points": points}] * OBJECTS
        content = {"version": "5.0.1", "flags": {}, "shapes": shapes, "imagePath": "cat.png", "imageData": None,
                   "imageHeight": HEIGHT, "imageWidth": WIDTH}  # fmt: skip
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "cat.json").write_text(json.dumps(content), encoding="utf-8")
        return tmp_path / "in"

    file = {"coco": coco, "labelme": labelme}[request.param]()
    return lambda project: format_named(request.param).import_file(project, file)


@contextmanager
def importing(project, steps_of, reports):
    """Inside, a part of the objects is there; what is done is done by the person. Afterwards all have come in."""
    sibling = Project.sibling_of(project.path, read_only=False)
    try:
        steps = steps_of(sibling)
        while not sibling.statistics.counts()["annotation"]:
            next(steps)
        project.refresh()
        assert project.statistics.counts()["annotation"] < OBJECTS
        yield
        reports.append(drained(steps))
    finally:
        sibling.close()
    project.refresh()
    assert project.statistics.counts()["annotation"] == OBJECTS


def test_a_class_keeps_the_name_and_colour_that_it_got_during_an_import(project, steps_of):
    reports = []
    with importing(project, steps_of, reports):
        (cat,) = project.categories()
        with project.step("Edit class") as step:
            step.put(replace(cat, name="kitten", color="#123456", supercategory="pets", extra={"note": 1}))
    (kitten,) = project.categories()
    assert (kitten.name, kitten.color, kitten.supercategory) == ("kitten", "#123456", "pets")
    assert kitten.extra["note"] == 1
    assert {each.category_id for each in project.annotation_table.all()} == {kitten.id}
    assert reports[0].problems == []


def test_an_import_puts_back_nothing_of_a_class_that_it_has_not_come_to_yet(project, steps_of):
    with project.step("Add class") as step:
        cat = step.add(Category(0, "cat", "#222222", extra={"note": 1}))
    sibling = Project.sibling_of(project.path, read_only=False)
    steps = steps_of(sibling)
    next(steps)
    with project.step("Edit class") as step:
        step.put(replace(cat, color="#123456", supercategory="pets", extra={"note": 2}))
    drained(steps)
    sibling.close()
    project.refresh()
    (cat,) = project.categories()
    assert (cat.color, cat.supercategory, cat.extra["note"]) == ("#123456", "pets", 2)


def test_an_import_goes_on_when_its_class_is_deleted(project, steps_of):
    reports = []
    with importing(project, steps_of, reports):
        (cat,) = project.categories()
        with project.step("Delete class") as step:
            step.delete(cat)
    (again,) = project.categories()
    assert (again.name, again.id == cat.id) == ("cat", False)
    assert {each.category_id for each in project.annotation_table.all()} == {None, again.id}
    assert reports[0].problems == ["The class cat was deleted during the import; what came after has it again."]
    for _ in range(3):  # the rest of the import, the deletion, the beginning of the import
        project.undo()
    assert project.statistics.counts()["annotation"] == 0


def test_a_class_that_the_person_makes_during_an_import_is_the_files_too(project, steps_of):
    sibling = Project.sibling_of(project.path, read_only=False)
    steps = steps_of(sibling)
    next(steps)
    with project.step("Add class") as step:
        mine = step.add(Category(0, "cat", "#222222"))
    drained(steps)
    sibling.close()
    project.refresh()
    assert [(each.id, each.name, each.color) for each in project.categories()] == [(mine.id, "cat", "#222222")]


def test_a_number_that_the_person_took_during_an_import_is_not_taken_again(project, steps_of):
    sibling = Project.sibling_of(project.path, read_only=False)
    steps = steps_of(sibling)
    next(steps)
    with project.step("Add class") as step:
        dog = step.add(Category(3, "dog", "#222222"))
    drained(steps)
    sibling.close()
    project.refresh()
    assert [each.name for each in project.categories()][:1] == [dog.name]
    assert sorted(each.name for each in project.categories()) == ["cat", "dog"]
