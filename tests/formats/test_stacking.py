"""An object that was brought to the front lies on top in every export, by other readers than ours."""

import json
from xml.etree import ElementTree

import numpy as np
import pycocotools.mask
import pytest
from msgspec.structs import replace
from PIL import Image

from app.formats.registry import format_named
from app.labeling.stacking import renumbered
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.test_every_format import fill

LEFT, SHARED, RIGHT = (5, 2), (5, 8), (5, 14)
"""Pixels (y, x) of the first object alone, of both, and of the second alone."""
MAPS = {
    "png": ["semantic/cat.png", "instances/cat.png"],
    "cityscapes": ["cat_gtFine_labelIds.png", "cat_gtFine_instanceIds.png"],
    "panoptic": ["panoptic/cat.png"],
    "voc": ["SegmentationClass/cat.png", "SegmentationObject/cat.png"],
}


def columns(first, last):
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[2:10, first:last] = True
    return pixels


@pytest.fixture(params=[False, True], ids=["as drawn", "first to front"])
def stacked(request, make_project):
    """A project with two objects that overlap, and whether the first one lies on top."""
    project = make_project("cat.png")
    fill(project, [columns(0, 11), columns(6, 17)], ["first", "second"])
    if request.param:
        image = project.images()[0].id
        first, second = project.annotation_table.stacked(image)
        with project.step("Bring to front") as step:
            for id, z_order in renumbered([second, first], frozenset([first.id])).items():
                step.put(replace(first if id == first.id else second, z_order=z_order))
    return project, request.param


@pytest.mark.parametrize("name", MAPS)
def test_shared_pixels_of_a_map_belong_to_the_upper_one(stacked, tmp_path, name):
    project, is_first_on_top = stacked
    drained(format_named(name).export_file(project, tmp_path / "out"))
    for file in MAPS[name]:
        values = np.asarray(Image.open(tmp_path / "out" / file))
        upper, lower = (LEFT, RIGHT) if is_first_on_top else (RIGHT, LEFT)
        assert (values[SHARED] == values[upper]).all()
        assert (values[SHARED] != values[lower]).any()


def names_in(out, name):
    """The classes of the objects in the order of the file."""
    match name:
        case "coco":
            content = json.loads(out.read_text())
            classes = {each["id"]: each["name"] for each in content["categories"]}
            return [classes[each["category_id"]] for each in content["annotations"]]
        case "cvat":
            return [each.get("label") for each in ElementTree.parse(out).find("image")]
        case "voc":
            return [each.findtext("name") for each in ElementTree.parse(out / "Annotations/cat.xml").findall("object")]
        case "labelme":
            return [each["label"] for each in json.loads((out / "cat.json").read_text())["shapes"]]
        case "cityscapes":
            return [each["label"] for each in json.loads((out / "cat_gtFine_polygons.json").read_text())["objects"]]
        case _:
            lines = (out / "labels/cat.txt").read_text().splitlines()
            return [["first", "second"][int(line.split()[0])] for line in lines]


@pytest.mark.parametrize("name", ["coco", "cvat", "voc", "labelme", "cityscapes", "yolo", "yolo-seg"])
def test_a_list_of_objects_names_the_upper_one_last(stacked, tmp_path, name):
    project, is_first_on_top = stacked
    drained(format_named(name).export_file(project, tmp_path / "out"))
    assert names_in(tmp_path / "out", name) == (["second", "first"] if is_first_on_top else ["first", "second"])


def test_the_masks_of_coco_stay_whole(stacked, tmp_path):
    project, is_first_on_top = stacked
    drained(format_named("coco").export_file(project, tmp_path / "out.json"))
    rles = [each["segmentation"] for each in json.loads((tmp_path / "out.json").read_text())["annotations"]]
    masks = [columns(0, 11), columns(6, 17)]
    for rle, mask in zip(rles, masks[::-1] if is_first_on_top else masks, strict=True):
        rle = pycocotools.mask.frPyObjects(rle, HEIGHT, WIDTH) if isinstance(rle["counts"], list) else rle
        assert (pycocotools.mask.decode(rle).astype(bool) == mask).all()


def test_sa1b_lists_them_so_too(stacked, tmp_path):
    project, is_first_on_top = stacked
    drained(format_named("sa1b").export_file(project, tmp_path / "out"))
    lefts = [each["bbox"][0] for each in json.loads((tmp_path / "out/cat.json").read_text())["annotations"]]
    assert lefts == ([6, 0] if is_first_on_top else [0, 6])
