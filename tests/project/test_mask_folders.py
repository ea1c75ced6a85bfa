"""The folder of a dataset is opened: its photos are the photos, and its masks are none."""

from __future__ import annotations

import json
import os
import shutil
import time
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.formats.registry import format_named
from app.masks.rle import Mask
from app.project.mask_folders import ALL_IMAGES, MaskFolders
from app.project.mask_names import Holds, held_by
from app.project.records import Annotation, Category
from app.project.scan import image_files
from app.project.store import Project
from tests.cli.conftest import call, own_folders
from tests.conftest import drained

__all__ = ["call", "own_folders"]
WIDTH, HEIGHT = 64, 48


@cache
def photo(seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8))


@cache
def mask(mode="P"):
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[10:30, 5:25], pixels[20:40, 30:50] = 1, 2
    if mode == "BW":
        return Image.fromarray((pixels > 0).astype(np.uint8) * 255)
    made = Image.fromarray(pixels).convert("P")
    made.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    return made.convert(mode)


def make(root: Path, *files: str) -> None:
    """Makes files: photos as `a.jpg`, masks as `M:a.png` (`RGB:a.png` in colours), others are empty."""
    for file in files:
        kind, _, name = file.rpartition(":")
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".jpg", ".png", ".tif"):
            made = mask("P" if kind == "M" else kind) if kind else photo()
            made.save(path)
        else:
            path.write_bytes(b"")


def scanned(root: Path, *, all_images: bool = False) -> tuple[list[str], list[str]]:
    """The images of a new project, and what was left out."""
    masks = MaskFolders(root)
    files = image_files(root, masks=None if all_images else masks)
    return [file for some in files for file in some], masks.found


LAYOUTS = {
    "VOC": (
        ["JPEGImages/1.jpg", "JPEGImages/2.jpg", "M:SegmentationClass/1.png", "M:SegmentationObject/1.png",
         "Annotations/1.xml", "Annotations/2.xml", "ImageSets/Segmentation/train.txt"],
        ["SegmentationClass", "SegmentationObject"],
    ),
    "VOC in its folder": (
        ["VOCdevkit/VOC2012/JPEGImages/1.jpg", "M:VOCdevkit/VOC2012/SegmentationClass/1.png"],
        ["VOCdevkit/VOC2012/SegmentationClass"],
    ),
    "VOC of labelme": (
        ["JPEGImages/1.jpg", "SegmentationClass/1.npy", "M:SegmentationClass/1.png", "SegmentationClassNpy/1.npy",
         "SegmentationClassVisualization/1.jpg", "M:SegmentationObject/1.png", "SegmentationObjectVisualization/1.jpg",
         "AnnotationsVisualization/1.jpg", "class_names.txt"],
        ["AnnotationsVisualization", "SegmentationClass", "SegmentationClassVisualization", "SegmentationObject",
         "SegmentationObjectVisualization"],
    ),
    "COCO of labelme": (["JPEGImages/1.jpg", "Visualization/1.jpg", "annotations.json"], ["Visualization"]),
    "a folder of labelme for each image": (
        ["1.jpg", "1.json", "1_json/img.png", "M:1_json/label.png", "1_json/label_viz.png", "1_json/label_names.txt",
         "2.png", "2/img.png", "M:2/label.png", "2/label_viz.png"],
        ["1_json", "2"],
    ),
    "COCO": (
        ["train2017/1.jpg", "train2017/2.jpg", "val2017/3.jpg", "annotations/instances_train2017.json",
         "RGB:annotations/panoptic_train2017/1.png", "RGB:annotations/panoptic_val2017/3.png",
         "M:stuffthingmaps/train2017/1.png", "M:annotations/stuff_train2017_pixelmaps/2.png"],
        ["annotations", "stuffthingmaps"],
    ),
    "COCO with images": (
        ["images/train2017/1.jpg", "images/val2017/3.jpg", "RGB:annotations/panoptic_train2017/1.png",
         "RGB:annotations/panoptic_val2017/3.png"],
        ["annotations"],
    ),
    "YOLO": (["images/train/1.jpg", "images/val/2.jpg", "labels/train/1.txt", "labels/val/2.txt", "data.yaml"], []),
    "YOLO with masks": (
        ["images/train/1.jpg", "images/val/2.jpg", "labels/train/1.txt", "M:masks/train/1.png", "M:masks/val/2.png"],
        ["masks"],
    ),
    "YOLO by splits": (
        ["train/images/1.jpg", "train/labels/1.txt", "M:train/masks/1.png", "valid/images/2.jpg",
         "M:valid/masks/2.png"],
        ["train/masks", "valid/masks"],
    ),
    "images and labels": (["images/1.png", "images/2.png", "M:labels/1.png", "M:labels/2.png"], ["labels"]),
    "Cityscapes": (
        ["leftImg8bit/train/aachen/aachen_0_1_leftImg8bit.png", "RGB:gtFine/train/aachen/aachen_0_1_gtFine_color.png",
         "L:gtFine/train/aachen/aachen_0_1_gtFine_labelIds.png", "gtFine/train/aachen/aachen_0_1_gtFine_polygons.json",
         "L:gtFine/train/aachen/aachen_0_1_gtFine_instanceIds.png",
         "L:gtCoarse/train/aachen/aachen_0_1_gtCoarse_labelIds.png"],
        ["gtCoarse", "gtFine"],
    ),
    "CamVid": (
        ["701_StillsRaw_full/0001TP_1.png", "701_StillsRaw_full/0001TP_2.png",
         "RGB:LabeledApproved_full/0001TP_1_L.png", "RGB:LabeledApproved_full/0001TP_2_L.png", "label_colors.txt"],
        ["LabeledApproved_full"],
    ),
    "CamVid of SegNet": (
        ["train/1.png", "L:trainannot/1.png", "val/2.png", "L:valannot/2.png", "test/3.png", "L:testannot/3.png"],
        ["testannot", "trainannot", "valannot"],
    ),
    "CamVid of Kaggle": (
        ["train/1.png", "RGB:train_labels/1_L.png", "val/2.png", "RGB:val_labels/2_L.png"],
        ["train_labels", "val_labels"],
    ),
    "CamVid of fastai": (["images/1.png", "L:labels/1_P.png", "codes.txt"], ["labels"]),
    "ADE20K": (["images/training/ADE_1.jpg", "L:annotations/training/ADE_1.png"], ["annotations"]),
    "pets": (["images/cat_1.jpg", "annotations/list.txt", "L:annotations/trimaps/cat_1.png"], ["annotations"]),
    "KITTI": (
        ["training/image_2/1_10.png", "L:training/semantic/1_10.png", "RGB:training/semantic_rgb/1_10.png"],
        ["training/semantic", "training/semantic_rgb"],
    ),
    "DAVIS": (["JPEGImages/480p/bear/00000.jpg", "M:Annotations/480p/bear/00000.png"], ["Annotations"]),
    "Penn-Fudan": (["PNGImages/Fudan1.png", "M:PedMasks/Fudan1_mask.png", "Annotation/Fudan1.txt"], ["PedMasks"]),
    "a nucleus a file": (["x/images/x.png", "L:x/masks/1.png", "L:x/masks/2.png"], ["x/masks"]),
    "colours of masks": (["images/1.jpg", "RGB:color/1.png", "RGB:images_colored_labels/1.png"],
                         ["color", "images_colored_labels"]),
    "masks of Kvasir": (["images/1.jpg", "images/2.jpg", "BW:masks/1.jpg", "BW:masks/2.jpg"], ["masks"]),
    "masks below the photos": (["1.jpg", "2.jpg", "M:masks/1.png", "M:masks/2.png"], ["masks"]),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_photos_of_a_dataset_are_its_images(tmp_path, layout):
    files, left_out = LAYOUTS[layout]
    root = tmp_path / "data"
    make(root, *files)
    found, told = scanned(root)
    assert sorted(told) == left_out
    pictures = [file.rpartition(":")[2] for file in files if file.endswith((".jpg", ".png"))]
    assert sorted(found) == sorted(p for p in pictures if not any(p.startswith(f"{each}/") for each in left_out))
    assert sorted(scanned(root, all_images=True)[0]) == sorted(pictures)


PHOTOS = {
    "photos of labels": ["images/1.jpg", "labels/1.jpg"],
    "photos of labels, as PNG": ["images/1.png", "labels/1.png"],
    "only labels": ["labels/1.jpg", "labels/2.jpg"],
    "photos of people in masks": ["faces/1.png", "masks/7.png", "people/masks/7.png"],
    "masks without photos": ["M:SegmentationClass/1.png", "M:SegmentationObject/1.png", "M:masks/1.png"],
    "masks of other photos": ["photos/7.jpg", "M:labels/1.png", "M:labels/2.png"],
    "labeled photos": ["labeled_images/1.jpg", "images/1.jpg"],
    "pairs of cameras": ["Vis/1.png", "Ir/1.png", "color/1.png", "thermal/1.png"],
    "photos of masks, as JPEG": ["images/1.jpg", "masks/1.jpg", "1_mask.png", "1.png"],
    "drawings in colours": ["L:lineart/1.png", "RGB:color/1.png"],
    "drawings": ["images/1.jpg", "RGB:drawings/1.png"],
    "a folder with one file of labelme's": ["1.jpg", "1/label.png", "1/img.png"],
}


@pytest.mark.parametrize("name", PHOTOS)
def test_nobodys_photos_are_left_out_for_the_name_of_their_folder(tmp_path, name):
    root = tmp_path / "data"
    make(root, *PHOTOS[name])
    found, told = scanned(root)
    assert (sorted(found), told) == (sorted(file.rpartition(":")[2] for file in PHOTOS[name]), [])


def test_a_folder_of_masks_that_is_opened_itself_shows_them(tmp_path):
    make(tmp_path, "images/1.jpg", "M:masks/1.png")
    assert scanned(tmp_path / "masks") == (["1.png"], [])


def test_what_labelme_made_of_an_image_that_is_nowhere_else_leaves_the_image(tmp_path):
    root = tmp_path / "data"
    make(root, "1_json/img.png", "M:1_json/label.png", "1_json/label_viz.png", "1_json/label_names.txt", "1.json")
    project = Project.create(tmp_path / "p.maskwright", root)
    for _ in range(2):
        list(project.folder.scan())
        assert [image.path for image in project.images()] == ["1_json/img.png"]
    project.close()


def test_a_project_that_has_such_images_keeps_them(tmp_path):
    root = tmp_path / "data"
    make(root, "images/1.jpg", "M:masks/1.png", "M:labels/1.png")
    project = Project.create(tmp_path / "p.maskwright", root)
    project.set_setting(ALL_IMAGES, True)
    list(project.folder.scan())
    make(root, "images/2.jpg", "M:masks/2.png", "M:gt/1.png")
    project.set_setting(ALL_IMAGES, None)
    list(project.folder.scan())
    assert [image.path for image in project.images()] == [
        "images/1.jpg", "images/2.jpg", "labels/1.png", "masks/1.png", "masks/2.png"
    ]  # fmt: skip
    assert project.folder.mask_folders == ["gt"]
    project.close()


def test_masks_in_one_folder_with_their_photos(tmp_path):
    """As Roboflow and others write them; also when the folder is looked through again."""
    root = tmp_path / "data"
    make(root, "train/1.jpg", "M:train/1_mask.png", "train/2.jpg", "M:train/2_mask.png", "L:train/2_mask_1.png",
         "benign (1).png", "L:benign (1)_mask.png", "IMG_1.png", "IMG_2.png", "M:map_3.png", "M:my_mask.png",
         )  # fmt: skip
    (root / "train" / "_classes.csv").write_text("")
    project = Project.create(tmp_path / "p.maskwright", root)
    for _ in range(2):
        list(project.folder.scan())
        assert [image.path for image in project.images()] == [
            "benign (1).png", "IMG_1.png", "IMG_2.png", "map_3.png", "my_mask.png", "train/1.jpg", "train/2.jpg"
        ]  # fmt: skip
        assert sorted(project.folder.mask_folders) == ["*_mask.png", "train/*_mask.png"]
    project.set_setting(ALL_IMAGES, True)
    list(project.folder.scan())
    project.set_setting(ALL_IMAGES, None)
    make(root, "train/3.jpg", "M:train/3_mask.png")
    list(project.folder.scan())
    assert "train/3_mask.png" in {image.path for image in project.images()}  # it has others of the kind
    project.close()


@pytest.mark.parametrize(("mode", "is_photo", "left_out"), [("RGB", True, ["masks"]), ("RGB", False, [])])
def test_blank_pictures_are_masks_only_of_photos_that_are_not_blank(tmp_path, mode, is_photo, left_out):
    root = tmp_path / "data"
    make(root, "images/1.png")
    (root / "masks").mkdir()
    Image.new(mode, (WIDTH, HEIGHT)).save(root / "masks" / "1.png")
    if not is_photo:
        Image.new(mode, (WIDTH, HEIGHT)).save(root / "images" / "1.png")
    assert scanned(root)[1] == left_out


@pytest.mark.skipif(os.name == "nt", reason="links take rights on Windows")
def test_the_look_follows_no_links(tmp_path):
    root = tmp_path / "data"
    make(tmp_path / "outside", "M:1.png")
    make(root, "images/1.jpg")
    (root / "masks").mkdir()
    (root / "masks" / "1.png").symlink_to(tmp_path / "outside" / "1.png")
    (root / "labels").symlink_to(tmp_path / "outside", target_is_directory=True)
    assert scanned(root) == (["images/1.jpg"], [])


def test_damaged_masks_are_shown(tmp_path):
    root = tmp_path / "data"
    make(root, "images/1.jpg", "M:masks/1.png")
    (root / "masks" / "1.png").write_bytes(b"no png")
    assert scanned(root)[1] == []


@pytest.mark.serial
def test_a_glance_is_enough(tmp_path):
    """Of 20,000 names and folders only some are looked at."""
    root = tmp_path / "data"
    make(root, "images/0.jpg", "M:masks/0.png")
    for number in range(1, 20_000):
        os.link(root / "images/0.jpg", root / f"images/{number}.jpg")
        os.link(root / "masks/0.png", root / f"masks/{number}.png")
    folders = [root / "images", root / "masks"]
    start = time.perf_counter()
    assert MaskFolders(root).without_masks(root, folders) == folders[:1]
    assert time.perf_counter() - start < 0.5


def test_folders_are_known_by_their_names():
    names = {"SegmentationClass": Holds.MASKS, "gtFine": Holds.MASKS, "val_annot": Holds.MASKS,
             "masks_machine": Holds.MASKS, "ground_truth": Holds.MASKS, "label_vis": Holds.PICTURES, "Vis": None,
             "images": None, "train2017": None, "labeled_images": None, "damage": None, "": None}  # fmt: skip
    assert {name: held_by(name) for name in names} == names


# --- imports into such a folder --------------------------------------------------------------------------------------


@pytest.mark.parametrize("all_images", [False, True])
def test_an_import_finds_each_photo_once(tmp_path, all_images):
    """Also where its masks and their pictures are images of the project as well."""
    root = tmp_path / "data"
    make(root, "JPEGImages/1.jpg", "M:SegmentationClass/1.png", "SegmentationClassVisualization/1.jpg", "labels/1.txt")
    (root / "labels" / "1.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    coco = {"images": [{"id": 1, "file_name": "1.jpg", "width": WIDTH, "height": HEIGHT}],
            "categories": [{"id": 1, "name": "cat"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9]],
                             "iscrowd": 0}]}  # fmt: skip
    (root / "coco.json").write_text(json.dumps(coco))
    project = Project.create(tmp_path / "p.maskwright", root)
    project.set_setting(ALL_IMAGES, all_images)
    list(project.folder.scan())
    assert len(project.images()) == (3 if all_images else 1)
    for name, file in (("coco", root / "coco.json"), ("yolo", root)):
        report = drained(format_named(name).import_file(project, file))
        assert (report.annotations, report.skipped) == (1, 0), report.problems
    assert {project.image(each.image_id).path for each in project.annotation_table.all()} == {"JPEGImages/1.jpg"}
    project.close()


# --- the terminal ----------------------------------------------------------------------------------------------------


def test_the_terminal_tells_what_was_left_out_and_takes_it_when_told(call, tmp_path):
    root, project = tmp_path / "data", tmp_path / "p.maskwright"
    make(root, "images/1.jpg", "M:masks/1.png")
    outcome = call("new", project, root)
    sentence = "Masks, not photos, were left out: masks. --all-images takes them too."
    assert outcome.out.splitlines() == [f"{project}: 1 image", sentence]
    assert call("scan", project).out.splitlines()[1:] == [sentence]
    value = call("scan", project, "--json").json
    assert (value["images"], value["mask_folders"]) == (1, ["masks"])
    value = call("scan", project, "--all-images", "--json").json
    assert (value["images"], value["new"], value["mask_folders"]) == (2, 1, [])
    assert call("scan", project, "--json").json["images"] == 2
    assert call("new", tmp_path / "q.maskwright", root, "--all-images", "--json").json["images"] == 2


@pytest.mark.parametrize("all_images", [False, True])
@pytest.mark.parametrize(
    ("name", "photos", "options"),
    [("voc", "JPEGImages", {}), ("yolo-seg", "images", {}), ("panoptic", "images", {}), ("labelme", "images", {}),
     ("png", "images", {"kind": "semantic"}), ("png", "images", {"kind": "instances"}),
     ("cityscapes", "leftImg8bit", {})],
)  # fmt: skip
def test_a_dataset_is_imported_into_the_project_of_its_own_folder(tmp_path, name, photos, options, all_images):
    source, root = tmp_path / "photos", tmp_path / "data"
    end = "_leftImg8bit" if name == "cityscapes" else ""
    make(source, f"a{end}.png", f"b{end}.png")
    with closing(Project.create(tmp_path / "one.maskwright", source)) as one:
        list(one.folder.scan())
        with one.step("Fill") as step:
            cat = step.add(Category(0, "car", "#ff0000"))
            for number, image in enumerate(one.images()):
                pixels = np.zeros((HEIGHT, WIDTH), bool)
                pixels[4:20, 5 + number : 30] = True
                step.add(Annotation(0, image.id, cat.id, Mask.from_array(pixels)))
        folder = root / "gtFine" if name == "cityscapes" else root
        root.mkdir()
        drained(format_named(name).export_file(one, folder, **options))
    (folder / ".maskwright.json").unlink(missing_ok=True)  # another program wrote it
    shutil.copytree(source, root / photos)
    with closing(Project.create(tmp_path / "two.maskwright", root)) as two:
        two.set_setting(ALL_IMAGES, all_images)
        list(two.folder.scan())
        if not all_images:
            assert [image.path for image in two.images()] == [f"{photos}/a{end}.png", f"{photos}/b{end}.png"]
        report = drained(format_named(name).import_file(two, root))
        where = sorted(two.image(each.image_id).path for each in two.annotation_table.all())
        assert (where, report.skipped) == ([f"{photos}/a{end}.png", f"{photos}/b{end}.png"], 0), report.problems
