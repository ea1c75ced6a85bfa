"""datumaro, with which CVAT too reads and writes data sets, sees the very pixels and classes that we export, and we see
those that it writes."""

import shutil
from pathlib import PurePosixPath

import pytest
from PIL import Image

from app.formats.registry import format_named
from tests.conftest import drained
from tests.formats.hard import (
    CLASSES,
    IMAGES,
    NOTHING,
    apart,
    boxes_around,
    boxes_of,
    given,
    keys,
    many,
    masks_in,
    masks_of,
    overlapping,
    stem_of,
    united,
)
from tests.formats.oracles import Seen, oracle
from tests.formats.test_every_format import fill

pytestmark = pytest.mark.slow  # each starts a program that takes a second to load
OVERLAPPING = pytest.mark.parametrize(("masks", "names"), [(overlapping, IMAGES), (many, IMAGES[:1])])
APART = pytest.mark.parametrize(("masks", "names"), [(apart, IMAGES), (many, IMAGES[:1])])


@pytest.fixture
def project_of(make_project):
    """With images of the size of these masks."""

    def make(masks, names):
        project = make_project(*names)
        for name in names:
            Image.new("RGB", masks[0].shape[::-1]).save(project.root / name)
        return project

    return make


# --- datumaro reads --------------------------------------------------------------------------------------------------


@pytest.fixture
def exported(project_of, tmp_path):
    """Ours, with the files of an export where datumaro's documentation wants them, and the images beside them."""

    def run(name, masks, *, images, names, moves=(("", ""),), classes=CLASSES, extras=None, options=None):
        project = project_of(masks, names)
        if extras is None:
            fill(project, [pixels for pixels in masks for _ in names], classes)  # all masks on each image
        else:
            for number, (pixels, extra) in enumerate(zip(masks, extras, strict=True)):
                fill(project, [pixels], [f"class {number}"], extra=extra)
        out, there = tmp_path / "export", tmp_path / "there"
        report = drained(format_named(name).export_file(project, out, **(options or {})))
        assert (report.annotations, report.problems) == (len(masks) * len(names), [])
        for source, target in moves:
            (there / target).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (out / source).is_dir() else shutil.copy)(out / source, there / target)
        shutil.copytree(project.root, there / images, dirs_exist_ok=True)
        return masks_in(project), there

    return run


@OVERLAPPING
def test_coco_instances_are_read(exported, masks, names):
    moves = [("", "annotations/instances_train.json")]
    ours, folder = exported("coco", masks(), images="images/train", names=names, moves=moves)
    seen = oracle("datumaro_reads.py", "coco_instances", folder)
    assert keys(masks_of(seen)) == keys(ours)
    assert keys(boxes_of(seen)) == keys(boxes_around(ours))


@APART
def test_panoptic_is_read(exported, masks, names):
    moves = [("panoptic.json", "annotations/panoptic_train.json"), ("panoptic", "annotations/panoptic_train")]
    ours, folder = exported("panoptic", masks(), images="images/train", names=names, moves=moves)
    assert keys(oracle("datumaro_reads.py", "coco_panoptic", folder)) == keys(ours)


@OVERLAPPING
def test_cvat_is_read(exported, masks, names):
    ours, folder = exported("cvat", masks(), images="images", names=names, moves=[("", "train.xml")])
    assert keys(oracle("datumaro_reads.py", "cvat", folder)) == keys(ours)


@OVERLAPPING
def test_polygons_of_cvat_are_read_to_the_very_pixels(exported, masks, names):
    """Holes and parts too, by bridges of no width."""
    moves, options = [("", "train.xml")], {"masks": "polygons"}
    ours, folder = exported("cvat", masks(), images="images", names=names, moves=moves, options=options)
    assert keys(oracle("datumaro_reads.py", "cvat", folder)) == keys(ours)


@pytest.mark.parametrize("kind", ["voc", "voc_instance_segmentation"])
def test_voc_is_read(exported, kind):
    ours, folder = exported("voc", apart(), images="JPEGImages", names=IMAGES)
    seen = oracle("datumaro_reads.py", kind, folder, "coordinate_mode=voc-one-based")
    assert keys(masks_of(seen)) == keys(ours)
    assert keys(boxes_of(seen)) == keys(boxes_around(ours))


def test_any_name_of_a_class_is_read_in_voc(exported):
    names = ["#no", "no", "a:b", "a b", "__ignore__", "_background_"]
    ours, folder = exported("voc", apart(), images="JPEGImages", names=IMAGES, classes=names)
    seen = oracle("datumaro_reads.py", "voc", folder, "coordinate_mode=voc-one-based")
    assert keys(masks_of(seen)) == keys(ours)
    assert keys(boxes_of(seen)) == keys(boxes_around(ours))


@OVERLAPPING
def test_boxes_of_yolo_are_read(exported, masks, names):
    """datumaro forgets in which folder of images/ an image lies, and knows no polygons of YOLO."""
    ours, folder = exported("yolo", masks(), images="images", names=names)
    expected = [each._replace(image=PurePosixPath(each.image).name) for each in boxes_around(ours)]
    assert keys(boxes_of(oracle("datumaro_reads.py", "yolo", folder))) == keys(expected)


@OVERLAPPING
def test_sa1b_is_read(exported, masks, names):
    """datumaro reads one folder only; SA-1B has no classes."""
    ours, folder = exported("sa1b", masks(), images="", names=names[:2])
    seen = oracle("datumaro_reads.py", "segment_anything", folder)
    assert keys(masks_of(seen)) == keys(each._replace(name="") for each in ours)


def test_cityscapes_is_read(exported):
    """datumaro writes names without spaces and reads what has the number of a class, not that of an object: stuff in
    instanceIds as it is, and all classes where our labelIds take its place."""
    classes, moves = ["road", "traffic light", "person"], [("", "gtFine/train")]
    ours, folder = exported(
        "cityscapes", apart(), images="leftImg8bit/train", names=IMAGES[:3], moves=moves, classes=classes
    )
    expected = [each._replace(name=each.name.replace(" ", "")) for each in united(ours)]
    seen = oracle("datumaro_reads.py", "cityscapes", folder)
    assert keys(seen) == keys(each for each in expected if each.name != "person")
    for file in folder.rglob("*_labelIds.png"):
        file.replace(file.with_name(file.name.replace("labelIds", "instanceIds")))
    assert keys(oracle("datumaro_reads.py", "cityscapes", folder)) == keys(expected)


@pytest.mark.parametrize(
    ("name", "kind", "images", "moves", "keys_of_others"),
    [
        ("cvat", "cvat", "images", [("", "train.xml")], ["group_id", "occluded"]),
        ("voc", "voc", "JPEGImages", [("", "")], ["truncated", "difficult", "pose"]),
        ("sa1b", "segment_anything", "", [("", "")], ["point_coords", "crop_box", "predicted_iou"]),
    ],
)
def test_keys_of_other_formats_do_not_spoil_the_file(exported, name, kind, images, moves, keys_of_others):
    """datumaro refuses all of it for one value of the wrong kind."""
    values = [True, "yes", 1, "1", 0.5, [[1, "a"]]]
    extras = [dict.fromkeys(keys_of_others, value) for value in values]
    ours, folder = exported(name, apart(), images=images, names=IMAGES[:1], moves=moves, extras=extras)
    assert len(ours) == len(values)
    assert len(masks_of(oracle("datumaro_reads.py", kind, folder))) == len(ours)


# --- datumaro writes -------------------------------------------------------------------------------------------------


@pytest.fixture
def imported(project_of, tmp_path):
    """What datumaro writes of these objects, as we read it."""

    def run(kind, objects, name, path="", *, options=(), count=None):
        names = [f"{stem}.png" for stem in dict.fromkeys(each.image for each in objects)]
        sizes = [each.pixels for each in objects if each.pixels.size]
        project = project_of(sizes or apart(), names)
        oracle("datumaro_writes.py", kind, tmp_path / "theirs", *options, given=objects)
        report = drained(format_named(name).import_file(project, tmp_path / "theirs" / path))
        assert (report.annotations, report.problems) == (count or len(objects), [])
        return masks_in(project)

    return run


@OVERLAPPING
@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [("coco_instances", "coco", "annotations/instances_train.json"), ("cvat", "cvat", "train.xml")],
)
def test_masks_of_datumaro_are_imported(imported, kind, name, path, masks, names):
    objects = given(masks(), names)
    assert keys(imported(kind, objects, name, path)) == keys(objects)


@APART
def test_panoptic_of_datumaro_is_imported(imported, masks, names):
    objects = given(masks(), names)
    assert keys(imported("coco_panoptic", objects, "panoptic", "annotations/panoptic_train.json")) == keys(objects)


@pytest.mark.parametrize("kind", ["voc", "voc_instance_segmentation"])
def test_voc_of_datumaro_is_imported(imported, kind):
    assert keys(imported(kind, given(apart()), "voc")) == keys(given(apart()))


def test_voc_of_datumaro_with_its_list_of_any_names_is_imported(imported):
    objects = [each._replace(name=f"#{number % 4}: {each.name}") for number, each in enumerate(given(apart()))]
    assert keys(imported("voc", objects, "voc", options=["save_dataset_meta=1"])) == keys(objects)


def test_objects_of_voc_have_their_class_though_the_boxes_stand_in_another_order(imported):
    objects = given(apart())
    assert keys(imported("voc", boxes_around(reversed(objects)) + objects, "voc", count=len(objects))) == keys(objects)


def test_boxes_of_cvat_are_imported(imported):
    objects = boxes_around(given(apart()))
    assert keys(boxes_around(imported("cvat", objects, "cvat", "train.xml"))) == keys(objects)


@OVERLAPPING
@pytest.mark.parametrize("kind", ["yolo", "yolo_ultralytics"])
def test_yolo_of_datumaro_is_imported(imported, kind, masks, names):
    objects = given(masks(), names)
    assert keys(boxes_around(imported(kind, objects, "yolo"))) == keys(boxes_around(objects))


@OVERLAPPING
def test_sa1b_of_datumaro_is_imported(imported, masks, names):
    """datumaro lays all images into one folder."""
    objects = given(masks(), names[:2])
    seen = imported("segment_anything", objects, "sa1b")
    assert keys(seen) == keys(each._replace(name="") for each in objects)


def test_cityscapes_of_datumaro_is_imported(imported):
    """It writes the number of the class alone: its objects become one."""
    expected = united(given(apart()))
    assert keys(imported("cityscapes", given(apart()), "cityscapes", count=len(expected))) == keys(expected)


POLYGONS = [(2, 1, 12, 1, 12, 9, 2, 9), (0.5, 0.5, 7.25, 1, 3, 8.75), (10.43, 2.62, 18.37, 2, 19.88, 11.54, 12, 7.77),
            (0, 0, 20, 0, 20, 12, 0, 12), (3, 3, 17, 9, 17, 3, 3, 9)]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [("coco_instances", "coco", "annotations/instances_train.json"), ("cvat", "cvat", "train.xml")],
)
def test_polygons_of_datumaro_have_the_pixels_it_fills(imported, tmp_path, kind, name, path):
    """Corners between pixels, the whole image, and a bow tie. No corner lies where pycocotools rounds (0.1, 0.3, ... of
    a pixel): datumaro has them in 32 bits."""
    objects = [Seen(stem_of(image), CLASSES[0], NOTHING, points) for image in IMAGES[:2] for points in POLYGONS]
    ours = imported(kind, objects, name, path)
    assert keys(ours) == keys(masks_of(oracle("datumaro_reads.py", kind, tmp_path / "theirs")))
