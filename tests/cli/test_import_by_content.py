"""`import` without --format reads what is there, or says what it is."""

import json

import pytest
from PIL import Image

CVAT = (
    '<annotations><version>1.1</version><meta/><image id="0" name="a.png" width="64" height="48">'
    '<polygon label="cat" points="10,10;30,10;30,20;10,20"/></image></annotations>'
)
CAPTIONS = {
    "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],
    "annotations": [{"id": 1, "image_id": 1, "caption": "a cat"}],
}


@pytest.fixture
def project(call, tmp_path):
    folder, path = tmp_path / "images", tmp_path / "p.maskwright"
    folder.mkdir()
    Image.new("RGB", (64, 48)).save(folder / "a.png")
    assert call("new", path, folder).code == 0
    return path


def test_the_format_is_told_by_the_content(call, project, tmp_path):
    (tmp_path / "in.xml").write_text(CVAT)
    assert call("import", project, tmp_path / "in.xml", "--json").json["annotations"] == 1
    for name in ("panoptic", "yolo-seg", "voc", "png", "labelme", "coco"):
        call("export", project, tmp_path / name, "--format", name)
        outcome = call("import", project, tmp_path / name, "--json")
        assert (outcome.code, outcome.json["unchanged"]) == (0, 1), name


def test_a_file_of_captions_is_called_so_with_and_without_a_format(call, project, tmp_path):
    (tmp_path / "c.json").write_text(json.dumps(CAPTIONS))
    for more in ((), ("--format", "coco")):
        outcome = call("import", project, tmp_path / "c.json", *more)
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err.strip().endswith("c.json is a COCO captions file; it holds no masks.")


def test_a_file_that_is_not_there_is_said(call, project, tmp_path):
    outcome = call("import", project, tmp_path / "none.json")
    assert outcome.code == 1
    assert "none.json does not exist." in outcome.err


def test_photos_that_were_renamed_are_found_first(call, project, tmp_path):
    (tmp_path / "in.xml").write_text(CVAT)
    assert call("import", project, tmp_path / "in.xml", "--json").json["annotations"] == 1
    (tmp_path / "images" / "a.png").rename(tmp_path / "images" / "z.png")
    (tmp_path / "again.xml").write_text(CVAT.replace("a.png", "z.png"))
    outcome = call("import", project, tmp_path / "again.xml", "--json")
    assert (outcome.code, outcome.json["unchanged"], outcome.json["annotations"]) == (0, 1, 0)
    assert "1 image was renamed; its masks went with it." in outcome.err
    assert call("info", project, "--json").json["images"] == 1
