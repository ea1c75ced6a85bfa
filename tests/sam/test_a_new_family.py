"""A family of its own, in one file (toy_family.py), goes all the ways that the others go."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from app.engine.disk_cache import DiskCache
from app.engine.precompute import precompute
from app.engine.replies import Decoded, Encoded, ModelLoaded, Proposed
from app.engine.requests import Decode, Encode, LoadModel, Propose
from app.engine.values import ImageRef
from app.engine.worker import Engine
from app.sam.automatic import automatic
from app.sam.checkpoint import load_checkpoint, read_state
from app.sam.families import FAMILIES, model_key, recognise, register
from app.sam.load import load_predictor
from app.sam.postprocess import region
from app.sam.runtime import EXACT, Runtime, runtimes
from app.sam.types import Prompt
from app.work import run
from tests.engine.stepwise import Inbox
from tests.sam import toy_family

SHAPES = [(1, 8, 64, 64), (1, 16, 32, 32), (1, 32, 16, 16)]


@pytest.fixture(autouse=True)
def registered(monkeypatch, tmp_path):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    register(toy_family.FAMILY)
    yield
    del FAMILIES["toy"]


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "mine.pth"
    toy_family.write_checkpoint(path)
    return path


@pytest.fixture
def predictor(checkpoint):
    return load_predictor(str(checkpoint), runtime=EXACT)


@pytest.fixture
def images(tmp_path):
    paths = []
    for number in range(2):
        pixels = np.random.default_rng(number).integers(0, 256, (300, 400, 3), np.uint8)
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(pixels).save(paths[-1])
    return paths


@pytest.fixture
def pixels(images):
    return np.array(Image.open(images[0]))


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match="toy"):
        register(toy_family.FAMILY)


def test_its_checkpoint_is_recognised_and_loaded_with_other_keys(checkpoint):
    assert recognise(read_state(checkpoint), checkpoint.name) is toy_family.FAMILY
    family, network = load_checkpoint(checkpoint)
    assert (family.title, type(network)) == ("Toy", toy_family.Toy)
    assert torch.equal(network.state_dict()["fine.c.weight"], read_state(checkpoint)["toy.fine.c.weight"])


def test_clicks_and_boxes_are_answered(predictor, pixels):
    assert predictor.model_key.startswith("toy-")
    embedding = predictor.encode(pixels)
    assert [feature.shape for feature in embedding.features] == SHAPES
    assert embedding.frame.padded_size == (512, 512)
    assert embedding.frame.mask_size == (128, 128)
    candidates = predictor.decode(embedding, Prompt().with_point(200, 150))
    assert len(candidates) == 3
    found = region(candidates[0])
    assert found.x < 200 < found.x + found.pixels.shape[1]
    assert found.y < 150 < found.y + found.pixels.shape[0]
    assert len(predictor.decode(embedding, Prompt().with_box(100, 100, 200, 200))) == 1


def test_everything_mode_goes_by_its_preset(predictor, pixels):
    found = run(automatic(predictor, pixels, predictor.presets.quick))
    assert len(found) >= 4
    assert predictor.presets is toy_family.FAMILY.presets


def test_its_embeddings_are_kept_on_the_disk(predictor, images, tmp_path):
    cache = DiskCache(tmp_path / "kept")
    report = run(precompute(images, predictor, cache))
    assert (report.encoded, report.unreadable) == (2, {})
    again = run(precompute(images, predictor, cache))
    assert again.there_already == 2
    kept = DiskCache(tmp_path / "kept").get((_hash(images[0]), predictor.model_key))
    made = predictor.encode(np.array(Image.open(images[0])))
    assert kept.frame == made.frame
    for one, other in zip(kept.features, made.features, strict=True):
        assert np.allclose(one, other, atol=2e-2)
    click = Prompt().with_point(50, 60)
    assert np.allclose(predictor.decode(kept, click)[0].logits, predictor.decode(made, click)[0].logits, atol=0.1)


def _hash(path):
    from app.images.reading import file_hash

    return file_hash(path)


def test_the_engine_runs_it(checkpoint, images):
    inbox = Inbox()
    engine = Engine(lambda name, tell: load_predictor(name, tell, EXACT), inbox.deliver)
    engine.start()
    try:
        image = ImageRef(1, images[0])
        engine.submit(LoadModel(str(checkpoint)))
        engine.submit(Encode(image))
        engine.submit(Decode(image, 1, Prompt().with_point(200, 150)))
        assert inbox.wait(ModelLoaded)[0].model_key.startswith("toy-")
        inbox.wait(Encoded)
        assert len(inbox.wait(Decoded)[0].proposals) == 3
        engine.submit(Propose(image))
        while inbox.wait(Proposed)[-1].fraction < 1:
            inbox.wait(Proposed, len(inbox.of(Proposed)) + 1)
        assert inbox.of(Proposed)[-1].findings
    finally:
        assert engine.stop()


@pytest.mark.skipif(not any(runtime.compiled for runtime in runtimes()), reason="OpenVINO does not serve this machine")
def test_it_is_converted_and_compiled(checkpoint, predictor, pixels):
    compiled = load_predictor(
        str(checkpoint), runtime=Runtime("openvino", "cpu", half=False, why="to compare", compiled=True)
    )
    *_, last = compiled.preparation()
    assert last[0] == last[1]
    assert compiled.device == "OpenVINO"
    embedding, other = predictor.encode(pixels), compiled.encode(pixels)
    for one, two in zip(embedding.features, other.features, strict=True):
        assert np.allclose(one, two, atol=1e-3)
    logits = np.zeros((128, 128), np.float32)
    for prompt in (
        Prompt().with_point(200, 150),
        Prompt().with_box(10, 20, 90, 200),
        Prompt(logits=logits).with_point(9, 9),  # not compiled: torch
    ):
        mine, theirs = compiled.decode(embedding, prompt), predictor.decode(embedding, prompt)
        assert np.allclose(mine[0].logits, theirs[0].logits, atol=1e-3)
    points = np.array([[20.0, 30.0], [200.0, 100.0]])
    for mine, theirs in zip(
        compiled.decode_clicks(embedding, points), predictor.decode_clicks(embedding, points), strict=True
    ):
        assert np.allclose(mine[0].logits, theirs[0].logits, atol=1e-3)


def test_the_key_names_the_family():
    assert model_key(toy_family.FAMILY, "ab" * 32) == "toy-abababababab"
