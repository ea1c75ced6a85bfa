"""The whole of train-starter, on next to nothing: it makes weights that the program loads, and makes nothing twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.images.reading import read_image
from app.learning import starter
from app.learning.assets.cutouts import KeptCutout, write_cutouts
from app.learning.assets.mobile_sam import weights
from app.learning.scenes.hierarchy import merged_scene
from app.learning.scenes.scene import write_scenes
from app.learning.starter import StarterSize, train_starter
from app.learning.training.ranking import RankingRecipe
from app.learning.training.trainer import Recipe
from app.paths import resource
from app.sam.checkpoint import load_checkpoint
from app.sam.encoders.starter import Starter, TrunkEncoder
from tests.oracle import reference

TINY = Recipe(steps=2, warm_up=1, sizes=((64, 2, 1.0),))


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """With everything that is downloaded, and what the teacher saw."""
    (tmp_path / "photos").mkdir()
    images = [read_image(resource(f"samples/{name}")).pixels for name in ("coffee.png", "chelsea.png")]
    scenes = [merged_scene(cv2.resize(image, (400, 384), interpolation=cv2.INTER_AREA)) for image in images]
    (tmp_path / "regions").mkdir()
    write_scenes(tmp_path / "regions/0000.scenes", scenes)
    disc = cv2.circle(np.zeros((60, 60), np.uint8), (30, 30), 28, 255, -1)
    cutout = KeptCutout(np.dstack([disc // 2, disc, disc // 3, disc]), (disc > 0).astype(np.uint16), 1)
    for name in ("clipart.bin", "things.bin"):
        write_cutouts(tmp_path / name, [cutout])
    network = Starter(TrunkEncoder())
    reference.randomise(network)
    monkeypatch.setattr(starter, "pretrained_trunk", lambda _packages: tmp_path / "trunk.pth")
    monkeypatch.setattr(starter, "beginning", lambda _trunk, _start: network.train())
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_it_ends_with_weights_and_nothing_is_made_twice(folder, tmp_path):
    size = StarterSize(TINY, scenes=5, workers=1, ranking=RankingRecipe(lessons=2, rounds=1, sizes=TINY.sizes))
    target = tmp_path / "mine.safetensors"
    train_starter(folder, target, size)
    family, network = load_checkpoint(target)
    assert family.name == "starter"
    assert isinstance(network.encoder, TrunkEncoder)
    assert network.graph() is not None
    made = {path: path.stat().st_mtime_ns for path in folder.rglob("*.scenes")}
    assert len(made) == 2
    first = target.read_bytes()
    target.unlink()
    train_starter(folder, target, size)
    assert target.read_bytes() == first
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.scenes")} == made


def test_steps_and_scenes_are_told_to_the_command(monkeypatch, tmp_path):
    asked = []

    def note(_folder, target, size, _start):
        asked.append(size)
        target.write_bytes(b"")

    monkeypatch.setattr(starter, "train_starter", note)
    options = ["train-starter", "--folder", str(tmp_path), "--target", str(tmp_path / "weights")]
    monkeypatch.setattr("sys.argv", [*options, "--steps", "850", "--scenes", "4000"])
    starter.main()
    assert asked == [StarterSize(replace(starter._RECIPE, steps=850), 4000)]


def test_weights_of_another_network_are_refused():
    with pytest.raises(ValueError, match="fewer weights"):
        weights({}, {})
