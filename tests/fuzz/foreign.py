"""What other programs write and we read, but never write ourselves: seeds beside our own exports."""

from __future__ import annotations

import json
from typing import Any

from tests.fuzz.bundle import Bundle

_IMAGES = [
    {"id": 1, "file_name": "cat.png", "width": 20, "height": 12, "license": 1},
    {"id": "two", "file_name": "images\\dog.png"},
    {"id": 3, "file_name": "/data/gone.png", "width": 20, "height": 12},
]
_POLYGON = [2, 2, 11.5, 2, 11, 7.25, 2, 7]
_COCO = {
    "info": {"year": 2026}, "licenses": [{"id": 1}], "images": _IMAGES,
    "categories": [{"id": 1, "name": "cat", "supercategory": "animal"}, {"id": 90, "name": " "}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": [_POLYGON, [1, 1, 2]], "bbox": [2, 2]},
        {"id": 2, "image_id": "two", "category_id": 7, "iscrowd": 1,
         "segmentation": {"size": [12, 20], "counts": [26, 5, 209]}},
        {"id": 2, "image_id": 3, "category_id": None, "segmentation": {"size": [12, 20], "counts": "j04o00Z5"},
         "attributes": {"occluded": True}, "score": 0.5},
        {"id": 4, "image_id": 9, "segmentation": []},
    ],
}  # fmt: skip


def _labelme(**points: list[Any]) -> Bundle:
    """By the kind of a shape."""
    content = {
        "version": "5.5.0", "flags": {"night": True}, "imagePath": "..\\images\\cat.png", "imageData": "aGVsbG8=",
        "imageHeight": 12, "imageWidth": 20,
        "shapes": [
            {"label": "cat", "points": places, "shape_type": kind, "group_id": 1} for kind, places in points.items()
        ],
    }  # fmt: skip
    return {"cat.json": json.dumps(content).encode(), "sub/dog.json": b'{"shapes": [], "imagePath": "dog.png"}'}


_CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version>
<meta><task><labels><label><name>cat</name><color>#102030</color></label><label><name>dog</name></label></labels></task></meta>
<image id="0" name="cat.png" width="20" height="12">
<polygon label="cat" points="2,2;11.5,2;11,7;2,7" z_order="1" occluded="1"><attribute name="a">b</attribute></polygon>
<box label="dog" xtl="1" ytl="2" xbr="9.5" ybr="8" rotation="30.5"/><box label="dog" xtl="1" ytl="2" xbr="9" ybr="8"/>
<ellipse label="cat" cx="8" cy="6" rx="4" ry="2.5" rotation="45"/><points label="cat" points="1,1"/>
<mask label="cat" rle="0, 3, 1" left="-1" top="2" width="2" height="2" source="auto"/>
</image>
<image id="1" name="sub/dog.png" width="20" height="12"/><track id="0" label="cat"></track>
</annotations>
"""
_VOC_BOXES = """<annotation><folder>VOC</folder><filename>cat.png</filename>
<size><width>20</width><height>12</height><depth>3</depth></size><segmented>0</segmented>
<object><name>cat</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>
<bndbox><xmin>2</xmin><ymin>3.5</ymin><xmax>10</xmax><ymax>9</ymax></bndbox></object>
<object><name>dog</name><bndbox><xmin>0</xmin><ymin>1</ymin><xmax>20</xmax><ymax>12</ymax></bndbox></object></annotation>
"""
_YOLO: Bundle = {
    "data.yaml": b"path: ../data\ntrain: images/train\nnames:\n  0: cat\n  1: 'it''s'\n  7: \"\\u263a\"  # 7\nnc: 3\n",
    "labels/train/cat.txt": b"0 0.5 0.5 0.25 0.5\n1 0.1 0.1 0.9 0.1 0.9 0.9\n\n7 0 0 1 1 .5 1e-3\n",
    "labels/dog.txt": b"0 0.2 0.2 0.1 0.1\n",
}
_YOLO_LIST: Bundle = {
    "data.yaml": b"names: [cat, 'dog', \"c, d\",\n  plain words] # all\n",
    "cat.txt": b"3 0.5 0.5 1 1\n",
}
_YOLO_MAP: Bundle = {
    "dataset.yaml": b"names: {0: cat, 1: 'dog'}\n",
    "labels/classes.txt": b"a\nb\n",
    "cat.txt": b"1 0 0 1 0 1 1",
}

FOREIGN: dict[str, list[Bundle]] = {
    "coco": [{"in.json": json.dumps(_COCO).encode()}],
    "labelme": [
        _labelme(polygon=[[2, 2], [11.5, 2], [11, 7]], rectangle=[[1, 1], [9, 8]], circle=[[8, 6], [8, 9]]),
        _labelme(oriented_rectangle=[[2, 2], [6, 1], [7, 5], [3, 6]], linestrip=[[1, 1], [2, 2]]),
    ],
    "cvat": [{"in.xml": _CVAT.encode()}],
    "voc": [
        {"Annotations/cat.xml": _VOC_BOXES.encode(), "Annotations/sub/dog.xml": _VOC_BOXES.encode()},
        {"Annotations/cat.xml": _VOC_BOXES.encode(), "labelmap.txt": b"# label\nbackground:0,0,0::\ncat:1,2,3::\n"},
    ],
    "yolo": [_YOLO, _YOLO_LIST, _YOLO_MAP],
    "yolo-seg": [_YOLO, _YOLO_LIST, _YOLO_MAP],
    "sa1b": [
        {"cat.json": json.dumps({"image": _IMAGES[0], "annotations": _COCO["annotations"]}).encode()},
    ],
}  # fmt: skip
