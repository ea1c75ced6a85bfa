"""OpenVINO runs what was converted here: the same answers, the same manners, and torch wherever it cannot."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import weakref

import numpy as np
import pytest
import torch

from app.masks.metrics import iou
from app.paths import compiled_dir
from app.problem import Problem
from app.sam import load
from app.sam.families import FAMILIES
from app.sam.runtime import Runtime, runtimes
from app.sam.runtime.converted import Cached
from app.sam.types import Prompt
from tests.oracle import reference

pytestmark = [
    pytest.mark.slow,  # in the fast lane test_shipped tries the shipped form, and test_a_new_family converts one
    pytest.mark.skipif(not any(each.compiled for each in runtimes()), reason="OpenVINO does not serve this machine"),
    pytest.mark.xdist_group("compiled"),  # one conversion for all
]
EXACTLY = Runtime("openvino", "cpu", half=False, why="to compare", compiled=True)
IMAGE = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
MANY = Prompt()
for _x in range(20):
    MANY = MANY.with_point(4 * _x, 30, positive=_x % 3 > 0)
PROMPTS = {
    "a click": Prompt().with_point(40, 30),
    "a box": Prompt().with_box(10, 10, 90, 70),
    "a box and clicks": Prompt().with_box(5, 5, 80, 60).with_point(30, 30).with_point(70, 60, positive=False),
    "more clicks than were converted": MANY,
    "logits": Prompt(logits=np.random.default_rng(1).normal(0, 4, (256, 256)).astype(np.float32)).with_point(50, 50),
    "logits alone": Prompt(logits=np.random.default_rng(2).normal(0, 4, (256, 256)).astype(np.float32)),
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """MobileSAM with random weights."""
    network = FAMILIES["mobile_sam"].build()
    reference.randomise(network, seed=3)
    path = tmp_path_factory.mktemp("weights") / "mine.pth"
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MASKWRIGHT_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def eager(checkpoint, home):
    return load.load_predictor(str(checkpoint), runtime=runtimes()[-1])


@pytest.fixture(scope="module")
def compiled(checkpoint, home):
    """Made while torch served."""
    predictor = load.load_predictor(str(checkpoint), runtime=EXACTLY)
    assert predictor.device == "CPU"
    steps = list(predictor.preparation())
    assert steps[-1][0] == steps[-1][1]
    assert predictor.preparation is None
    return predictor


@pytest.fixture(scope="module")
def embeddings(eager, compiled):
    return eager.encode(IMAGE), compiled.encode(IMAGE)


def test_the_embedding_is_the_same(embeddings):
    one, other = (embedding.features[0] for embedding in embeddings)
    assert np.abs(one - other).max() <= 2e-4 * np.abs(one).max()


@pytest.mark.parametrize("name", PROMPTS)
def test_every_kind_of_prompt_is_answered_alike(eager, compiled, embeddings, name):
    for mine, theirs in zip(
        compiled.decode(embeddings[0], PROMPTS[name]), eager.decode(embeddings[0], PROMPTS[name]), strict=True
    ):
        assert np.abs(mine.logits - theirs.logits).max() <= 1e-3 * np.abs(theirs.logits).max()
        assert mine.predicted_iou == pytest.approx(theirs.predicted_iou, abs=1e-3)


def test_many_clicks_at_once_are_answered_one_by_one(eager, compiled, embeddings):
    points = np.random.default_rng(3).uniform(0, 90, (5, 2))
    for mine, theirs in zip(
        compiled.decode_clicks(embeddings[0], points), eager.decode_clicks(embeddings[0], points), strict=True
    ):
        assert iou(mine[0].logits > 0, theirs[0].logits > 0) > 0.999


def test_a_click_on_another_image_is_not_answered_with_the_last_one(compiled, embeddings):
    other = compiled.encode(255 - IMAGE)
    click = PROMPTS["a click"]
    before = compiled.decode(embeddings[1], click)[0].logits
    assert not np.allclose(compiled.decode(other, click)[0].logits, before)
    assert np.array_equal(compiled.decode(embeddings[1], click)[0].logits, before)


def test_progress_grows_and_an_abandoned_encode_leaves_nothing_behind(compiled, embeddings):
    told: list[float] = []
    compiled.encode(IMAGE, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0

    def stop(_fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        compiled.encode(IMAGE, stop)
    assert np.array_equal(compiled.encode(IMAGE).features[0], embeddings[1].features[0])


def test_a_click_is_answered_inside_an_encode(compiled, embeddings):
    expected = compiled.decode(embeddings[1], PROMPTS["a box"])[0].logits
    found: list[np.ndarray] = []

    def click(_fraction: float) -> None:
        found.append(compiled.decode(embeddings[1], PROMPTS["a box"])[0].logits)

    compiled.encode(IMAGE, click)
    assert len(found) > 1
    assert all(np.array_equal(logits, expected) for logits in found)


def test_the_next_load_compiles_at_once(checkpoint, compiled):
    again = load.load_predictor(str(checkpoint), runtime=EXACTLY)
    assert again.device == "OpenVINO"
    assert again.preparation is None


@pytest.mark.parametrize("harm", ["cut", "flipped", "gone", "no manifest", "a foreign file"])
def test_damaged_files_are_made_again(checkpoint, compiled, harm):
    converted = Cached(compiled_dir(), compiled.model_key)
    kept = {path.name: path.read_bytes() for path in converted.folder.iterdir()}
    file = converted.folder / "encoder.bin"
    if harm == "cut":
        file.write_bytes(kept[file.name][:-4096])
    elif harm == "flipped":
        file.write_bytes(bytes([kept[file.name][0] ^ 1]) + kept[file.name][1:])
    elif harm == "gone":
        file.unlink()
    elif harm == "no manifest":
        (converted.folder / "manifest.json").write_text("{")
    else:
        (converted.folder / "stranger").touch()
    predictor = load.load_predictor(str(checkpoint), runtime=EXACTLY)
    assert predictor.device == "CPU"
    assert predictor.preparation is not None
    assert not converted.folder.exists()
    converted.folder.mkdir()
    for name, content in kept.items():
        (converted.folder / name).write_bytes(content)
    assert converted.is_good


def test_files_that_openvino_cannot_read_leave_torch_at_work(checkpoint, compiled, monkeypatch):
    def fails(*_arguments):
        raise RuntimeError("no such layer")

    monkeypatch.setattr(load, "_compiled", fails)
    monkeypatch.setattr(Cached, "discard", lambda _self: None)
    assert load.load_predictor(str(checkpoint), runtime=EXACTLY).device == "CPU"


def test_a_cancelled_conversion_leaves_no_process_and_no_file(checkpoint, home, tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path))
    predictor = load.load_predictor(str(checkpoint), runtime=EXACTLY)
    steps = predictor.preparation()
    next(steps)
    steps.close()
    assert not multiprocessing.active_children()
    assert not Cached(compiled_dir(), predictor.model_key).is_good
    assert predictor.encode(IMAGE).features[0].shape == (1, 256, 64, 64)


def test_a_model_that_is_left_before_it_was_made_faster_goes_without_a_collection(
    checkpoint, home, tmp_path, monkeypatch
):
    """The window freezes what there is when a model is loaded: a circle would stay, with all weights, for good."""
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path))
    gc.disable()
    try:
        predictor = load.load_predictor(str(checkpoint), runtime=EXACTLY)
        execution = weakref.ref(predictor._execution)
        steps = predictor.preparation()
        next(steps)
        steps.close()
        del steps, predictor
        assert execution() is None
    finally:
        gc.enable()


def test_a_folder_that_cannot_be_written_is_one_sentence(checkpoint, home, tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path))
    (tmp_path / "cache").mkdir()
    compiled_dir().write_text("a file where the folder should be")
    predictor = load.load_predictor(str(checkpoint), runtime=EXACTLY)
    with pytest.raises(Problem, match="cannot be kept in"):
        for _ in predictor.preparation():
            pass
    assert predictor.device == "CPU"


_CORES_OF_THREADS = """
import os
import threading
from contextlib import suppress
from pathlib import Path
import numpy as np
from app.sam.load import load_predictor

predictor = load_predictor("starter")
assert predictor.device == "OpenVINO", predictor.device
work = threading.Thread(target=lambda: [predictor.encode(np.zeros((480, 640, 3), np.uint8)) for _ in range(20)])
work.start()
fewest, looks = len(os.sched_getaffinity(0)), 0
while work.is_alive():
    looks += 1
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            fewest = min(fewest, len(os.sched_getaffinity(int(thread.name))))
print(looks > 3 and fewest == len(os.sched_getaffinity(0)))
"""


@pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="affinity is read from /proc, of some cores"
)
def test_programs_that_are_told_their_threads_are_bound_to_no_core(monkeypatch):
    """Several side by side, as `embed` or the training may run, would all wait for the first one."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    ran = subprocess.run([sys.executable, "-c", _CORES_OF_THREADS], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "True"
