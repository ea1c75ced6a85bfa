"""Cityscapes as its authors lay it out."""

import json

import numpy as np
import pytest
from PIL import Image

from app.formats.registry import format_named, format_of
from app.masks.polygons import from_polygons
from app.masks.rle import Mask
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.test_every_format import content, fill, pixels_of

CITYSCAPES = format_named("cityscapes")


def test_the_authors_layout_is_found_and_read(make_project, tmp_path):
    project = make_project(
        "leftImg8bit/train/bonn/bonn_0_leftImg8bit.png", "leftImg8bit/val/ulm/bonn_0_leftImg8bit.png"
    )
    index = np.zeros((HEIGHT, WIDTH), np.uint16)
    index[0:3] = 23
    index[4:6, 2:5], index[4:6, 7:9], index[8:10] = 26000, 26001, 24
    file = tmp_path / "in" / "gtFine" / "train" / "bonn" / "bonn_0_gtFine_instanceIds.png"
    file.parent.mkdir(parents=True)
    Image.fromarray(index).save(file)
    assert drained(CITYSCAPES.import_file(project, tmp_path / "in")).problems == []
    assert sorted((name, path.split("/")[1]) for path, name, _ in content(project)) == [
        ("car", "train"), ("car", "train"), ("person", "train"), ("sky", "train"),
    ]  # fmt: skip
    names = {category.id: category.name for category in project.categories()}
    crowds = [names[each.category_id] for each in project.annotation_table.all() if each.iscrowd]
    assert crowds == ["person"], "a bare 24 is a group of people"


@pytest.mark.parametrize(
    "lines", ["owl\ntwo words\n", "# ours\n1 2 3 owl\n0 0 0 void\n4 5 6 two words\n", "owl\nbackground\ntwo words"]
)
def test_the_list_of_cvat_names_the_numbers(make_project, tmp_path, lines):
    project = make_project("x.png")
    index = np.zeros((HEIGHT, WIDTH), np.uint8)
    index[0:2], index[3:5] = 1, 2
    (tmp_path / "in").mkdir()
    Image.fromarray(index).save(tmp_path / "in" / "x_gtFine_instanceIds.png")
    (tmp_path / "in" / "label_colors.txt").write_text(lines)
    drained(CITYSCAPES.import_file(project, tmp_path / "in"))
    assert [name for _, name, _ in content(project)] == ["owl", "two words"]


def test_the_files_are_those_of_the_authors(make_project, tmp_path):
    one = make_project("bonn_0_leftImg8bit.png")
    fill(one, [pixels_of("frame"), pixels_of("block"), pixels_of("below")], ["my own", "car", "road"])
    drained(CITYSCAPES.export_file(one, tmp_path / "out"))
    ids = np.asarray(Image.open(tmp_path / "out" / "bonn_0_gtFine_labelIds.png"))
    instances = np.asarray(Image.open(tmp_path / "out" / "bonn_0_gtFine_instanceIds.png"))
    assert (ids.dtype, instances.dtype) == (np.uint8, np.uint16)
    assert set(np.unique(ids)) == {0, 7, 26, 34}
    assert set(np.unique(instances)) == {0, 7, 26000, 34000}
    polygons = json.loads((tmp_path / "out" / "bonn_0_gtFine_polygons.json").read_text())
    assert [item["label"] for item in polygons["objects"]] == ["my own", "car", "road"]
    frame = [number for point in polygons["objects"][0]["polygon"] for number in point]
    assert (from_polygons([frame], (HEIGHT, WIDTH)).to_array() == pixels_of("frame")).all()


def test_two_objects_of_stuff_and_classes_beyond_the_numbers_are_said(make_project, tmp_path):
    one = make_project("cat.png")
    fill(one, [pixels_of("block"), pixels_of("below")], ["road"])
    report = drained(CITYSCAPES.export_file(one, tmp_path / "out"))
    assert report.losses == {"border to others of its class": 1}
    one.undo()
    fill(one, [np.eye(1, WIDTH * HEIGHT, n, dtype=bool).reshape(HEIGHT, WIDTH) for n in range(33)],
         [f"class {n}" for n in range(33)])  # fmt: skip
    report = drained(CITYSCAPES.export_file(one, tmp_path / "out"))
    assert (report.annotations, report.skipped, report.categories) == (31, 2, 31)
    assert report.class_losses == {}, "their objects are told"
    assert [kind.count for kind in report.remarks.kinds.values()] == [31]


def test_a_class_without_objects_that_no_label_is_left_for_is_told_and_not_counted(make_project, tmp_path):
    one = make_project("cat.png")
    fill(one, [pixels_of("block"), pixels_of("below")], ["car", *(f"own {n}" for n in range(33))])
    report = drained(CITYSCAPES.export_file(one, tmp_path / "out"))
    assert (report.categories, report.class_losses) == (32, {"existence without objects": 2})
    assert report.places["existence without objects"] == ["class own 31", "class own 32"]
    assert report.remarks.lines() == ["class own 0: its label is above 33; the scripts of Cityscapes do not know it."]


@pytest.mark.parametrize("name", ["x_labelIds.png", "gtFine/x_gtFine_labelIds.png"])
def test_a_broken_png_is_one_sentence(make_project, tmp_path, name):
    file = tmp_path / "in" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\x89PNG broken")
    report = drained(CITYSCAPES.import_file(make_project("x.png"), tmp_path / "in"))
    assert (report.annotations, report.problem_count) == (0, 1)


def test_polygons_alone_are_read_where_there_are_no_maps(make_project, tmp_path):
    """As they were drawn: what lies behind is whole; a cargroup is a crowd of cars."""
    project = make_project("x_leftImg8bit.png")
    square = [[2, 2], [12, 2], [12, 9], [2, 9]]
    objects = [
        {"label": "road", "polygon": square},
        {"label": "cargroup", "polygon": [[5, 5], [8, 5], [8, 7], [5, 7]]},
        {"label": "owl", "polygon": [[0, 0], [1, 0]]},
        {"label": "car", "polygon": square, "deleted": 1},
        7,
    ]
    (tmp_path / "in" / "gtFine").mkdir(parents=True)
    file = tmp_path / "in" / "gtFine" / "x_gtFine_polygons.json"
    file.write_text(json.dumps({"imgHeight": HEIGHT, "imgWidth": WIDTH, "objects": objects}))
    assert format_of(tmp_path / "in").name == "cityscapes"
    report = drained(format_named("cityscapes").import_file(project, tmp_path / "in"))
    assert (report.annotations, report.skipped) == (2, 2)
    names = {category.id: category.name for category in project.categories()}
    found = [(names[a.category_id], a.mask.area, a.iscrowd, a.z_order) for a in project.annotation_table.all()]
    assert found == [("road", 70, False, 1), ("car", 6, True, 2)]


def test_capitals_in_the_ending_of_a_file_cost_no_crowd(make_project, tmp_path):
    project = make_project("x.png")
    (tmp_path / "in").mkdir()
    index = np.where(pixels_of("block"), 24, 0).astype(np.uint16)
    Image.fromarray(index).save(tmp_path / "in" / "x_gtFine_INSTANCEIDS.PNG")
    drained(CITYSCAPES.import_file(project, tmp_path / "in"))
    assert [each.iscrowd for each in project.annotation_table.all()] == [True]


def test_of_two_sets_of_files_about_one_image_the_other_is_told(make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    for name, kind in (("car", "below"), ("bus", "block")):
        fill(one, [pixels_of(kind)], [name])
        drained(CITYSCAPES.export_file(one, tmp_path / "out"))
        for file in (tmp_path / "out").glob("*gtFine*") if name == "car" else ():
            file.rename(tmp_path / file.name.replace("gtFine", "gtCoarse"))
        one.undo()
    for file in tmp_path.glob("*gtCoarse*"):
        file.rename(tmp_path / "out" / file.name)
    report = drained(CITYSCAPES.import_file(other, tmp_path / "out"))
    assert [(name, pixels) for _, name, pixels in content(other)] == [
        ("bus", Mask.from_array(pixels_of("block")).counts)
    ]
    assert (report.left_out, report.problems) == (
        1, ["cat_gtCoarse_instanceIds.png: cat_gtFine_instanceIds.png is about the same image and is read instead."],
    )  # fmt: skip
