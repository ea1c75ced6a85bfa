"""Our exports by the published rules of each format, with loaders that share nothing with ours: Pillow, OpenCV,
pycocotools and Segment Anything itself."""

import json
import sys

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from app.formats.registry import format_named
from tests.conftest import drained
from tests.formats.hard import CLASSES, IMAGES, Seen, apart, keys, many, masks_in, overlapping, stem_of
from tests.formats.test_datumaro import project_of
from tests.formats.test_every_format import fill

__all__ = ["project_of"]
OVERLAPPING = pytest.mark.parametrize(("masks", "names"), [(overlapping, IMAGES), (many, IMAGES[:1])])
APART = pytest.mark.parametrize(("masks", "names"), [(apart, IMAGES), (many, IMAGES[:1])])


@pytest.fixture
def exported(project_of, tmp_path):
    """What the project has, and where its export lies."""

    def run(name, masks, names, classes=CLASSES, *, skipped=0):
        project = project_of(masks, names)
        fill(project, [pixels for pixels in masks for _ in names], classes)  # all masks on each image
        report = drained(format_named(name).export_file(project, tmp_path / "out"))
        assert report.problem_count == report.skipped == skipped
        return masks_in(project), tmp_path / "out"

    return run


def read(file):
    return json.loads(file.read_text(encoding="utf-8"))


def by_opencv(file):
    """Its imread takes no name beyond ASCII on Windows."""
    return cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_UNCHANGED)


def by_pillow(file):
    with Image.open(file) as image:
        return np.asarray(image)


@OVERLAPPING
def test_coco_is_what_pycocotools_reads(exported, masks, names):
    ours, file = exported("coco", masks(), names)
    coco = COCO(str(file))
    seen = []
    for item in coco.loadAnns(coco.getAnnIds()):
        (image,), (category,) = coco.loadImgs(item["image_id"]), coco.loadCats(item["category_id"])
        seen.append(Seen(stem_of(image["file_name"]), category["name"], coco.annToMask(item).astype(bool)))
        assert seen[-1].pixels.shape == (image["height"], image["width"])
        assert (item["area"], item["iscrowd"]) == (seen[-1].pixels.sum(), 0)
        assert item["bbox"] == coco_mask.toBbox(coco.annToRLE(item)).tolist()
    assert keys(seen) == keys(ours)


@APART
def test_panoptic_keeps_the_rules_of_panopticapi(exported, masks, names):
    """Those of https://cocodataset.org/#format-data, and what evaluation.py of panopticapi refuses."""
    ours, folder = exported("panoptic", masks(), names)
    content = read(folder / "panoptic.json")  # panopticapi looks for the PNG in the folder of the same name
    images = {image["id"]: image for image in content["images"]}
    categories = {category["id"]: category for category in content["categories"]}
    assert len(categories) == len(content["categories"]) == len(CLASSES)
    assert all(category["isthing"] in (0, 1) and category["id"] > 0 for category in categories.values())
    assert sorted(item["image_id"] for item in content["annotations"]) == sorted(images)
    seen = []
    for item in content["annotations"]:
        image = images[item["image_id"]]
        colors = by_pillow(folder / "panoptic" / item["file_name"]).astype(np.uint32)
        assert colors.shape == (image["height"], image["width"], 3)
        assert (colors == by_opencv(folder / "panoptic" / item["file_name"])[:, :, ::-1]).all()
        ids = colors[:, :, 0] + 256 * colors[:, :, 1] + 256 * 256 * colors[:, :, 2]
        segments = item["segments_info"]
        assert sorted(segment["id"] for segment in segments) == sorted(set(ids.ravel().tolist()) - {0})
        for segment in segments:
            pixels = ids == segment["id"]
            ys, xs = np.nonzero(pixels)
            box = [xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1]
            assert (segment["area"], segment["bbox"], segment["iscrowd"]) == (pixels.sum(), box, 0)
            seen.append(Seen(stem_of(image["file_name"]), categories[segment["category_id"]]["name"], pixels))
    assert keys(seen) == keys(ours)


def test_panoptic_has_no_segment_for_what_is_covered(exported):
    masks = [np.ones_like(apart()[0]), apart()[0], apart()[0]]
    _, folder = exported("panoptic", masks, IMAGES[:1], ["sky", "cat", "dog"], skipped=1)
    ((item,), categories) = (read(folder / "panoptic.json")[key] for key in ("annotations", "categories"))
    names = {category["id"]: category["name"] for category in categories}
    assert [names[segment["category_id"]] for segment in item["segments_info"]] == ["sky", "dog"]


@OVERLAPPING
def test_sa1b_is_what_segment_anything_writes_and_reads(exported, masks, names):
    """Its boxes end at the last pixel, not behind it; ours are those of pycocotools."""
    torch = pytest.importorskip("torch")
    from tests.oracle.reference import load

    load("segment_anything")
    amg = sys.modules["segment_anything.utils.amg"]
    ours, folder = exported("sa1b", masks(), names)
    seen = []
    for file in folder.rglob("[!.]*.json"):
        content = read(file)
        image = content["image"]
        for item in content["annotations"]:
            pixels = coco_mask.decode(item["segmentation"]).astype(bool)
            (runs,) = amg.mask_to_rle_pytorch(torch.from_numpy(pixels)[None])
            assert amg.coco_encode_rle(runs) == item["segmentation"]
            assert (amg.rle_to_mask(runs) == pixels).all()
            assert (amg.area_from_rle(runs), list(pixels.shape)) == (item["area"], [image["height"], image["width"]])
            x, y, width, height = amg.box_xyxy_to_xywh(amg.batched_mask_to_box(torch.from_numpy(pixels))).tolist()
            assert item["bbox"] == [x, y, width + 1, height + 1]
            assert item["crop_box"] == [0, 0, image["width"], image["height"]]
            seen.append(Seen(stem_of(image["file_name"]), item["category"], pixels))
    assert keys(seen) == keys(ours)


@OVERLAPPING
@pytest.mark.parametrize("load", [by_pillow, by_opencv])
def test_png_is_one_file_for_each_object(exported, load, masks, names):
    ours, folder = exported("png", masks(), names)
    seen = []
    for file in (folder / "objects").rglob("*.json"):
        for number, item in enumerate(read(file)["objects"], start=1):
            pixels = load(file.with_suffix("") / f"{number}.png")
            assert set(np.unique(pixels).tolist()) <= ({False, True} if pixels.dtype == bool else {0, 255})
            seen.append(Seen(str(file.relative_to(folder / "objects").with_suffix("")), item["class"], pixels > 0))
    assert keys(seen) == keys(ours)


@APART
@pytest.mark.parametrize("load", [by_pillow, by_opencv])
def test_png_maps_have_the_number_of_the_object_and_of_its_class(exported, load, masks, names):
    ours, folder = exported("png", masks(), names)
    classes = {item["number"]: item["name"] for item in read(folder / "classes.json")["classes"]}
    seen = []
    for file in (folder / "instances").rglob("*.png"):
        stem = file.relative_to(folder / "instances")
        instances, semantic = load(file), load(folder / "semantic" / stem)
        for number in np.unique(instances[instances > 0]):
            (below,) = set(semantic[instances == number].tolist())
            seen.append(Seen(stem_of(stem), classes[below], instances == number))
    assert keys(seen) == keys(ours)


CITYSCAPES = {"road": 7, "sky": 23, "person": 24, "car": 26, "my own": 34}


@pytest.mark.parametrize("load", [by_pillow, by_opencv])
def test_cityscapes_has_the_numbers_of_its_authors(exported, load):
    """instanceIds: the label, or 1000 times it and the number of the object from 0. Source: cityscapesScripts."""
    ours, folder = exported("cityscapes", apart()[:5], IMAGES, list(CITYSCAPES))
    seen = []
    for file in folder.rglob("*_gtFine_instanceIds.png"):
        stem = str(file.relative_to(folder)).removesuffix("_gtFine_instanceIds.png")
        instances, labels = load(file), load(folder / f"{stem}_gtFine_labelIds.png")
        assert (instances.dtype, labels.dtype) == (np.uint16, np.uint8)
        assert (np.where(instances < 1000, instances, instances // 1000) == labels).all()
        assert set(np.unique(instances).tolist()) == {0, 7, 23, 24000, 26000, 34000}
        seen += [Seen(stem, name, labels == label) for name, label in CITYSCAPES.items()]
    assert keys(seen) == keys(ours)


def test_cars_of_cityscapes_are_counted_from_zero(exported):
    _, folder = exported("cityscapes", apart()[:3], IMAGES[:1], ["car"])
    instances = by_opencv(folder / "cat_gtFine_instanceIds.png")
    assert [instances[pixels].tolist() for pixels in apart()[:3]] == [
        [number] * int(pixels.sum()) for number, pixels in zip((26000, 26001, 26002), apart(), strict=False)
    ]


def test_polygons_of_cityscapes_are_painted_by_its_authors_script_to_the_pixel(exported):
    """json2labelImg paints them with Pillow, which counts the pixels that the outline goes over: ours goes over
    those of the mask only."""
    ours, folder = exported("cityscapes", [apart()[0], apart()[5]], IMAGES[:1], ["person", "car"])
    content = read(folder / "cat_gtFine_polygons.json")
    for item in content["objects"]:
        image = Image.new("L", (content["imgWidth"], content["imgHeight"]))
        ImageDraw.Draw(image).polygon([tuple(point) for point in item["polygon"]], fill=1)
        (pixels,) = [each.pixels for each in ours if each.name == item["label"]]
        painted = np.asarray(image) == 1
        assert (painted == pixels).all()


@OVERLAPPING
def test_yolo_is_filled_by_opencv_to_the_pixel_cut_off_and_rounded(exported, masks, names):
    """Ultralytics cuts the coordinates off to pixels, supervision rounds them; both fill with cv2.fillPoly, which
    paints the outline too, and so the bridges between parts (edges that are gone over in both directions), as those
    that Ultralytics itself makes for COCO's polygons."""
    ours, folder = exported("yolo-seg", masks(), names)
    height, width = ours[0].pixels.shape
    count = 0
    for file in (folder / "labels").rglob("*.txt"):
        stem = str(file.relative_to(folder / "labels").with_suffix(""))
        there = [each for each in ours if each.image == stem]
        for line, mine in zip(file.read_text().splitlines(), there, strict=True):
            number, *shares = line.split()
            assert CLASSES[int(number)] == mine.name
            points = np.array(shares, np.float32).reshape(-1, 2) * np.array([width, height], np.float32)
            for whole in (points.astype(np.int32), points.round().astype(np.int32)):
                filled = np.zeros((height, width), np.uint8)
                cv2.fillPoly(filled, [whole], 1)
                assert not (mine.pixels & (filled == 0)).any()
                assert not ((filled == 1) & ~(mine.pixels | bridges(whole, (height, width)))).any()
            count += 1
    assert count == len(ours)


def bridges(points, size):
    """Their pixels."""
    ends = list(zip(points.tolist(), np.roll(points, -1, axis=0).tolist(), strict=True))
    painted = np.zeros(size, np.uint8)
    for begin, end in ends:
        if [end, begin] in map(list, ends):
            cv2.line(painted, begin, end, 1)
    return painted == 1


def test_voc_is_a_palette_of_numbers(exported):
    """OpenCV sees the colours of the palette, Pillow the numbers."""
    ours, folder = exported("voc", apart(), IMAGES)
    classes = (folder / "class_names.txt").read_text(encoding="utf-8").splitlines()
    stems = (folder / "ImageSets" / "Segmentation" / "trainval.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(stems) == sorted(map(stem_of, IMAGES))
    colors = {(0, 0, 0): 0, (128, 0, 0): 1, (0, 128, 0): 2, (128, 128, 0): 3, (0, 0, 128): 4, (128, 0, 128): 5,
              (0, 128, 128): 6}  # fmt: skip
    seen = []
    for stem in stems:
        objects = by_pillow(folder / "SegmentationObject" / f"{stem}.png")
        below = by_pillow(folder / "SegmentationClass" / f"{stem}.png")
        painted = by_opencv(folder / "SegmentationObject" / f"{stem}.png")[:, :, ::-1]
        assert [colors[tuple(color)] for color in painted.reshape(-1, 3).tolist()] == objects.reshape(-1).tolist()
        for number in range(1, objects.max() + 1):
            (label,) = set(below[objects == number].tolist())
            seen.append(Seen(stem, classes[label], objects == number))
    assert keys(seen) == keys(ours)
