"""The starter over a pretrained trunk: files of both kinds load, its trunk is the published one, and OpenVINO says what
torch says of it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from app.images.reading import read_image
from app.learning.assets.fetching import pypi
from app.learning.training.export import export
from app.learning.training.start import beginning, pretrained_trunk
from app.learning.training.trainer import Recipe, Trainer, TrainingModel, save
from app.paths import resource
from app.problem import Problem
from app.sam import load
from app.sam.checkpoint import load_checkpoint
from app.sam.encoders.efficientnet_lite import LiteTrunk, take
from app.sam.encoders.starter import FEATURE_WIDTHS, Starter, StarterEncoder, TrunkEncoder
from app.sam.families import FAMILIES
from app.sam.layers import FrozenNormConv
from app.sam.runtime import EXACT, Runtime, runtimes
from app.sam.runtime.eager import rearranged
from app.sam.types import Prompt
from tests.oracle import reference

EXACTLY = Runtime("openvino", "cpu", half=False, why="to compare", compiled=True)
SHAPES = ((90, 120), (120, 90), (40, 400))
PROMPTS = {
    "a click": Prompt().with_point(40, 30),
    "two clicks": Prompt().with_point(40, 30).with_point(70, 60, positive=False),
    "a box": Prompt().with_box(10, 10, 90, 70),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """Random weights, as the training writes them."""
    torch.manual_seed(0)
    network = Starter(TrunkEncoder(), sees_masks=True)
    reference.randomise(network)
    folder = tmp_path_factory.mktemp("weights")
    trainer = Trainer(TrainingModel(network, FEATURE_WIDTHS), [], Recipe(steps=1))
    save(folder / "worker0.pt", trainer.state())
    export(folder / "worker0.pt", folder / "mine.safetensors")
    return folder / "mine.safetensors"


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    try:
        return pretrained_trunk(tmp_path_factory.mktemp("packages"))
    except Problem as problem:
        pytest.skip(f"PyPI is not to be had: {problem}")


def test_files_of_all_kinds_are_starters(file, tmp_path):
    """Of the first starters too, whatever lies in the box."""
    torch.manual_seed(0)
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    save_file(Starter().state_dict(), first)
    save_file(Starter(TrunkEncoder()).state_dict(), second)
    kinds = {first: (StarterEncoder, False), second: (TrunkEncoder, False), file: (TrunkEncoder, True)}
    for path, (encoder, sees_masks) in kinds.items():
        family, network = load_checkpoint(path)
        assert family is FAMILIES["starter"]
        assert isinstance(network.encoder, encoder)
        assert (network.decoder.quality is not None) is sees_masks
        known, again = load_checkpoint(path, family)  # as a conversion does
        assert isinstance(again.encoder, encoder)
        assert known is family
    assert file.stat().st_size <= 20 << 20


def test_it_is_rearranged_without_a_change():
    network = Starter(TrunkEncoder(), sees_masks=True)
    reference.randomise(network)
    pixels = torch.randn(1, 3, 96, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        before = network.encode(pixels)
        for _ in range(2):  # a second time changes nothing
            after = rearranged(network, EXACT).encode(pixels)
            for one, other in zip(before, after, strict=True):
                assert (one - other).abs().max() <= 1e-4 * one.abs().max()
    assert all(module.scale is None for module in network.modules() if isinstance(module, FrozenNormConv))


def test_the_trunk_learns_slowly_and_its_norms_not_at_all():
    network = Starter(TrunkEncoder(), sees_masks=True)
    trainer = Trainer(TrainingModel(network, FEATURE_WIDTHS), [], Recipe(steps=1, trunk_share=0.15))
    shares = {
        id(parameter): group["share"] for group in trainer._optimizer.param_groups for parameter in group["params"]
    }
    assert len(shares) == len(list(trainer.student.parameters()))
    for name, parameter in network.named_parameters():
        assert shares[id(parameter)] == (0.15 if name.startswith("encoder.trunk.") else 1.0), name
    assert not any("scale" in name for name, _ in network.named_parameters())


@pytest.mark.slow
@pytest.mark.timeout(1500)  # a process that is not hurried converts it
@pytest.mark.skipif(not any(each.compiled for each in runtimes()), reason="OpenVINO does not serve this machine")
def test_openvino_says_what_torch_says(file, tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path))
    eager, compiled = (load.load_predictor(str(file), runtime=runtime) for runtime in (EXACT, EXACTLY))
    list(compiled.preparation())
    assert compiled.device == "OpenVINO"
    for shape in SHAPES:
        image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
        embedding = eager.encode(image)
        for mine, theirs in zip(compiled.encode(image).features, embedding.features, strict=True):
            assert np.abs(mine - theirs).max() <= 2e-4 * np.abs(theirs).max()
        for prompt in PROMPTS.values():
            for mine, theirs in zip(compiled.decode(embedding, prompt), eager.decode(embedding, prompt), strict=True):
                assert np.abs(mine.logits - theirs.logits).max() <= 1e-3 * np.abs(theirs.logits).max()
                assert mine.predicted_iou == pytest.approx(theirs.predicted_iou, abs=1e-3)


@pytest.mark.slow
def test_the_trunk_is_the_published_one(weights, tmp_path, monkeypatch):
    """Its features are those of the program that the weights were published for."""
    monkeypatch.syspath_prepend(pypi("efficientnet-lite-pytorch", "0.1.0", _PROGRAM, tmp_path))
    theirs = import_module("efficientnet_lite_pytorch").EfficientNet.from_name("efficientnet-lite0", image_size=128)
    state = torch.load(weights, weights_only=True)
    theirs.load_state_dict(state)
    seen: list[torch.Tensor] = []
    for number in (2, 4, 10, 15):
        theirs._blocks[number].register_forward_hook(lambda _block, _given, output: seen.append(output))
    pixels = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1
    trunk = LiteTrunk()
    trunk.take(state)
    with torch.inference_mode():
        theirs.eval().extract_features(pixels)
        features = trunk(pixels)
    for expected, stride in zip(seen, (4, 8, 16, 32), strict=True):
        assert (features[stride] - expected).abs().max() <= 1e-4 * expected.abs().max()


_PROGRAM = "ce0fe869b0e829aceafc32f84275a40c0e3418d19216401b03f695f5f20cbc41"


@pytest.mark.slow
def test_it_names_what_is_on_a_photo(weights):
    """Read with the paddings and the norms of another framework it would not."""
    state = torch.load(weights, weights_only=True)
    trunk, head = LiteTrunk(), FrozenNormConv(320, 1280, 1)
    trunk.take(state)
    take(head, state, "_conv_head", "_bn1")
    last = nn.Linear(1280, 1000)
    last.load_state_dict({"weight": state["_fc.weight"], "bias": state["_fc.bias"]})
    cats, coffee = range(281, 286), (504, 967, 968)
    for name, wanted in (("chelsea.png", cats), ("coffee.png", coffee)):
        image = cv2.resize(read_image(resource(f"samples/{name}")).pixels, (320, 224), interpolation=cv2.INTER_AREA)
        pixels = torch.from_numpy(image / np.float32(127.5) - 1).permute(2, 0, 1)[None]
        with torch.inference_mode():
            scores = last(F.relu6(head(trunk(pixels)[32])).mean((2, 3)))[0]
        assert int(scores.argmax()) in wanted, name


@pytest.mark.slow
def test_training_begins_with_the_trunk_and_what_fits_of_an_earlier_starter(weights):
    earlier = load_checkpoint(resource("models/starter.safetensors"))[1].state_dict()
    begun = beginning(weights, resource("models/starter.safetensors")).state_dict()
    for name in ("decoder.iou_head.layers.0.weight", "encoder.stage16.0.qkv.weight", "encoder.merge8.top.weight"):
        assert torch.equal(begun[name], earlier[name]), name
    assert begun["encoder.trunk.stem.scale"].std() > 0
