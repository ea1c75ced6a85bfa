"""The terminal on images that are never read whole: right, or one sentence; never gigabytes."""

import numpy as np
import pytest
import tifffile

from app.images import overview, tiled_tiff
from tests.project.sparse import sparse_tiff

CARD = (700, 500, 780, 560)


@pytest.fixture
def gigapixel(tmp_path):
    folder = tmp_path / "huge"
    folder.mkdir()
    sparse_tiff(folder / "a.tif", 40_000, 30_000)
    return folder / "a.tif"


@pytest.fixture
def card(tmp_path, monkeypatch):
    """A light card on a dark ground, in a picture that counts as huge."""
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1_000_000)
    monkeypatch.setattr(overview, "OVERVIEW_PIXELS", 100_000)
    monkeypatch.setattr("app.masks.rle.MAX_PIXELS", 1_000_000)
    pixels = np.full((1200, 1600, 3), 40, np.uint8)
    pixels[CARD[1] : CARD[3], CARD[0] : CARD[2]] = (240, 230, 90)
    folder = tmp_path / "photos"
    folder.mkdir()
    tifffile.imwrite(folder / "a.tif", pixels, tile=(64, 64), photometric="rgb", compression="zlib")
    return folder / "a.tif"


def test_segment_looks_around_what_was_pointed_at(call, card, tmp_path):
    outcome = call("segment", card, "--point", "740,530", "--overlay", tmp_path / "out.png", "--json")
    assert outcome.code == 0, outcome.err
    best = outcome.json["candidates"][0]
    assert outcome.json["image"] == {"width": 1600, "height": 1200}
    assert best["segmentation"]["size"] == [1200, 1600]
    x, y, width, height = best["bbox"]
    assert np.abs(np.array([x, y, x + width, y + height]) - CARD).max() < 25
    assert (tmp_path / "out.png").exists()


def test_segment_on_a_gigapixel(call, gigapixel):
    outcome = call("segment", gigapixel, "--box", "20000,15000,20300,15200", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["image"] == {"width": 40_000, "height": 30_000}
    assert call("segment", gigapixel, "--point", "40001,5").code == 1


def test_auto_says_what_it_does_not_do(call, gigapixel, tmp_path):
    outcome = call("auto", gigapixel, "--out", tmp_path / "out", "--json")
    assert outcome.code == 1
    [sentence] = outcome.json["unreadable"].values()
    assert sentence == "a.tif: 40000 x 30000 pixels are more than the 400 megapixels read at once."


def test_embed_encodes_the_overview_as_the_window_does(call, card, tmp_path):
    project = tmp_path / "p.maskwright"
    assert call("new", project, card.parent).code == 0
    first = call("embed", project, "--json").json
    assert (first["encoded"], first["there_already"]) == (1, 0)
    again = call("embed", project, "--json").json
    assert (again["encoded"], again["there_already"]) == (0, 1)
