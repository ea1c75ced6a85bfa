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
from app.learning.scenes.marks import marks_of, read_marks, write_marks
from app.learning.scenes.scene import ScenePool, write_scenes
from app.learning.starter import StarterSize, mark_regions, train_starter
from app.learning.training.ranking import RankingRecipe
from app.learning.training.trainer import Recipe
from app.masks.rle import Mask
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

    def note(_folder, target, size, _start, marks):
        asked.append((size, marks))
        target.write_bytes(b"")

    monkeypatch.setattr(starter, "train_starter", note)
    options = ["train-starter", "--folder", str(tmp_path), "--target", str(tmp_path / "weights")]
    monkeypatch.setattr("sys.argv", [*options, "--steps", "850", "--scenes", "4000"])
    starter.main()
    assert asked == [(StarterSize(replace(starter._RECIPE, steps=850), 4000), None)]


@pytest.fixture
def photos(tmp_path) -> Path:
    (tmp_path / "seen").mkdir()
    for name in ("coffee.png", "chelsea.png"):
        photo = cv2.resize(read_image(resource(f"samples/{name}")).pixels, (480, 400), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(tmp_path / "seen" / f"{name}.jpg"), photo[..., ::-1])
    return tmp_path / "seen"


def test_what_the_teacher_saw_before_is_not_looked_at_again(photos, tmp_path):
    halves = np.zeros((2, 400, 480), np.bool_)
    halves[0, :, :200], halves[1, 100:300, 250:400] = True, True
    kept = [marks_of(path, map(Mask.from_array, halves), (400, 480)) for path in photos.iterdir()]
    write_marks(tmp_path / "kept.xz", starter._MADE_BY, kept)
    known = read_marks(tmp_path / "kept.xz", starter._MADE_BY)

    def teacher() -> Path:
        raise AssertionError("nobody is to be asked")

    mark_regions(photos, teacher, 1, tmp_path / "regions", known)
    pool = ScenePool(tmp_path / "regions")
    assert [[pool[photo].region(region).tolist() for region in (0, 1)] for photo in (0, 1)] == [halves.tolist()] * 2
    assert read_marks(tmp_path / "regions/marks.xz", starter._MADE_BY).keys() == known.keys()
    with pytest.raises(AssertionError, match="nobody"):  # in another way: they count no more
        mark_regions(photos, teacher, 1, tmp_path / "anew", read_marks(tmp_path / "kept.xz", "by somebody else"))


def test_weights_of_another_network_are_refused():
    with pytest.raises(ValueError, match="fewer weights"):
        weights({}, {})
