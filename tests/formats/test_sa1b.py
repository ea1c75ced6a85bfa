"""SA-1B as its authors publish it, and hostile ones."""

import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from app.formats.registry import format_named
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

SA1B = format_named("sa1b")
PIXELS = np.zeros((HEIGHT, WIDTH), np.uint8)
PIXELS[2:5, 3:9] = 1
RLE = coco_mask.encode(np.asfortranarray(PIXELS))
SEGMENTATION = {"size": [HEIGHT, WIDTH], "counts": RLE["counts"].decode()}
OBJECT = {
    "id": 532459, "segmentation": SEGMENTATION, "bbox": [3, 2, 6, 3], "area": 18, "predicted_iou": 0.93,
    "stability_score": 0.97, "crop_box": [0, 1, 18, 11], "point_coords": [[4.5, 3.5]],
}  # fmt: skip


@pytest.fixture
def imported(project, tmp_path):
    def run(*annotations, **image):
        (tmp_path / "in").mkdir()
        image = {"image_id": 7, "width": WIDTH, "height": HEIGHT, "file_name": "cat.png", **image}
        file = tmp_path / "in" / "sa_7.json"
        file.write_text(json.dumps({"image": image, "annotations": annotations}))
        return drained(SA1B.import_file(project, tmp_path / "in"))

    return run


def test_what_the_authors_publish_comes_back(project, imported, tmp_path):
    assert imported(OBJECT).problems == []
    (annotation,) = project.annotation_table.all()
    assert annotation.category_id is None
    assert annotation.provenance == {"predicted_iou": 0.93, "stability_score": 0.97}
    drained(SA1B.export_file(project, tmp_path / "out"))
    content = json.loads((tmp_path / "out" / "cat.json").read_text())
    assert content["annotations"] == [{**OBJECT, "id": annotation.id, "category": "object"}]


def test_ids_are_kept_where_they_are_free(project, imported, tmp_path):
    other = {
        **OBJECT,
        "segmentation": {"size": [HEIGHT, WIDTH], "counts": [0, HEIGHT * WIDTH]},
        "bbox": None,
        "area": 240,
    }
    report = imported(OBJECT, other, {**other, "iscrowd": 1, "id": "a7"})
    assert [line.partition(": ")[2] for line in report.remarks.lines()] == [
        "its id is no whole number from 1 on, which is all that a project can keep; it got another one.",
        "its id is that of another object, or of one that was deleted; it got another one.",
    ]
    assert [each.id for each in project.annotation_table.all()] == [532459, 532460, 532461]
    drained(SA1B.export_file(project, tmp_path / "out"))
    content = json.loads((tmp_path / "out" / "cat.json").read_text())
    assert content["image"] == {"image_id": 7, "width": WIDTH, "height": HEIGHT, "file_name": "cat.png"}
    assert [each["id"] for each in content["annotations"]] == [532459, 532460, 532461]


@pytest.mark.parametrize(
    "change",
    [
        {"segmentation": None},
        {"segmentation": {"size": [10**9, 10**9], "counts": "a"}},
        {"segmentation": {"size": [HEIGHT, WIDTH], "counts": "\u00e9~"}},
        {"segmentation": {"size": [HEIGHT, WIDTH], "counts": [10**30]}},
        {"segmentation": {"size": [HEIGHT, WIDTH], "counts": [-5, 245]}},
        {"segmentation": {"size": [WIDTH, HEIGHT], "counts": SEGMENTATION["counts"]}},
    ],
)
def test_a_broken_mask_is_skipped(project, imported, change):
    report = imported({**OBJECT, **change}, OBJECT)
    assert (report.annotations, report.skipped) == (1, 1)


def test_what_is_no_object_is_counted_and_named(imported):
    report = imported(None, OBJECT, 5)
    assert (report.annotations, report.skipped) == (1, 2)
    assert report.problems == [f"sa_7.json, object {n}: it is not an object of JSON." for n in (1, 3)]


def test_scores_that_are_none_are_no_scores(project, imported):
    assert imported({**OBJECT, "predicted_iou": "high", "stability_score": [1], "z_order": 10**40}).annotations == 1
    (annotation,) = project.annotation_table.all()
    assert annotation.provenance == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("b/x.png", "b/x.png"), ("../../../x.png", "a/x_y.png"), ("/etc/passwd", "a/x_y.png")],
)
def test_the_image_is_the_one_that_is_named_or_that_of_the_file(make_project, tmp_path, name, expected):
    """Never a third one of the same name beside the latter."""
    project = make_project("a/x.png", "a/x_y.png", "b/x.png", "x.png")
    (tmp_path / "in" / "a").mkdir(parents=True)
    image = {"image_id": 7, "width": WIDTH, "height": HEIGHT, "file_name": name}
    (tmp_path / "in" / "a" / "x_y.json").write_text(json.dumps({"image": image, "annotations": [OBJECT]}))
    assert drained(SA1B.import_file(project, tmp_path / "in")).problems == []
    assert [project.image(annotation.image_id).path for annotation in project.annotation_table.all()] == [expected]


def test_a_name_that_may_mean_two_images_is_refused(make_project, tmp_path):
    project = make_project("a/x.png", "a/x_y.png", "b/x.png", "x.png")
    (tmp_path / "in" / "a").mkdir(parents=True)
    image = {"image_id": 7, "width": WIDTH, "height": HEIGHT, "file_name": "x.png"}
    (tmp_path / "in" / "a" / "x_y.json").write_text(json.dumps({"image": image, "annotations": [OBJECT]}))
    [sentence] = drained(SA1B.import_file(project, tmp_path / "in")).problems
    assert sentence == "a/x_y may mean x.png or a/x.png, and nothing tells which."
    assert not list(project.annotation_table.all())


@pytest.mark.parametrize("name", ["../../cat2.png", "/etc/passwd", "", 5])
def test_only_images_of_the_project_are_meant(imported, name):
    report = imported(OBJECT, file_name=name)
    assert (report.annotations, report.problem_count) == (0, 1)
