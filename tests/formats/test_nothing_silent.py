"""Every field of every record, through every format and each of its options: it comes back, or it is counted as a loss
and named."""

import json

import numpy as np
import pytest
from msgspec import structs
from msgspec.structs import replace

from app.formats.coco import import_coco
from app.formats.kit.describe import describe
from app.formats.kit.fields import (
    ATTRIBUTES,
    CLASS_KEYS,
    COLOR,
    CROWD,
    FIELDS,
    GEOMETRY,
    HIDDEN,
    IMAGE_KEYS,
    KEYS,
    ORDER,
    PROVENANCE,
    STATUS,
    SUPERCATEGORY,
    UNUSED,
)
from app.formats.kit.geometry import corners_of
from app.formats.kit.options import Choice
from app.formats.registry import format_named, formats
from app.masks.geometry import Geometry, Shape
from app.masks.rle import Mask
from app.project.records import NUMBERS, Annotation, Category, ImageRecord
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

_PROVENANCE = {"prompt": {"points": [[3.0, 2.0]], "labels": [1], "box": [1.0, 1.0, 9.0, 9.0]}, "model": "starter",
               "predicted_iou": 0.75, "stability_score": None, "by": "hand"}  # fmt: skip
OBJECT = {
    "iscrowd": (CROWD, True),
    "z_order": (ORDER, 3),
    "hidden": (HIDDEN, True),
    "attributes": (ATTRIBUTES, {"occluded": "no", "two\nlines": "猫 <&> \"'"}),
    "provenance": (PROVENANCE, _PROVENANCE),
    "clicks": (PROVENANCE, 2),
    "milliseconds": (PROVENANCE, 900),
    "extra": (KEYS, {"score": 0.5, "nested": {"keep": [1, None, "x"]}, "z_order": "top"}),
    "geometry": (GEOMETRY, Geometry((Shape("polygon", "11.0,2,11.5,2,12,2,12,5,11,5"),))),
}
"""The outline is that of the object which `filled` makes for it."""
CLASS = {
    "color": (COLOR, "#123456"),
    "supercategory": (SUPERCATEGORY, "animal, other"),
    "extra": (CLASS_KEYS, {"keypoints": ["nose"], "isthing": 1}),
}
IMAGE = {"status": (STATUS, "review"), "extra": (IMAGE_KEYS, {"license": 4, "source": "猫", "nested": [{"a": 1}]})}
OF_THE_ROW = {
    Annotation: {"id", "image_id", "category_id", "mask"},
    Category: {"id", "name"},
    ImageRecord: {"id", "path", "width", "height", "content_hash", "size_bytes", "mtime_ns"},
}


def variants():
    """Each format as it is, and with each value of each option. A value that another format has shown already (a photo
    copied, an outline within a pixel) is a slow test."""
    shown = set()
    for each in formats():
        yield pytest.param(each, {}, id=each.name)
        for option in each.options:
            values = list(option.choices)[1:] if isinstance(option, Choice) else [option.most]
            for value in values:
                marks = [pytest.mark.slow] if (option.name, value) in shown else []
                shown.add((option.name, value))
                yield pytest.param(each, {option.name: value}, id=f"{each.name}-{option.name}-{value}", marks=marks)


VARIANTS = list(variants())


def test_no_field_is_forgotten():
    for record, filled in ((Annotation, OBJECT), (Category, CLASS), (ImageRecord, IMAGE)):
        assert {field.name for field in structs.fields(record)} == filled.keys() | OF_THE_ROW[record]
    names = {loss for filled in (OBJECT, CLASS, IMAGE) for loss, _ in filled.values()}
    assert {field.name for field in FIELDS} == names | {UNUSED}


def filled(project):
    """An image, class or object for each field, with nothing but that."""
    pages = project.images()
    with project.step("Fill") as step:
        for page, (name, (_, value)) in zip(pages, IMAGE.items(), strict=False):
            step.put(structs.replace(page, **{name: value}))
        kinds = [*CLASS.items(), *((name, (None, None)) for name in OBJECT)]
        for number, (name, (_, value)) in enumerate(kinds):
            values = {} if value is None else {name: value}
            color = "#777777" if "color" not in values else values.pop("color")
            category = step.add(Category(0, f"class of {number}", color, **values))
            pixels = np.zeros((HEIGHT, WIDTH), bool)
            pixels[2:5, number : number + 1] = True
            own = {name: OBJECT[name][1]} if value is None else {}
            step.add(Annotation(0, pages[0].id, category.id, Mask.from_array(pixels), **own))
        step.add(Category(0, "unused", "#777777"))


def unnumbered(category):
    """The numbers of files are of no interest here: see test_class_numbers."""
    return structs.replace(category, extra={key: value for key, value in category.extra.items() if key != NUMBERS})


def as_it_was(value, now, size):
    """An outline in shares of the image, or with the blank keys of a format, is the same one."""
    if not isinstance(value, Geometry) or not isinstance(now, Geometry):
        return now
    was, its = ([corners_of(shape, size) for shape in each.shapes] for each in (value, now))
    return value if [*map(len, was)] == [*map(len, its)] and np.allclose(was, its, atol=1e-6) else now


@pytest.mark.parametrize(("each", "options"), VARIANTS)
def test_every_field_comes_back_or_is_counted_and_named(each, options, make_project, tmp_path):
    one, other = make_project(), make_project(folder="copy")
    filled(one)
    report = drained(each.export_file(one, tmp_path / "out", **options))
    assert (report.skipped, report.problems) == (0, [])
    assert drained(each.import_file(other, tmp_path / "out")).problems == []
    lost = {*report.losses, *report.class_losses, *report.image_losses}
    sentences = "\n".join([*describe(report).lost, *describe(report).lost_beside])

    def check(value, now, loss, place):
        told = any(f"{place}: its {loss} {how}" in sentences for how in ("cannot", "is not written; the option"))
        assert told == (value != now)
        if value != now:
            assert loss in lost
        assert (value == now) == (loss in each.holds) or options

    place_of = {image.id: image.path for image in one.images()}
    there, back = ({a.mask.counts: a for a in p.annotation_table.all()} for p in (one, other))
    assert there.keys() == back.keys()
    for name, (loss, value) in OBJECT.items():
        (was,) = [a for a in there.values() if getattr(a, name) == value and type(getattr(a, name)) is type(value)]
        now = as_it_was(value, getattr(back[was.mask.counts], name), was.mask.size)
        check(value, now, loss, f"{place_of[was.image_id]}, object {was.id}")
    there, back = ({c.name: unnumbered(c) for c in p.categories()} for p in (one, other))
    for name, (loss, value) in CLASS.items():
        (was,) = [c for c in there.values() if getattr(c, name) == value]
        check(value, getattr(back[was.name], name), loss, f"class {was.name}")
    check("unused", "unused" if "unused" in back else None, UNUSED, "class unused")
    there, back = ({i.path: i for i in p.images()} for p in (one, other))
    for name, (loss, value) in IMAGE.items():
        (was,) = [i for i in there.values() if getattr(i, name) == value]
        check(value, getattr(back[was.path], name), loss, was.path)


@pytest.mark.parametrize(("each", "options"), VARIANTS)
def test_an_object_without_a_class_stays_without_or_is_counted(each, options, make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[2:5, 3:9] = True
    with one.step("Add") as step:
        step.add(Annotation(0, one.images()[0].id, None, Mask.from_array(pixels)))
    report = drained(each.export_file(one, tmp_path / "out", **options))
    drained(each.import_file(other, tmp_path / "out"))
    (back,) = other.annotation_table.all()
    assert report.unclassified == (back.category_id is not None)
    assert ('1 object without a class got the class "object".' in str(describe(report))) == (
        back.category_id is not None
    )


RESERVED = {
    "id": "x",
    "bbox": "x",
    "points": "x",
    "segmentation": "x",
    "label": "x",
    "class": "x",
    "area": "x",
    "iscrowd": 0,
}


@pytest.mark.parametrize("each", formats(), ids=lambda each: each.name)
def test_a_stranger_s_key_in_the_way_of_the_format_s_own_is_named(each, make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[2:5, 3:9] = True
    with one.step("Add") as step:
        category = step.add(Category(0, "cat", ""))
        step.add(Annotation(0, one.images()[0].id, category.id, Mask.from_array(pixels), extra=RESERVED))
    report = drained(each.export_file(one, tmp_path / "out"))
    drained(each.import_file(other, tmp_path / "out"))
    (back,) = other.annotation_table.all()
    assert (KEYS in report.losses) == (back.extra != RESERVED)
    assert back.mask.area == 18


@pytest.mark.parametrize("each", [each for each in formats() if each.name != "coco"], ids=lambda each: each.name)
def test_what_an_imported_file_says_of_itself_is_not_left_out_silently(each, make_project, write, tmp_path):
    project = make_project("cat.png")
    drained(import_coco(project, write(licenses=[{"id": 4}])))
    report = drained(each.export_file(project, tmp_path / "out"))
    assert report.problems == ["What the imported file said of itself (info, licenses) cannot be kept in this format."]


@pytest.mark.parametrize("name", ["cvat", "voc"])
def test_characters_that_xml_cannot_hold_are_named(make_project, tmp_path, name):
    project = make_project("cat.png")
    with project.step("Add") as step:
        category = step.add(Category(0, "be\x07ll", ""))
        mask = Mask.from_array(np.ones((HEIGHT, WIDTH), bool))
        step.add(Annotation(0, 1, category.id, mask, attributes={"sound": "\x07"}))
    report = drained(format_named(name).export_file(project, tmp_path / "out"))
    assert report.problems == ["The class 'be\\x07ll' has characters that XML cannot hold; they became question marks."]
    assert report.losses == {"characters that XML cannot hold" if name == "cvat" else ATTRIBUTES: 1}


@pytest.mark.parametrize("each", [each for each in formats() if ATTRIBUTES in each.holds], ids=lambda each: each.name)
def test_an_object_that_is_there_already_keeps_its_own_attributes_and_it_is_said(each, make_project, tmp_path):
    project = make_project("cat.png")
    mask = Mask.from_array(np.ones((HEIGHT, WIDTH), bool))
    with project.step("Add") as step:
        category = step.add(Category(0, "cat", ""))
        there = step.add(Annotation(0, 1, category.id, mask, attributes={"n": "1", "mine": "yes"}))
    drained(each.export_file(project, tmp_path / "out"))
    for attributes, notes in (({"n": "1", "mine": "no"}, 1), ({"n": "1", "mine": "yes", "more": "1"}, 0)):
        with project.step("Change") as step:
            step.put(replace(there, attributes=attributes))
        report = drained(each.import_file(project, tmp_path / "out"))
        assert (report.annotations, report.unchanged, report.problem_count) == (0, 1, notes)
        assert [a.attributes for a in project.annotation_table.all()] == [attributes]


def test_a_crowd_that_is_there_as_one_object_stays_one_and_it_is_said(make_project, write):
    project = make_project("cat.png")
    square = {"segmentation": [[1, 1, 5, 1, 5, 5]]}
    drained(import_coco(project, write(square)))
    report = drained(import_coco(project, write({**square, "iscrowd": 1})))
    assert (report.annotations, report.unchanged) == (0, 1)
    assert report.problems == ["Objects of which the file says other things than the project, which kept its own: 1."]
    assert [each.iscrowd for each in project.annotation_table.all()] == [False]


@pytest.mark.parametrize(("written", "iscrowd"), [("1", True), ("1.0", True), (True, True), ("0", False), ("x", False)])
def test_a_crowd_mark_may_be_a_number_as_text(make_project, write, tmp_path, written, iscrowd):
    project, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    drained(import_coco(project, write({"segmentation": [[1, 1, 5, 1, 5, 5]], "iscrowd": written})))
    drained(format_named("panoptic").export_file(project, tmp_path / "out"))
    file = tmp_path / "out" / "panoptic.json"
    content = json.loads(file.read_text())
    content["annotations"][0]["segments_info"][0]["iscrowd"] = written
    file.write_text(json.dumps(content))
    drained(format_named("panoptic").import_file(other, file))
    assert [a.iscrowd for p in (project, other) for a in p.annotation_table.all()] == [iscrowd, iscrowd]


def test_what_two_entries_tell_of_one_image_is_all_kept(make_project, write):
    project = make_project("cat.png")
    images = [{"id": 7, "file_name": "cat.png", "license": 3}, {"id": 1, "file_name": "./cat.png", "camera": "x"}]
    drained(import_coco(project, write(images=images[:1])))
    assert project.images()[0].extra == {"id": 7, "license": 3}
    drained(import_coco(project, write(images=images)))
    assert project.images()[0].extra == {"license": 3, "camera": "x"}  # and the last id, which is the project's
    other = make_project("cat.png", folder="copy")
    drained(import_coco(other, write(images=images[::-1])))
    assert other.images()[0].extra == {"id": 7, "license": 3, "camera": "x"}


def test_classes_of_one_name_become_one_and_it_is_said(make_project, write, tmp_path):
    said = ["The file has several classes named mouse; they became one."]
    twins = [{"id": 1, "name": "mouse", "supercategory": "animal"}, {"id": 2, "name": "mouse"}]
    project = make_project("cat.png")
    assert drained(import_coco(project, write(categories=twins))).problems == said
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "data.yaml").write_text("names: [mouse, mouse]")
    assert drained(format_named("yolo").import_file(project, tmp_path / "in")).problems == said
    assert [category.name for category in project.categories()] == ["mouse"]
