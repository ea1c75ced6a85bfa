"""Masks as COCO polygons: pycocotools fills them to the very mask, holes and parts too."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.formats.coco import export_coco, import_coco
from app.masks.rle import Mask
from app.project.records import Annotation
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.test_every_format import pixels_of
from tests.formats.test_round_trip import annotate, loaded, ring


def written(project, file, **options):
    drained(export_coco(project, file, **options))
    return {item["id"]: item for item in json.loads(file.read_text(encoding="utf-8"))["annotations"]}


def test_pycocotools_fills_them_to_the_very_mask(make_project, tmp_path):
    project = make_project("cat.png")

    @settings(max_examples=25, deadline=None)
    @given(st.lists(arrays(bool, (HEIGHT, WIDTH)).filter(np.any), min_size=1, max_size=4))
    def fill_them(masks):
        added = [annotate(project, pixels) for pixels in masks]
        try:
            items = written(project, tmp_path / "out.json", masks="polygons")
        finally:
            while project.undo_label:
                project.undo()
        coco, annotations = loaded(tmp_path / "out.json")
        for record, pixels in zip(added, masks, strict=True):
            assert isinstance(items[record.id]["segmentation"], list)
            assert (coco.annToMask(annotations[record.id]).astype(bool) == pixels).all()

    fill_them()


def test_each_part_is_a_polygon_and_a_crowd_stays_run_length(make_project, tmp_path):
    one, other = make_project(), make_project(folder="copy")
    parts = annotate(one, ring())
    block = annotate(one, pixels_of("block"))
    crowd = annotate(one, pixels_of("block"), iscrowd=True)
    empty = annotate(one, np.zeros((HEIGHT, WIDTH), bool))
    items = written(one, tmp_path / "out.json", masks="polygons")
    assert len(items[parts.id]["segmentation"]) == 3
    assert items[block.id]["segmentation"] == [[3, 2, 11, 2, 11, 7, 3, 7]]
    assert isinstance(items[crowd.id]["segmentation"], dict)
    assert isinstance(items[empty.id]["segmentation"], dict)
    assert drained(import_coco(other, tmp_path / "out.json")).annotations == 4
    assert [a.mask for a in other.annotation_table.all()] == [a.mask for a in one.annotation_table.all()]


@pytest.mark.parametrize("limit", ["coco.segmentation.MAX_PERIMETER_PX", "bridges.MOST_OUTLINES"])
def test_noise_that_no_reader_would_fill_stays_run_length(make_project, tmp_path, monkeypatch, limit):
    one = make_project("cat.png")
    noise = annotate(one, pixels_of("chess"))
    monkeypatch.setattr(f"app.formats.kit.{limit}", 100)
    assert isinstance(written(one, tmp_path / "out.json", masks="polygons")[noise.id]["segmentation"], dict)


def told(project):
    annotations = project.annotation_table.all()
    return [(a.z_order, a.hidden, a.provenance, a.clicks, a.milliseconds, a.extra) for a in annotations]


def test_what_only_a_project_knows_comes_back_under_keys_of_our_own(make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    provenance = {"prompt": {"points": [[5.0, 4.0]], "labels": [1], "box": None}, "model": "starter",
                  "predicted_iou": 0.5, "stability_score": None, "by": "hand"}  # fmt: skip
    annotate(one, pixels_of("block"), z_order=-3, hidden=True, provenance=provenance, clicks=2, milliseconds=900)
    annotate(one, pixels_of("below"))
    items = written(one, tmp_path / "out.json")
    assert items[2].keys() == {"id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd"}
    drained(import_coco(other, tmp_path / "out.json"))
    assert told(other) == told(one)


@pytest.mark.parametrize(
    "own",
    [
        {"z_order": "top"}, {"z_order": 1 << 60}, {"hidden": 1}, {"clicks": -1}, {"clicks": True}, {"z_order": 0},
        {"provenance": {"predicted_iou": "x"}}, {"provenance": {"model": 5}}, {"attributes": []},
        {"provenance": {"prompt": {"points": [[1, 1]], "labels": []}}}, {"provenance": [1]},
        {"provenance": {"prompt": {"points": [[1, 1e300]], "labels": [1]}}},
        {"provenance": {"prompt": {"points": [[1, 1]], "labels": [7]}}},
    ],
)  # fmt: skip
def test_strangers_keys_of_the_same_name_stay_as_they_are(project, write, tmp_path, own):
    """What no window could go on from is kept, and nothing more."""
    drained(import_coco(project, write({"segmentation": [[2, 1, 12, 1, 12, 9]], **own})))
    (annotation,) = project.annotation_table.all()
    assert annotation.extra == own
    plain = Annotation(0, 1, None, Mask.from_array(pixels_of("block")))
    assert all(getattr(annotation, key) == getattr(plain, key) for key in own)
    (item,) = written(project, tmp_path / "out.json").values()
    assert own.items() <= item.items()
