"""One image, one prompt, the starter."""

import shutil

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

from app.masks.rle import Mask
from app.paths import resource

CAT = resource("samples/chelsea.png")


def test_one_click_gives_three_masks_best_first(run):
    outcome = run("segment", CAT, "--point", "220,150", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    value = outcome.json
    assert value.keys() == {"model", "image", "encode_ms", "decode_ms", "candidates"}
    assert value["model"] == "starter"
    assert value["image"] == {"width": 451, "height": 300}
    assert value["encode_ms"] > 0
    assert value["decode_ms"] > 0
    candidates = value["candidates"]
    assert len(candidates) == 3
    scores = [c["predicted_iou"] for c in candidates]
    assert scores == sorted(scores, reverse=True)
    for candidate in candidates:
        assert candidate.keys() == {"segmentation", "bbox", "area", "predicted_iou", "stability_score"}
        rle = candidate["segmentation"]
        assert rle["size"] == [300, 451]
        assert candidate["area"] == coco.area(rle) > 0
        assert candidate["bbox"] == coco.toBbox(rle).tolist()
        assert 0 <= candidate["stability_score"] <= 1


def test_without_json_it_reads_as_text(call):
    outcome = call("segment", CAT, "--point", "220,150")
    assert outcome.out.startswith("starter: image read in")
    assert "1. predicted IoU" in outcome.out


def test_a_box_drawn_backwards_is_the_same_box(call):
    forwards = call("segment", CAT, "--box", "100,20,350,280", "--json").json
    backwards = call("segment", CAT, "--box", "350,280,100,20", "--json").json
    assert len(forwards["candidates"]) == 1
    assert forwards["candidates"] == backwards["candidates"]


def test_a_point_outside_the_object_changes_the_mask(call):
    without = call("segment", CAT, "--point", "220,150", "--json").json
    point_out = call("segment", CAT, "--point", "220,150,1", "--point", "20,20,0", "--json").json
    assert len(point_out["candidates"]) == 1
    assert point_out["candidates"][0]["segmentation"] != without["candidates"][0]["segmentation"]


def test_the_overlay_shows_the_best_mask(call, tmp_path):
    out = tmp_path / "overlay.png"
    best = call("segment", CAT, "--point", "220,150", "--overlay", out, "--json").json["candidates"][0]
    before, after = np.asarray(Image.open(CAT).convert("RGB")), np.asarray(Image.open(out))
    inside = Mask.from_coco(**best["segmentation"]).to_array()
    assert (before[~inside] == after[~inside]).all()
    assert (before[inside] != after[inside]).any(axis=1).mean() > 0.99


@pytest.mark.parametrize("way", [".", "link"])
def test_the_image_itself_is_no_overlay(call, tmp_path, way):
    photo = tmp_path / "cat.png"
    shutil.copy(CAT, photo)
    (tmp_path / "link").symlink_to(tmp_path)
    before = photo.read_bytes()
    outcome = call("segment", photo, "--point", "220,150", "--overlay", tmp_path / way / "cat.png", "--model", "none")
    assert outcome.code == 1
    assert "cat.png is the image itself; choose another name for the overlay." in outcome.err
    assert photo.read_bytes() == before


@pytest.mark.parametrize("name", ["no/such/folder/o.png", "overlay.nonsense"])
def test_an_overlay_that_cannot_be_written_is_said(call, tmp_path, name):
    outcome = call("segment", CAT, "--point", "220,150", "--overlay", tmp_path / name)
    assert outcome.code == 1
    assert "cannot be written" in outcome.err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--point", "nan,10"], "a coordinate is not a number"),
        (["--point", "10,inf"], "a coordinate is not a number"),
        (["--box", "0,0,nan,4"], "a coordinate is not a number"),
        (["--point", "451.5,10"], "The point 451.5,10 lies outside the image, which is 451 x 300 pixels."),
        (["--point", "-5,10"], "lies outside the image"),
        (["--box", "5,5,5,50"], "The box has no area."),
        (["--box", "500,5,600,50"], "The box lies outside the image"),
        (["--point", "5,5", "--model", "mobile_sam"], "maskwright models download mobile_sam"),
        (["--point", "5,5", "--model", "sam9"], "There is no model sam9. Choose one of: starter, mobile_sam"),
    ],
)
def test_an_impossible_prompt_is_one_sentence(call, options, sentence):
    outcome = call("segment", CAT, *options, "--json")
    assert (outcome.code, outcome.out) == (1, "")
    assert sentence in outcome.err


def test_a_failure_is_one_sentence_on_stderr_without_a_traceback(run):
    outcome = run("segment", CAT, "--point", "nan,10", "--json")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "--point nan,10: a coordinate is not a number.\n"


def test_debug_shows_where_it_came_from(run):
    outcome = run("segment", CAT, "--point", "nan,10", MASKWRIGHT_DEBUG="1")
    assert outcome.code == 1
    assert "Traceback" in outcome.err


@pytest.mark.parametrize(
    "options", [[], ["--point", "1"], ["--point", "1,2,3"], ["--box", "1,2,3"], ["--point", "a,b"]]
)
def test_a_prompt_typed_wrongly_is_a_usage_error(call, options):
    outcome = call("segment", CAT, *options)
    assert (outcome.code, outcome.out) == (2, "")


def test_a_broken_image_is_one_sentence(call, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not a photo")
    outcome = call("segment", broken, "--point", "1,1")
    assert outcome.code == 1
    assert "broken.jpg" in outcome.err


def test_an_image_of_one_pixel_and_a_panorama_have_an_answer(call, tmp_path):
    Image.new("RGB", (1, 1), "red").save(tmp_path / "one.png")
    Image.new("RGB", (30_000, 200), "red").save(tmp_path / "wide.png")
    assert call("segment", tmp_path / "one.png", "--point", "0.5,0.5", "--json").code == 0
    value = call("segment", tmp_path / "wide.png", "--point", "15000,100", "--json").json
    assert value["image"] == {"width": 30_000, "height": 200}
