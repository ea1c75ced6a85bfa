"""What a file itself shows decides how it is read: keypoints, shares or pixels, boxes alone, what contradicts masks."""

import json

import numpy as np
import pytest
from PIL import Image

from app.formats.coco import import_coco
from app.formats.kit.coco.evidence import box_of, contradiction
from app.formats.kit.describe import describe
from app.formats.registry import format_named
from app.masks.rle import Mask
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

YOLO = format_named("yolo-seg")
BOX = "0.5 0.5 0.4 0.5"
"""8 x 6 pixels, whose left upper corner is (6, 3)."""


@pytest.fixture
def lines(project, tmp_path):
    """Imports these lines about cat.png; returns the report and the boxes of what came in."""

    def lines(text, yaml="names: [cat]"):
        folder = tmp_path / "in"
        (folder / "labels").mkdir(parents=True, exist_ok=True)
        (folder / "labels" / "cat.txt").write_text(text)
        (folder / "data.yaml").write_text(yaml)
        report = drained(YOLO.import_file(project, folder))
        return report, [a.mask.bbox for a in project.annotation_table.all()]

    return lines


@pytest.mark.parametrize(
    ("yaml", "keypoints", "expected"),
    [
        ("kpt_shape: [2, 2]", "0.1 0.25 0 0", [2, 3, 2, 0, 0, 0]),
        ("kpt_shape: [2, 3]", "0.1 0.25 2 0.2 0.5 1", [2, 3, 2, 4, 6, 1]),
        ("kpt_shape:\n- 1\n- 3  # x, y, visibility", "0.1 0.25 0.9", [2, 3, 2]),
        ("kpt_shape: [2, 2]", "0.1 0.25 0 0 0.75", [2, 3, 2, 0, 0, 0]),
    ],
)
def test_lines_of_a_dataset_of_keypoints_are_boxes(project, lines, yaml, keypoints, expected):
    report, boxes = lines(f"0 {BOX} {keypoints}\n0 {BOX}\n", f"{yaml}\nnames: [cat]\n")
    assert (boxes, report.problems) == ([(6, 3, 8, 6)] * 2, [])
    [one, other] = project.annotation_table.all()
    assert one.extra["keypoints"] == pytest.approx(expected)
    assert one.extra["num_keypoints"] == sum(visibility > 0 for visibility in expected[2::3])
    assert other.extra == {}
    assert any("keypoints" in line for line in describe(report).kinds)


def test_keypoints_go_out_to_coco(project, lines, tmp_path):
    lines(f"0 {BOX} 0.1 0.25 2", "kpt_shape: [1, 3]\nnames: [cat]")
    drained(format_named("coco").export_file(project, tmp_path / "out.json"))
    [found] = json.loads((tmp_path / "out.json").read_text())["annotations"]
    assert (found["keypoints"], found["num_keypoints"]) == ([2, 3, 2], 1)


def test_a_line_that_does_not_fit_the_keypoints_is_told(lines):
    report, boxes = lines(f"0 {BOX} 0.1 0.2 0.3\n", "kpt_shape: [4, 3]\nnames: [cat]")
    assert (boxes, report.skipped) == ([], 1)
    assert report.problems == ["labels/cat.txt, line 1: 7 numbers are no box with 4 keypoints."]


def test_visibilities_tell_a_box_with_keypoints_where_no_yaml_does(lines):
    report, boxes = lines(f"0 {BOX} 0.1 0.2 2 0.3 0.4 1\n")
    assert (boxes, report.problems) == ([(6, 3, 8, 6)], [])


@pytest.mark.parametrize(
    ("line", "box", "extra"),
    [
        (f"0 {BOX} 0.875", (6, 3, 8, 6), {"score": 0.875}),
        (f"0 {BOX} 0.875 7", (6, 3, 8, 6), {"score": 0.875}),
        ("0 0.1 0.25 0.6 0.25 0.6 0.75 0.1 0.75", (2, 3, 10, 6), {}),
        ("0 0.1 0.25 0.6 0.25 0.6 0.75 0.1 0.75 0.5", (2, 3, 10, 6), {"score": 0.5}),
        ("0 0.1 0.25 0.6 0.25 0.6 0.75 0.25", (3, 3, 9, 6), {"score": 0.25}),
        (f"0.0 {BOX}", (6, 3, 8, 6), {}),
    ],
)
def test_boxes_turned_boxes_and_polygons_with_or_without_a_confidence(project, lines, line, box, extra):
    report, boxes = lines(line)
    assert report.problems == []
    assert boxes == [box]
    assert [a.extra for a in project.annotation_table.all()] == [extra]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 10 6 8 6\n", [(6, 3, 8, 6)]),
        ("0 10 6 8 6\n0 2 3 12 3 12 9 2 9\n", [(6, 3, 8, 6), (2, 3, 10, 6)]),
        ("0 1 1 2 2\n0 10 6 20 12", [(0, 0, 2, 2), (0, 0, 20, 12)]),
    ],
)
def test_a_file_in_pixels_is_read_as_such_and_told(lines, text, expected):
    report, boxes = lines(text)
    assert boxes == expected
    assert any("pixels" in line for line in describe(report).kinds)
    assert not report.is_partial


@pytest.mark.parametrize("text", ["0 100 60 80 60\n", "0 20 30 120 30 120 90\n", f"0 10 6 8 6\n0 {BOX}\n"])
def test_a_line_that_is_neither_in_shares_nor_in_pixels_is_told_and_draws_nothing(lines, text):
    report, boxes = lines(text)
    assert report.skipped == 1
    assert "neither shares" in report.problems[0]
    assert len(boxes) == text.count(BOX)


# --- COCO ------------------------------------------------------------------------------------------------------------


def boxes_of(project):
    return [a.mask.bbox for a in project.annotation_table.all()]


@pytest.mark.parametrize("segmentation", [{}, {"segmentation": []}, {"segmentation": [[]]}, {"segmentation": None}])
def test_a_box_alone_becomes_its_mask_and_is_told(project, write, segmentation):
    boxes = [[2, 1, 10, 8], [2.0, 1.0, 10.0, 8.0], ["2", "1", "10", "8"]]
    report = drained(import_coco(project, write(*({**segmentation, "bbox": box} for box in boxes))))
    assert boxes_of(project) == [(2, 1, 10, 8)] * 3
    assert (report.problems, report.is_partial) == ([], False)
    assert describe(report).kinds == ["3 times: it is a box without a mask; its mask is the rectangle. (cat.png)"]
    again = drained(import_coco(project, write(*({**segmentation, "bbox": box} for box in boxes))))
    assert (again.annotations, again.unchanged) == (0, 3)


@pytest.mark.parametrize(
    "bbox", [None, [], [1, 2, 3], [2, 1, 0, 8], [2, 1, -3, 8], ["x", 1, 2, 3], "2 1 10 8", {"x": 1}]
)
def test_what_is_no_box_either_is_told(project, write, bbox):
    report = drained(import_coco(project, write({"segmentation": [], "bbox": bbox})))
    assert (report.annotations, report.skipped) == (0, 1)
    assert "neither polygons nor RLE" in report.problems[0]


@pytest.mark.parametrize(
    ("bbox", "area", "expected"),
    [
        ([2, 1, 10, 8], None, (2, 1, 12, 9)),
        ([2, 1, 10, 8], 80, (2, 1, 12, 9)),
        ([2, 1, 12, 9], 80, (2, 1, 12, 9)),
        ([12, 6, 18, 10], None, (12, 6, 18, 10)),
        ([0.25, 0.5, 0.5, 0.25], None, (5, 6, 15, 9)),
        ([0.0, 0.0, 1.0, 0.5], None, (0, 0, 20, 6)),
        ([0, 0, 1, 1], 1, (0, 0, 1, 1)),
    ],
)
def test_a_bbox_is_read_by_its_area_and_the_image(bbox, area, expected):
    found, _ = box_of(bbox, area, (HEIGHT, WIDTH))
    assert found == expected


def test_polygons_in_shares_of_the_image_are_read_as_such_and_told(project, write):
    square = {
        "segmentation": [[0.1, 0.25, 0.6, 0.25, 0.6, 0.75, 0.1, 0.75]],
        "bbox": [0.1, 0.25, 0.5, 0.5],
        "area": 0.25,
    }
    pixel = {"segmentation": [[0, 0, 1, 0, 1, 1, 0, 1]], "bbox": [0, 0, 1, 1], "area": 1}
    report = drained(import_coco(project, write(square, pixel)))
    assert boxes_of(project) == [(2, 3, 10, 6), (0, 0, 1, 1)]
    assert report.problems == ["cat.png, object 1: its coordinates are shares of the image; they were read as such."]


POLYGON = [[2, 1, 12, 1, 12, 9, 2, 9]]
RLE = Mask.from_runs([25, 8, 4, 8, 4, 8, HEIGHT * WIDTH - 57], (HEIGHT, WIDTH))


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({}, ""),
        ({"bbox": [2, 1, 10, 8], "area": 80}, ""),
        ({"bbox": [1.5, 0.5, 11, 9], "area": 78.5}, ""),
        ({"bbox": [0, 0, 0, 0], "area": 0}, ""),
        ({"bbox": [], "area": None}, ""),
        ({"bbox": "x", "area": "y"}, ""),
        ({"bbox": [2, 1, 15, 8]}, "bbox"),
        ({"bbox": [12, 1, 8, 8]}, "bbox"),
        ({"area": 9999}, "area"),
        ({"area": 12}, "area"),
    ],
)
def test_a_bbox_or_an_area_that_contradicts_the_mask_is_named(project, write, said, named):
    report = drained(import_coco(project, write({"segmentation": POLYGON, **said})))
    assert boxes_of(project) == [(2, 1, 10, 8)]
    assert report.problems == (
        [f"cat.png, object 1: its {named} contradicts its mask, which was taken."] if named else []
    )


def test_run_lengths_that_are_plain_are_compared_too(project, write):
    segmentation = {"size": [HEIGHT, WIDTH], "counts": RLE.counts}
    right = {"segmentation": segmentation, "bbox": list(RLE.bbox), "area": RLE.area}
    wrong = {"segmentation": segmentation, "bbox": [0, 0, 20, 12], "area": RLE.area}
    report = drained(import_coco(project, write(right, wrong)))
    assert report.annotations == 2
    assert report.problems == ["cat.png, object 2: its bbox contradicts its mask, which was taken."]


@pytest.mark.parametrize("seed", range(20))
def test_what_we_write_contradicts_nothing(seed):
    chance = np.random.default_rng(seed)
    mask = Mask.from_array(chance.random((HEIGHT, WIDTH)) < chance.random())
    assert contradiction(mask, list(mask.bbox), mask.area) == ""


def test_sa1b_and_panoptic_name_contradictions_too(project, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    content = {"image": {"file_name": "cat.png"}, "annotations": [
        {"segmentation": POLYGON, "bbox": [9, 9, 3, 3]}]}  # fmt: skip
    (folder / "cat.json").write_text(json.dumps(content))
    report = drained(format_named("sa1b").import_file(project, folder))
    assert boxes_of(project) == [(2, 1, 10, 8)]
    assert report.problems == ["cat.json, object 1: its bbox contradicts its mask, which was taken."]
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[1:9, 2:12, 0] = 1
    Image.fromarray(pixels).save(folder / "cat.png")
    content = {
        "images": [{"id": "1", "file_name": "cat.png", "width": str(WIDTH), "height": float(HEIGHT)}],
        "categories": [{"id": "3", "name": "cat"}],
        "annotations": [{"image_id": 1, "file_name": "cat.png",
                         "segments_info": [{"id": "1", "category_id": 3, "area": 9999}]}],
    }  # fmt: skip
    (folder / "p.json").write_text(json.dumps(content))
    report = drained(format_named("panoptic").import_file(project, folder / "p.json"))
    assert report.problems == ["cat.png, segment 1: its area contradicts its mask, which was taken."]
    assert report.annotations == 1
