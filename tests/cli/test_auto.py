"""maskwright auto: masks of everything, as SA-1B or COCO."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from app.masks.rle import Mask
from app.sam.automatic import FoundMask
from app.sam.crops import Crop


@pytest.fixture
def discs(tmp_path):
    """Three discs of different colours."""
    y, x = np.mgrid[:200, :300]
    pixels = np.full((200, 300, 3), 110, np.uint8)
    for cx, cy, colour in ((60, 60, (220, 40, 40)), (200, 70, (40, 60, 220)), (140, 150, (240, 220, 60))):
        pixels[(x - cx) ** 2 + (y - cy) ** 2 < 30**2] = colour
    file = tmp_path / "discs.png"
    Image.fromarray(pixels).save(file)
    return file


@pytest.mark.slow  # three times a thousand clicks
def test_what_is_there_is_found_and_the_files_can_be_read_by_others(discs, tmp_path, call):
    (tmp_path / "b").mkdir()
    twin = tmp_path / "b" / "discs.png"
    twin.write_bytes(discs.read_bytes())
    outcome = call("auto", discs, twin, "--out", tmp_path / "out", "--json")
    assert outcome.code == 0
    assert [name.rsplit("/", 1)[1] for name in outcome.json["files"]] == ["discs.json", "discs_2.json"]
    record = json.loads((tmp_path / "out" / "discs.json").read_text())
    assert (record["image"]["width"], record["image"]["height"]) == (300, 200)
    masks = [coco_mask.decode(a["segmentation"]) for a in record["annotations"]]
    for cx, cy in ((60, 60), (200, 70), (140, 150)):
        y, x = np.mgrid[:200, :300]
        disc = (x - cx) ** 2 + (y - cy) ** 2 < 30**2
        assert max((disc & (m > 0)).sum() / (disc | (m > 0)).sum() for m in masks) > 0.75
    for annotation, mask in zip(record["annotations"], masks, strict=True):
        assert annotation["area"] == mask.sum()
        assert annotation["bbox"] == coco_mask.toBbox(annotation["segmentation"]).tolist()

    assert call("auto", discs, "--out", tmp_path / "coco", "--format", "coco").code == 0
    coco = COCO(str(tmp_path / "coco" / "instances.json"))
    assert len(coco.getAnnIds()) == len(masks)
    assert coco.annToMask(coco.loadAnns(coco.getAnnIds())[0]).shape == (200, 300)


@pytest.mark.slow
def test_what_cannot_be_read_is_told_and_the_others_are_done(discs, tmp_path, call):
    (tmp_path / "broken.png").write_bytes(b"no image")
    outcome = call("auto", tmp_path / "broken.png", discs, "--out", tmp_path / "out", "--preset", "quick")
    assert outcome.code == 1
    assert "broken.png" in outcome.out
    assert (tmp_path / "out" / "discs.json").exists()


@pytest.fixture
def one_mask(monkeypatch):
    """A model that finds the same 2 x 3 pixels on every image."""
    pixels = np.zeros((200, 300), bool)
    pixels[10:13, 20:22] = True
    found = FoundMask(Mask.from_array(pixels), 0.75, 0.5, (20.5, 11.5), Crop(10, 0, 210, 200, 1))
    predictor = SimpleNamespace(preparation=None, presets=SimpleNamespace(thorough=None))

    def automatic(*_arguments):
        yield from ()
        return [found]

    monkeypatch.setattr("app.sam.load.load_predictor", lambda *_arguments: predictor)
    monkeypatch.setattr("app.sam.automatic.automatic", automatic)
    return {
        "segmentation": {"size": [200, 300], "counts": found.mask.counts},
        "bbox": [20, 10, 2, 3], "area": 6, "predicted_iou": 0.75, "stability_score": 0.5,
        "crop_box": [10, 0, 200, 200], "point_coords": [[20.5, 11.5]],
    }  # fmt: skip


def test_the_files_have_the_keys_of_sa1b_and_of_coco(discs, tmp_path, call, one_mask):
    assert call("auto", discs, "--out", tmp_path).code == 0
    image = {"width": 300, "height": 200, "file_name": "discs.png"}
    assert json.loads((tmp_path / "discs.json").read_text()) == {
        "image": {"image_id": 1, **image},
        "annotations": [{"id": 1, **one_mask}],
    }
    assert call("auto", discs, discs, "--out", tmp_path, "--format", "coco").code == 0
    assert json.loads((tmp_path / "instances.json").read_text()) == {
        "images": [{"id": 1, **image}, {"id": 2, **image}],
        "annotations": [
            {"id": number, "image_id": number, "category_id": 1, "iscrowd": 0, **one_mask} for number in (1, 2)
        ],
        "categories": [{"id": 1, "name": "object"}],
    }


def test_an_unknown_preset_is_one_sentence(discs, tmp_path, call):
    outcome = call("auto", discs, "--out", tmp_path / "out", "--preset", "magic")
    assert outcome.code == 1
    assert outcome.err.startswith("There is no preset magic. There are released, paper")


@pytest.mark.slow
def test_a_copy_of_the_starter_under_another_name_finds_as_much(discs, tmp_path, call):
    from app.paths import resource

    mine = tmp_path / "mine.safetensors"
    mine.write_bytes(resource("models/starter.safetensors").read_bytes())
    theirs = call("auto", discs, "--out", tmp_path / "a", "--json").json
    ours = call("auto", discs, "--out", tmp_path / "b", "--model", mine, "--json").json
    assert ours["masks"] == theirs["masks"] >= 3


@pytest.fixture
def no_model(monkeypatch):
    def load(*_arguments):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr("app.sam.load.load_predictor", load)


def test_without_a_readable_image_no_model_is_loaded(tmp_path, call, no_model):
    (tmp_path / "broken.png").write_bytes(b"no image")
    outcome = call("auto", tmp_path / "gone.png", tmp_path / "broken.png", "--out", tmp_path / "out", "--json")
    assert outcome.code == 1
    assert [name.rsplit("/", 1)[1] for name in outcome.json["unreadable"]] == ["gone.png", "broken.png"]


def test_an_unknown_preset_is_told_before_a_model_is_loaded(discs, tmp_path, call, no_model):
    assert "no preset magic" in call("auto", discs, "--out", tmp_path / "out", "--preset", "magic").err


def test_other_commands_look_at_their_files_before_they_load_a_model(tmp_path, call, no_model):
    gone = tmp_path / "gone"
    for arguments in (
        ("segment", gone / "a.png", "--point", "3,4"),
        ("evaluate", "--images", gone, "--annotations", gone / "a.json"),
        ("embed", gone / "a.maskwright"),
    ):
        outcome = call(*arguments)
        assert outcome.code not in (0, None)
        assert outcome.err.startswith(("a.png", "gone")) or "gone" in outcome.err
