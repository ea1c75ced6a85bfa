"""What goes into COCO comes out, and pycocotools agrees."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from app.formats.coco import export_coco, import_coco
from app.masks.rle import Mask
from app.project.records import Annotation
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, NAMES, WIDTH

# pycocotools 2 and numpy 2: np.array(..., copy=False) inside decode
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def ring():
    """With a hole, an island in it, and a pixel apart."""
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[1:9, 2:12] = True
    pixels[3:7, 4:10] = False
    pixels[5, 6] = pixels[11, 19] = True
    return pixels


def annotate(project, pixels, **values):
    with project.step("Accept mask") as step:
        return step.add(Annotation(0, values.pop("image_id", 1), values.pop("category_id", None),
                                   Mask.from_array(pixels), **values))  # fmt: skip


def loaded(file):
    """As pycocotools reads it, by id of the annotation."""
    coco = COCO(str(file))
    return coco, {annotation["id"]: annotation for annotation in coco.loadAnns(coco.getAnnIds())}


def test_pycocotools_sees_the_very_masks(make_project, tmp_path):
    project = make_project("cat.png")

    @settings(max_examples=25, deadline=None)
    @given(st.lists(arrays(bool, (HEIGHT, WIDTH)), min_size=1, max_size=4))
    def see(masks):
        added = [annotate(project, pixels) for pixels in masks]
        try:
            drained(export_coco(project, tmp_path / "out.json"))
        finally:
            while project.undo_label:
                project.undo()
        coco, annotations = loaded(tmp_path / "out.json")
        for record, pixels in zip(added, masks, strict=True):
            annotation = annotations[record.id]
            assert (coco.annToMask(annotation).astype(bool) == pixels).all()
            rle = coco_mask.encode(np.asfortranarray(pixels.astype(np.uint8)))
            assert annotation["segmentation"]["counts"] == rle["counts"].decode()
            assert annotation["area"] == coco_mask.area(rle)
            assert annotation["bbox"] == coco_mask.toBbox(rle).tolist()

    see()


POLYGONS = [[[2, 1, 12, 1, 12, 9, 2, 9]], [[0.5, 0.5, 7.25, 1, 3, 8.75], [10, 2, 18, 2, 18, 10, 10, 10]],
            [[-5, -5, 30, -5, 30, 30]]]  # fmt: skip
RLE = coco_mask.encode(np.asfortranarray(ring().astype(np.uint8)))
COMPRESSED = {"size": [HEIGHT, WIDTH], "counts": RLE["counts"].decode()}
UNCOMPRESSED = {"size": [HEIGHT, WIDTH], "counts": Mask.from_array(ring()).runs.tolist()}


@pytest.mark.parametrize("iscrowd", [0, 1])
@pytest.mark.parametrize("segmentation", [*POLYGONS, COMPRESSED, UNCOMPRESSED])
def test_a_mask_means_what_it_means_to_pycocotools(project, write, tmp_path, segmentation, iscrowd):
    """Whatever iscrowd says: the type alone tells how the mask is written."""
    file = write({"segmentation": segmentation, "iscrowd": iscrowd})
    report = drained(import_coco(project, file))
    assert (report.annotations, report.problems) == (1, [])
    drained(export_coco(project, tmp_path / "out.json"))
    coco, before = loaded(file)
    again, after = loaded(tmp_path / "out.json")
    assert (again.annToMask(after[1]) == coco.annToMask(before[1])).all()
    assert after[1]["iscrowd"] == iscrowd


def test_nothing_that_the_file_said_is_lost(make_project, tmp_path):
    """Ids that do not begin at 1, keys nobody knows, names with anything in them."""
    content = {
        "info": {"description": "Größe, \"quoted\" 🐈", "year": 2017},
        "licenses": [{"id": 4, "name": "CC-BY"}],
        "images": [
            {"id": 900 + n, "file_name": name, "width": WIDTH, "height": HEIGHT, "license": 4, "flickr_url": f"u{n}"}
            for n, name in enumerate(NAMES)
        ],
        "annotations": [
            {
                "id": 5000 + n, "image_id": 900 + n, "category_id": 70 + n, "segmentation": COMPRESSED,
                "area": int(coco_mask.area(RLE)), "bbox": coco_mask.toBbox(RLE).tolist(), "iscrowd": n % 2,
                "score": 0.25, "attributes": {"occluded": True}, "nested": {"keep": [1, None, "x"]},
            }
            for n in range(3)
        ],
        "categories": [
            {"id": 70, "name": "猫, \"cat\"", "supercategory": "animal", "keypoints": ["nose"]},
            {"id": 71, "name": "🐕", "supercategory": ""},
            {"id": 72, "name": "a/b; c", "supercategory": "thing"},
        ],
        "whose": {"key": "is this"},
    }  # fmt: skip
    file = tmp_path / "in.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    project = make_project()
    assert drained(import_coco(project, file)).problems == []
    drained(export_coco(project, tmp_path / "out.json"))
    out = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert out.keys() == content.keys()
    for key in ("info", "licenses", "whose"):
        assert out[key] == content[key]
    for key in ("images", "annotations", "categories"):
        assert sorted(out[key], key=lambda item: item["id"]) == sorted(content[key], key=lambda item: item["id"])


def test_the_same_project_gives_the_same_bytes(project, write, tmp_path):
    drained(import_coco(project, write({"segmentation": COMPRESSED}, {"segmentation": POLYGONS[1]})))
    for name in ("one.json", "two.json"):
        drained(export_coco(project, tmp_path / name))
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
