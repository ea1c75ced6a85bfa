"""import, export and evaluate through the terminal, with a COCO file made of the starter's own answer."""

import json

import pytest
from pycocotools.coco import COCO

from app.paths import resource

CAT = resource("samples/chelsea.png")


@pytest.fixture
def annotated(call, tmp_path):
    """A COCO file with one annotation of chelsea.png."""
    best = call("segment", CAT, "--point", "220,150", "--json").json["candidates"][0]
    annotation = {"id": 7, "image_id": 1, "category_id": 3, "iscrowd": 0}
    annotation |= {name: best[name] for name in ("segmentation", "bbox", "area")}
    file = tmp_path / "coco.json"
    content = {
        "images": [{"id": 1, "file_name": "chelsea.png", "width": 451, "height": 300}],
        "categories": [{"id": 3, "name": "cat"}],
        "annotations": [annotation],
    }
    file.write_text(json.dumps(content))
    return file


@pytest.fixture
def project(call, tmp_path):
    path = tmp_path / "cats.maskwright"
    assert call("new", path, CAT.parent).code == 0
    return path


def test_what_was_imported_is_exported_and_pycocotools_loads_it(run, project, annotated, tmp_path, capsys):
    imported = run("import", project, annotated, "--format", "coco", "--json")
    assert (imported.code, imported.err) == (0, "")
    assert isinstance(imported.json, dict)
    assert run("info", project, "--json").json["annotations"] == 1
    out = tmp_path / "out.json"
    exported = run("export", project, out, "--format", "coco", "--json")
    assert (exported.code, exported.err) == (0, "")
    assert isinstance(exported.json, dict)
    coco = COCO(out)
    (annotation,) = coco.loadAnns(coco.getAnnIds())
    (before,) = json.loads(annotated.read_text())["annotations"]
    assert annotation["area"] == before["area"]
    assert annotation["bbox"] == before["bbox"]
    assert coco.loadCats(annotation["category_id"])[0]["name"] == "cat"


def test_an_unknown_format_is_said(call, project, annotated):
    outcome = call("import", project, annotated, "--format", "nonsense")
    assert (outcome.code, outcome.out) == (1, "")
    assert "nonsense" in outcome.err


def test_a_truncated_file_is_one_sentence_and_changes_nothing(call, project, annotated):
    annotated.write_text(annotated.read_text()[:-40])
    outcome = call("import", project, annotated)
    assert (outcome.code, outcome.out) == (1, "")
    assert annotated.name in outcome.err
    assert call("info", project, "--json").json["annotations"] == 0


def test_evaluate_reports_the_protocol(run, annotated):
    outcome = run("evaluate", "--images", CAT.parent, "--annotations", annotated, "--limit", 1, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    value = outcome.json
    expected = {"miou_point", "miou_point_oracle", "miou_box", "iou_at", "noc80", "noc85", "noc90", "n", "seconds"}
    assert expected <= value.keys()
    assert set(value["iou_at"]) == {"1", "3", "5", "10"}
    assert value["n"] == 1
    assert 0 <= value["miou_point"] <= value["miou_point_oracle"] <= 1
