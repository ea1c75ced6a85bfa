"""How a network is run changes its speed, not what it says."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from app.images.reading import read_image
from app.masks.metrics import iou
from app.paths import resource
from app.problem import Problem
from app.sam import runtime
from app.sam.encoders.starter import Starter
from app.sam.load import load_predictor
from app.sam.postprocess import region
from app.sam.runtime import choice
from app.sam.runtime.eager import rearranged
from app.sam.types import Prompt
from tests.oracle import reference


def test_rearranged_networks_say_the_same_up_to_rounding():
    network = Starter().eval()
    reference.randomise(network)
    pixels = torch.randn(1, 3, 96, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        before = network.encode(pixels)
        quick = rearranged(copy.deepcopy(network), runtime.EXACT)
        for _ in range(2):  # a second time changes nothing
            for one, other in zip(before, rearranged(quick, runtime.EXACT).encode(pixels), strict=True):
                assert (one - other).abs().max() <= 1e-4 * one.abs().max()
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in quick.modules())


def test_every_runtime_of_this_machine_finds_the_same_masks():
    pixels = read_image(resource("samples/coffee.png")).pixels
    prompts = [Prompt().with_point(290, 150), Prompt().with_box(172, 18, 410, 208), Prompt().with_point(365, 285)]
    exact = _masks(runtime.EXACT, pixels, prompts)
    for other in runtime.runtimes():
        found = _masks(other, pixels, prompts)
        assert np.mean([iou(one, two) for one, two in zip(exact, found, strict=True)]) > 0.97, other.name


def _masks(chosen: runtime.Runtime, pixels: np.ndarray, prompts: list[Prompt]) -> list[np.ndarray]:
    predictor = load_predictor("starter", runtime=chosen)
    assert predictor.runtime == chosen
    embedding = predictor.encode(pixels)
    masks = []
    for prompt in prompts:
        part = region(predictor.decode(embedding, prompt)[0])
        whole = np.zeros(part.image_size, bool)
        whole[part.y : part.y + part.pixels.shape[0], part.x : part.x + part.pixels.shape[1]] = part.pixels
        masks.append(whole)
    return masks


def test_the_environment_or_the_caller_choose(monkeypatch):
    assert runtime.choose() == runtime.runtimes()[0]
    monkeypatch.setenv(runtime.VARIABLE, "cpu")
    assert runtime.choose() == runtime.EXACT
    monkeypatch.setenv(runtime.VARIABLE, "steam")
    assert runtime.choose("cpu") == runtime.EXACT
    with pytest.raises(Problem, match=r"This machine has no runtime steam; it has .*cpu\."):
        runtime.choose()


def test_old_processors_fall_back_without_a_word(monkeypatch):
    monkeypatch.setattr(choice, "has_instructions", lambda _name: False)
    monkeypatch.setattr(choice, "_may_have_graphics", lambda: False)
    assert runtime.runtimes() == [runtime.EXACT]


def test_a_graphics_processor_comes_first(monkeypatch):
    monkeypatch.setattr(choice, "_may_have_graphics", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a fast one")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert (runtime.runtimes()[0].name, runtime.runtimes()[-1]) == ("cuda", runtime.EXACT)


@pytest.mark.parametrize(
    ("built", "driver", "asked"),
    [("2.13.0+cpu", True, False), ("2.13.0", True, True), ("2.13.0", False, False), ("2.13.0+rocm7.0", False, True)],
)
def test_torch_is_asked_only_where_there_may_be_a_graphics_processor(monkeypatch, built, driver, asked):
    def load(_name):
        if not driver:
            raise OSError

    monkeypatch.setattr(choice, "version", lambda _name: built)
    monkeypatch.setattr(choice.sys, "platform", "linux")
    monkeypatch.setattr(choice.ctypes, "CDLL", load)
    assert choice._may_have_graphics() == asked


def test_the_processor_is_known_without_torch_as_torch_knows_it():
    assert choice.has_instructions("AVX2") == (torch.backends.cpu.get_cpu_capability() in {"AVX2", "AVX512"})
    assert choice.has_instructions("AVX512BF16") == torch.cpu._is_avx512_bf16_supported()
    assert choice.has_instructions("AMX_BF16") == torch.cpu._is_amx_tile_supported()


@pytest.mark.parametrize(
    ("has", "intel", "half"),
    [
        ({"AVX512BF16", "AMX_BF16"}, True, True),
        ({"AVX512BF16"}, True, False),  # half as long again as float32
        ({"AVX512BF16"}, False, True),
        (set(), False, False),
    ],
)
def test_bfloat16_is_chosen_where_it_is_faster(monkeypatch, has, intel, half):
    monkeypatch.setattr(choice, "has_instructions", lambda name: name in has)
    monkeypatch.setattr(choice, "_is_intel", lambda: intel)
    assert choice.computes_in_bfloat16() == half


@pytest.mark.parametrize(("name", "value"), [("platform.machine", lambda: "arm64"), ("find_spec", lambda _name: None)])
def test_without_openvino_or_on_other_processors_torch_serves(monkeypatch, name, value):
    monkeypatch.setattr(f"app.sam.runtime.choice.{name}", value)
    assert not any(one.compiled for one in runtime.runtimes())
