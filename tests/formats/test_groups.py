"""Objects of several parts: labelme tells them as shapes of one label and one group_id, CVAT has groups of objects."""

import json

import numpy as np
import pytest

from app.formats.kit.describe import describe
from app.formats.kit.exporting import LabelledObject
from app.formats.kit.groups import GroupNumbers
from app.formats.registry import format_named
from app.masks.rle import Mask
from app.project.records import Annotation, Category
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

LABELME, CVAT = format_named("labelme"), format_named("cvat")


def square(x, y=1, side=3, **keys):
    points = [[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
    return {"label": "cat", "shape_type": "polygon", "points": points, "group_id": 1, **keys}


@pytest.fixture
def imported(project, tmp_path):
    """A labelme file with these shapes, imported."""
    (tmp_path / "in").mkdir()

    def run(*shapes):
        content = {"version": "5.0.1", "flags": {}, "shapes": list(shapes), "imagePath": "cat.png", "imageData": None,
                   "imageHeight": HEIGHT, "imageWidth": WIDTH}  # fmt: skip
        (tmp_path / "in" / "cat.json").write_text(json.dumps(content), encoding="utf-8")
        return drained(LABELME.import_file(project, tmp_path / "in"))

    return run


def areas(project):
    return [annotation.mask.area for annotation in project.annotation_table.all()]


def exported(project, folder):
    report = drained(LABELME.export_file(project, folder))
    return report, json.loads((folder / "cat.json").read_text())["shapes"]


def test_shapes_of_one_label_and_group_are_one_object(project, imported):
    report = imported(square(1), square(10, group_id=2), square(6, 5))
    assert areas(project) == [18, 9]
    assert (report.annotations, report.joined, report.problems) == (2, 1, [])
    assert "1 object is made of several shapes of one group." in "\n".join(describe(report).summary)


def test_parts_that_overlap_or_touch_are_counted_once(project, imported):
    imported(square(1), square(2), square(4, 4), square(1))
    (annotation,) = project.annotation_table.all()
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[1:4, 1:5] = pixels[4:7, 4:7] = True
    assert (annotation.mask.to_array() == pixels).all()


def test_groups_of_different_labels_are_objects_of_their_own(project, imported, tmp_path):
    report = imported(square(1), square(6, label="dog"), square(10), square(1, 6, group_id=None), square(6, 6))
    assert (sorted(areas(project)), report.joined) == ([9, 9, 27], 1)
    _, shapes = exported(project, tmp_path / "out")
    expected = [("cat", 1), ("cat", 1), ("cat", 1), ("dog", 1), ("cat", None)]
    assert [(shape["label"], shape["group_id"]) for shape in shapes] == expected


def test_without_a_group_nothing_is_joined(project, imported):
    report = imported(*(square(x, group_id=group) for x, group in enumerate([None, "", [1], {}, True, None], 1)))
    assert (len(areas(project)), report.joined) == (6, 0)


def test_a_number_is_one_group_however_it_is_written(project, imported):
    imported(square(1, group_id=7), square(6, group_id="7"), square(11, group_id=7.0), square(1, 6, label="cat "))
    assert sorted(areas(project)) == [9, 27]


def test_a_broken_part_costs_only_itself(project, imported):
    report = imported(square(1), square(6, points=[[1, 1]]), square(10))
    assert (areas(project), report.skipped, report.joined) == ([18], 1, 1)
    assert "shape 2" in report.problems[0]


def test_what_parts_say_is_kept_together(project, imported):
    imported(square(1, description="seen"), square(6, description="other", flags={"wet": True}, score=0.5))
    (annotation,) = project.annotation_table.all()
    assert annotation.extra == {"group_id": 1, "description": "seen", "flags": {"wet": True}, "score": 0.5}


def test_an_object_of_parts_comes_back_as_it_is(project, make_project, imported, tmp_path):
    imported(square(1), square(6, 5), square(12, group_id=4))
    report, shapes = exported(project, tmp_path / "out")
    assert (report.losses, [shape["group_id"] for shape in shapes]) == ({}, [1, 1, 4])
    again = make_project(folder="again")
    drained(LABELME.import_file(again, tmp_path / "out"))
    assert areas(again) == areas(project)


def test_objects_that_only_share_a_group_do_not_become_one(project, imported, tmp_path):
    """CVAT's groups may be of whole objects; so were all that were imported before parts were joined."""
    imported(square(1))
    [cat] = project.categories()
    [image, *_] = project.images()
    with project.step("Other") as step:
        for x in (6, 10):
            pixels = np.zeros((12, 20), bool)
            pixels[2:5, x : x + 3] = True
            step.add(Annotation(0, image.id, cat.id, Mask.from_array(pixels), extra={"group_id": 1}))
    where = {record.path: record.id for record in project.images()}["cat.png"]
    assert image.id != where  # the two lie on another image: their group is theirs
    report = drained(LABELME.export_file(project, tmp_path / "out"))
    assert report.losses == {"group": 1}
    assert report.places["group"] == [f"{image.path}, object 3"]


def test_fresh_groups_clash_with_none():
    cat, dog = Category(1, "cat", ""), Category(2, "dog", "")
    mask = Mask.from_array(np.ones((2, 2), bool))

    def made(number, category, **extra):
        return LabelledObject(Annotation(number, 1, category.id, mask, extra=extra), category)

    objects = [made(1, cat, group_id=1), made(2, cat), made(3, dog, group_id=2), made(4, dog), made(5, cat, group_id=1)]
    groups = GroupNumbers(objects)
    assert [groups.of(each, shapes=2) for each in objects] == [1, 3, 2, 4, 5]
    assert [groups.of(each) for each in objects] == [1, 3, 2, 4, 5]
    assert [GroupNumbers(objects).of(each) for each in objects] == [1, None, 2, None, None]
    assert groups.refused == [objects[4]]


def test_groups_of_cvat_are_told_and_stay(project, tmp_path):
    def box(left, **keys):
        words = "".join(f' {key}="{value}"' for key, value in keys.items())
        return f'<box xtl="{left}" ytl="2" xbr="{left + 3}" ybr="5"{words}></box>'

    shapes = [box(1, label="cat", group_id=1), box(5, label="cat", group_id=1), box(9, label="dog", group_id=1),
              box(13, label="dog", group_id=0), box(13, label="dog", group_id=0)]  # fmt: skip
    image = f'<image id="0" name="cat.png" height="{HEIGHT}" width="{WIDTH}">{"".join(shapes)}</image>'
    (tmp_path / "in.xml").write_text(f"<annotations><version>1.1</version>{image}</annotations>", encoding="utf-8")
    report = drained(CVAT.import_file(project, tmp_path / "in.xml"))
    assert report.annotations == 5
    assert [sentence[:16] for sentence in report.problems] == ["1 group of shape"]
