"""Polygons read from the files that we wrote, and filled as those who read such files fill them. Shares nothing with
the app: each is a few lines of the reader's own."""

import json
from functools import lru_cache
from xml.etree import ElementTree

import cv2
import numpy as np
from PIL import Image, ImageDraw
from pycocotools import mask as coco_mask


def by_coco(rings, size):
    """As pycocotools' annToMask, and CVAT by way of it."""
    rles = coco_mask.frPyObjects([np.asarray(ring).reshape(-1).tolist() for ring in rings], *size)
    return coco_mask.decode(coco_mask.merge(rles)).astype(bool)


def by_ultralytics(rings, size):
    """As its polygon2mask, of what its loader reads as float32. supervision rounds before it does the same."""
    (ring,) = rings
    assert (np.asarray([ring], dtype=np.int32) == np.round([ring]).astype(np.int32)).all()
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, np.asarray([ring], dtype=np.int32).reshape((1, -1, 2)), color=1)
    return mask.astype(bool)


def by_labelme(rings, size):
    """As its shape_to_mask, the shapes of a group united."""
    mask = Image.fromarray(np.zeros(size, np.uint8))
    for ring in rings:
        ImageDraw.Draw(mask).polygon(xy=[tuple(point) for point in ring], outline=1, fill=1)
    return np.array(mask, bool)


def by_cityscapes(rings, size):
    """As cityscapesScripts' createLabelImage."""
    mask = Image.new("L", size[::-1], 0)
    for ring in rings:
        ImageDraw.Draw(mask).polygon([tuple(point) for point in ring], fill=7)
    return np.array(mask) == 7


def in_yolo(out, stem, size):
    height, width = size
    for line in (out / "labels" / f"{stem}.txt").read_text().splitlines():
        shares = np.array(line.split()[1:], dtype=np.float32).reshape(-1, 2)
        yield [shares * np.array([width, height], dtype=np.float32)]


@lru_cache(maxsize=1)
def _loaded(file, _changed):
    """What the file of all images holds."""
    return json.loads(file.read_text()) if file.suffix == ".json" else ElementTree.parse(file)


def in_coco(out, stem, size):
    content = _loaded(out, out.stat().st_mtime_ns)
    (image,) = [image["id"] for image in content["images"] if image["file_name"].startswith(f"{stem}.")]
    for item in content["annotations"]:
        if item["image_id"] == image:
            yield [np.reshape(ring, (-1, 2)) for ring in item["segmentation"]]


def in_cvat(out, stem, size):
    for image in _loaded(out, out.stat().st_mtime_ns).iter("image"):
        for shape in image.iter("polygon") if image.get("name").startswith(f"{stem}.") else ():
            yield [[[float(number) for number in pair.split(",")] for pair in shape.get("points").split(";")]]


def in_labelme(out, stem, size):
    shapes = json.loads((out / f"{stem}.json").read_text())["shapes"]
    assert {shape["shape_type"] for shape in shapes} <= {"polygon"}
    groups = {}
    for number, shape in enumerate(shapes):
        groups.setdefault(shape["group_id"] or f"alone {number}", []).append(shape["points"])
    yield from groups.values()


def in_cityscapes(out, stem, size):
    for item in json.loads((out / f"{stem}_gtFine_polygons.json").read_text())["objects"]:
        yield [item["polygon"]]


OPTIONS = {"coco": {"masks": "polygons"}, "cvat": {"masks": "polygons"}, "labelme": {"masks": "polygons"}}
"""By which a format writes polygons."""
READERS = {
    "yolo-seg": (in_yolo, by_ultralytics),
    "coco": (in_coco, by_coco),
    "cvat": (in_cvat, by_coco),
    "labelme": (in_labelme, by_labelme),
    "cityscapes": (in_cityscapes, by_cityscapes),
}
"""The rings of each object on an image, in order, and how they are filled."""


def seen(name, out, stem, size):
    """The pixels of each object on an image as its reader sees them. out: of an export of that format."""
    rings, fill = READERS[name]
    return [fill(each, size) for each in rings(out, stem, size)]
