"""Folders of PNG masks as strangers lay them out."""

import json

import numpy as np
import pytest
from PIL import Image

from app.formats.registry import format_named
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.test_every_format import content, fill, pixels_of

PNG = format_named("png")
CLASSES = {1: "car", 2: "person", 3: "sky"}


@pytest.fixture
def stranger(project, tmp_path):
    """A folder with maps of cat.png, imported: where is painted what, the later on top."""

    def read(*painted, classes=CLASSES):
        maps = {kind: np.zeros((HEIGHT, WIDTH), np.uint16) for kind in ("semantic", "instances")}
        for rows, columns, category, number in painted:
            maps["semantic"][rows, columns], maps["instances"][rows, columns] = category, number
        for kind, pixels in maps.items():
            (tmp_path / "in" / kind).mkdir(parents=True)
            Image.fromarray(pixels).save(tmp_path / "in" / kind / "cat.png")
        listed = [{"number": number, "name": name} for number, name in classes.items()]
        (tmp_path / "in" / "classes.json").write_text(json.dumps({"classes": listed}))
        report = drained(PNG.import_file(project, tmp_path / "in"))
        names = {category.id: category.name for category in project.categories()}
        return report, [(names[a.category_id], a.mask.bbox) for a in project.annotation_table.all()]

    return read


def test_what_has_a_class_and_no_number_comes_in_too(stranger):
    """Sky and road, of which nobody counts objects."""
    report, found = stranger(
        (slice(0, 3), slice(None), 3, 0), (slice(5, 7), slice(2, 6), 1, 1), (slice(9, 10), slice(0, 4), 255, 0)
    )
    assert found == [("car", (2, 5, 4, 2)), ("sky", (0, 0, WIDTH, 3))]
    assert report.remarks.lines() == ["cat.png: void pixels (255) are of no object."]


def test_objects_of_two_classes_may_have_one_number(stranger):
    """Where those of each class are counted alone; a gap in the map of classes is no object."""
    car, person = (slice(2, 5), slice(3, 9)), (slice(6, 9), slice(12, 15))
    _, found = stranger((*car, 1, 1), (slice(3, 4), slice(4, 6), 0, 1), (*person, 2, 1))
    assert found == [("car", (3, 2, 6, 3)), ("person", (12, 6, 3, 3))]


def test_an_object_of_two_classes_and_a_gap_goes_with_the_larger(stranger, project):
    rows = slice(2, 4)
    _, found = stranger((rows, slice(0, 5), 1, 1), (rows, slice(5, 7), 2, 1), (rows, slice(7, 19), 0, 1))
    assert found == [("car", (0, 2, 19, 2)), ("person", (5, 2, 2, 2))]
    assert sum(each.mask.area for each in project.annotation_table.all()) == 2 * 19


def test_the_rim_of_an_object_is_no_object_of_the_class_beside_it(stranger):
    """Maps that were drawn apart differ by some pixels."""
    rows = slice(2, 8)
    _, found = stranger((rows, slice(0, 14), 1, 1), (rows, slice(14, 15), 2, 1), (rows, slice(15, 19), 2, 2))
    assert found == [("car", (0, 2, 15, 6)), ("person", (15, 2, 4, 6))]


@pytest.mark.parametrize(("classes", "name"), [(CLASSES, "class 0"), ({**CLASSES, 0: "owl"}, "owl")])
def test_a_number_where_no_class_is_painted_is_an_object(stranger, classes, name):
    _, found = stranger((slice(2, 4), slice(0, 5), 0, 1), classes=classes)
    assert found == [(name, (0, 2, 5, 2))]


def test_class_0_is_told_apart_where_the_folder_lists_it(stranger):
    rows = slice(2, 4)
    _, found = stranger((rows, slice(0, 5), 0, 1), (rows, slice(8, 10), 1, 1), classes={0: "owl", **CLASSES})
    assert found == [("owl", (0, 2, 5, 2)), ("car", (8, 2, 2, 2))]


def test_images_without_a_file_of_objects_are_read_from_the_maps(make_project, tmp_path):
    one, other = make_project("cat.png", "sub/dog.png"), make_project("cat.png", "sub/dog.png", folder="copy")
    fill(one, [pixels_of("block"), pixels_of("frame"), pixels_of("corner")], attributes={"a": 1})
    drained(PNG.export_file(one, tmp_path / "out"))
    (tmp_path / "out" / "objects" / "sub" / "dog.json").unlink()
    report = drained(PNG.import_file(other, tmp_path / "out"))
    assert content(other) == content(one)
    assert (report.images, report.problems) == (2, [])
    assert [each.attributes for each in other.annotation_table.all()] == [{"a": 1}, {"a": 1}, {}]
