"""The starter comes compiled: it is run without torch, and says what torch says of the same weights."""

from __future__ import annotations

import hashlib
import json
import os
import random as random_module
import subprocess
import sys

import numpy as np
import pytest

from app.images.reading import read_image
from app.masks.metrics import iou
from app.paths import compiled_dir, resource
from app.sam import load
from app.sam.catalog import find
from app.sam.families import FAMILIES, model_key
from app.sam.postprocess import region
from app.sam.runtime import EXACT, Runtime, runtimes
from app.sam.runtime.converted import Converted, shipped
from app.sam.types import Prompt

pytestmark = [
    pytest.mark.skipif(not any(each.compiled for each in runtimes()), reason="OpenVINO does not serve this machine"),
    pytest.mark.xdist_group("shipped"),
]
EXACTLY = Runtime("openvino", "cpu", half=False, why="to compare", compiled=True)
SIZES = {
    "wide": ("coffee.png", slice(None)),
    "square": ("astronaut.png", slice(None)),
    "flat": ("rocket.jpg", slice(99)),
}
MANY = Prompt()
for _x in range(30):
    MANY = MANY.with_point(15 * _x + 5, 60, positive=_x % 3 > 0)
_LOGITS = np.random.default_rng(2).normal(0, 4, (64, 96)).astype(np.float32)
PROMPTS = {
    "a click": Prompt().with_point(200, 90),
    "two clicks": Prompt().with_point(200, 90).with_point(300, 60, positive=False),
    "a box": Prompt().with_box(50, 10, 300, 95),
    "a box and clicks": Prompt().with_box(50, 10, 300, 95).with_point(200, 90).with_point(70, 20, positive=False),
    "many clicks": MANY,
}
MARKED = {
    "logits": Prompt(logits=_LOGITS).with_point(200, 90),
    "logits and a box": Prompt(logits=_LOGITS).with_box(50, 10, 300, 95),
    "logits alone": Prompt(logits=_LOGITS),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MASKWRIGHT_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def compiled(home):
    return load.load_predictor("starter", runtime=EXACTLY)


@pytest.fixture(scope="module")
def eager(home):
    return load.load_predictor("starter", runtime=EXACT)


def test_it_needs_no_preparation_and_has_the_key_of_its_weights(compiled, eager):
    assert (compiled.device, compiled.preparation) == ("OpenVINO", None)
    assert compiled.model_key == eager.model_key == model_key(FAMILIES["starter"], find("starter").sha256)
    assert shipped(compiled.model_key).is_good


@pytest.mark.parametrize("size", SIZES)
def test_images_of_all_shapes_are_encoded_alike(compiled, eager, size):
    for mine, theirs in zip(compiled.encode(_image(size)).features, eager.encode(_image(size)).features, strict=True):
        assert mine.shape == theirs.shape
        assert np.abs(mine - theirs).max() <= 3e-3 * np.abs(theirs).max()  # the weights are kept in half precision


@pytest.mark.slow
def test_encodes_that_nobody_wants_any_more_spoil_none_of_another_size(compiled):
    """One that was cancelled halfway left OpenVINO with the sizes of two images: every later encode failed."""
    chance, random = random_module.Random(0), np.random.default_rng(0)
    sizes = [(512, 512), (300, 451), (400, 600), (427, 640), (640, 427)]
    images = [random.integers(0, 255, (*size, 3), np.uint8) for size in sizes]
    right = [compiled.encode(image).features for image in images]
    abandoned = 0
    for number in range(120):
        which = chance.randrange(len(sizes))
        try:
            found = compiled.encode(images[which], _Impatient(chance.randrange(3) if number % 3 == 0 else 1000))
        except _Unwanted:
            abandoned += 1
            continue
        for mine, theirs in zip(found.features, right[which], strict=True):
            assert np.array_equal(mine, theirs)
    assert abandoned > 20


class _Unwanted(Exception):  # noqa: N818
    pass


class _Impatient:
    """Gives an encode up when it was looked at so many times."""

    def __init__(self, looks: int) -> None:
        self._looks = looks

    def __call__(self, _fraction: float) -> None:
        self._looks -= 1
        if self._looks < 0:
            raise _Unwanted


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [*PROMPTS, *MARKED])
def test_every_kind_of_prompt_is_answered_alike(compiled, eager, name, size):
    if name in MARKED and size != "wide":
        return  # the logits are of that shape
    embedding = eager.encode(_image(size))
    prompt = (PROMPTS | MARKED)[name]
    for mine, theirs in zip(compiled.decode(embedding, prompt), eager.decode(embedding, prompt), strict=True):
        assert np.abs(mine.logits - theirs.logits).max() <= 1e-4 * np.abs(theirs.logits).max()
        assert mine.predicted_iou == pytest.approx(theirs.predicted_iou, abs=1e-4)


def test_many_clicks_at_once_are_answered_alike(compiled, eager):
    embedding, points = eager.encode(_image("wide")), np.random.default_rng(3).uniform(0, 400, (5, 2))
    for mine, theirs in zip(
        compiled.decode_clicks(embedding, points), eager.decode_clicks(embedding, points), strict=True
    ):
        assert iou(mine[0].logits > 0, theirs[0].logits > 0) > 0.999


def test_in_bfloat16_the_masks_are_nearly_those_of_torch(eager, home):
    half = next(each for each in runtimes() if each.compiled)
    found = [load.load_predictor("starter", runtime=half), eager]
    masks = [region(each.decode(each.encode(_image("wide")), Prompt().with_point(300, 150))[0]) for each in found]
    wide = [np.zeros(masks[0].image_size, bool) for _ in masks]
    for mask, pixels in zip(masks, wide, strict=True):
        height, width = mask.pixels.shape
        pixels[mask.y : mask.y + height, mask.x : mask.x + width] = mask.pixels
    assert iou(*wide) > 0.98


@pytest.mark.parametrize("harm", ["flipped", "gone", "of another form", "not to be compiled"])
def test_a_damaged_form_leaves_torch_at_work_and_stays_as_it_is(eager, home, tmp_path, monkeypatch, harm):
    copy = tmp_path / "models" / eager.model_key
    copy.mkdir(parents=True)
    for path in shipped(eager.model_key).folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(load, "shipped", lambda _key: Converted(copy))
    if harm == "flipped":
        content = (copy / "decoder.bin").read_bytes()
        (copy / "decoder.bin").write_bytes(bytes([content[0] ^ 1]) + content[1:])
    elif harm == "gone":
        (copy / "seen.xml").unlink()
    elif harm == "of another form":
        manifest = (copy / "manifest.json").read_text().replace('"form": 3', '"form": 2')
        (copy / "manifest.json").write_text(manifest)
    else:

        def fails(*_arguments):
            raise RuntimeError("no such layer")

        monkeypatch.setattr(load, "_compiled", fails)
    predictor = load.load_predictor("starter", runtime=EXACTLY)
    assert predictor.device == "CPU"
    assert predictor.preparation is not None
    assert copy.is_dir()


@pytest.mark.parametrize("harm", ["none", "flipped", "cut", "of nobody"])
def test_what_was_compiled_is_kept_for_the_next_start(eager, tmp_path, monkeypatch, harm):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path))
    load.load_predictor("starter", runtime=EXACTLY)
    blobs = sorted(compiled_dir().rglob("*.blob"))
    assert [blob.name.split("-")[0] for blob in blobs] == ["decoder", "encoder", "seen", "seen_with_logits"]
    written = {blob: (blob.read_bytes(), blob.stat().st_mtime_ns) for blob in blobs}
    content = written[blobs[0]][0]
    if harm == "flipped":
        blobs[0].write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif harm == "cut":
        blobs[0].write_bytes(content[:1000])
    elif harm == "of nobody":  # whole, but nothing that OpenVINO can read
        blobs[0].write_bytes(hashlib.sha256(b"something else").digest() + b"something else")
    again = load.load_predictor("starter", runtime=EXACTLY)
    embedding = eager.encode(_image("wide"))
    mine, theirs = (each.decode(embedding, PROMPTS["a click"])[0].logits for each in (again, eager))
    assert np.abs(mine - theirs).max() <= 1e-4 * np.abs(theirs).max()
    assert sorted(compiled_dir().rglob("*.blob")) == blobs
    kept = [blob for blob in blobs if (blob.read_bytes(), blob.stat().st_mtime_ns) == written[blob]]
    assert len(kept) == (4 if harm == "none" else 3)


def test_a_cache_that_cannot_be_written_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path))
    (tmp_path / "cache").mkdir()
    compiled_dir().write_text("a file where the folder should be")
    assert load.load_predictor("starter", runtime=EXACTLY).device == "OpenVINO"


_CLICK = """
import json, sys
from app.images.reading import read_image
from app.paths import resource
from app.sam.automatic import automatic
from app.sam.load import load_predictor
from app.sam.postprocess import region
from app.sam.runtime import choose
from app.sam.types import Prompt
from app.work import run
predictor = load_predictor("starter")
pixels = read_image(resource("samples/coffee.png")).pixels
embedding = predictor.encode(pixels)
found = region(predictor.decode(embedding, Prompt().with_point(300, 150))[0])
box = predictor.decode(embedding, Prompt().with_box(172, 18, 410, 285))
steps = automatic(predictor, pixels, predictor.presets.quick, whole=embedding)
for _ in range(3):
    next(steps)
print(json.dumps([int(found.pixels.sum()), choose().name, "torch" in sys.modules]))
"""


def test_torch_is_not_loaded_for_a_click_a_box_or_everything(tmp_path):
    environment = {**os.environ, "MASKWRIGHT_HOME": str(tmp_path), "MASKWRIGHT_RUNTIME": ""}
    done = subprocess.run([sys.executable, "-c", _CLICK], capture_output=True, text=True, check=True, env=environment)
    pixels, name, has_torch = json.loads(done.stdout)
    if name != "openvino":
        pytest.skip("a graphics processor is better here")
    assert pixels > 1000
    assert not has_torch


def _image(size: str) -> np.ndarray:
    name, rows = SIZES[size]
    return np.ascontiguousarray(read_image(resource("samples") / name).pixels[rows])
