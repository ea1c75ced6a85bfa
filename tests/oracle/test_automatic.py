"""Everything mode against segment_anything's own generator: the same masks from the same weights."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pycocotools import mask as coco_mask

from app.images.reading import read_image
from app.masks.boxes import suppressed
from app.masks.metrics import iou
from app.paths import resource
from app.sam.automatic import FoundMask, automatic
from app.sam.encoders.vit import ImageEncoderViT
from app.sam.load import load_predictor
from app.sam.predictor import Predictor
from app.sam.presets import Preset
from app.sam.runtime.eager import Eager
from app.sam.sam import Sam
from app.sam.types import Candidate
from tests.oracle import reference


def _nms(boxes: torch.Tensor, scores: torch.Tensor, _classes: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """What torchvision.ops.batched_nms does with one class, written plainly."""
    kept: list[int] = []
    for index in torch.argsort(scores, descending=True, stable=True).tolist():
        x0, y0, x1, y1 = boxes[index].tolist()
        for other in kept:
            a0, b0, a1, b1 = boxes[other].tolist()
            common = max(0.0, min(x1, a1) - max(x0, a0)) * max(0.0, min(y1, b1) - max(y0, b0))
            union = (x1 - x0) * (y1 - y0) + (a1 - a0) * (b1 - b0) - common
            if union > 0 and common / union > iou_threshold:
                break
        else:
            kept.append(index)
    return torch.tensor(kept, dtype=torch.long)


def _box_area(boxes: torch.Tensor) -> torch.Tensor:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def generator(their_model, their_predictor=None, **options):
    reference.load("segment_anything")
    module = sys.modules["segment_anything.automatic_mask_generator"]
    module.batched_nms, module.box_area = _nms, _box_area
    made = module.SamAutomaticMaskGenerator(their_model, output_mode="coco_rle", **options)
    if their_predictor is not None:
        made.predictor = their_predictor
    return made


def drained(steps) -> list[FoundMask]:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def assert_same(ours: list[FoundMask], theirs: list[dict]) -> None:
    """The same masks by the same clicks in the same crops, with the same scores."""
    assert len(theirs) >= 5  # else nothing was compared
    assert len(ours) == len(theirs)
    left = list(theirs)
    for found in ours:
        crop = found.crop
        box = [crop.x0, crop.y0, crop.x1 - crop.x0, crop.y1 - crop.y0]
        alike = [t for t in left if t["crop_box"] == box and np.allclose(t["point_coords"][0], found.point, atol=1e-3)]
        their = min(alike, key=lambda t: abs(t["predicted_iou"] - found.predicted_iou))
        left.remove(their)
        assert found.predicted_iou == pytest.approx(their["predicted_iou"], abs=2e-3)
        assert found.stability_score == pytest.approx(their["stability_score"], abs=5e-3)
        assert iou(found.mask.to_array(), coco_mask.decode(their["segmentation"]).astype(bool)) > 0.98


@pytest.mark.slow
@pytest.mark.parametrize(("layers", "min_region_px"), [(0, 0), (1, 3)])
def test_random_weights_give_the_masks_of_the_reference(layers, min_region_px):
    theirs = reference.small_vit()
    reference.randomise(theirs)
    ours = Sam(ImageEncoderViT(dim=96, depth=4, heads=3, global_blocks=(1, 3)))
    ours.load_state_dict(theirs.state_dict(), strict=True)
    predictor = Predictor(Eager(ours), "x", "x")
    y, x = np.mgrid[:180, :260]
    image = np.stack([x % 256, y, 40 * ((x // 60 + y // 45) % 2)], -1).astype(np.uint8)
    points = np.random.default_rng(0).uniform(0, (260, 180), (8, 2))
    candidates = [c for cs in predictor.decode_clicks(predictor.encode(image), points) for c in cs]
    at_least = float(np.quantile([c.predicted_iou for c in candidates], 0.4))
    preset = Preset(
        (6, 3)[: layers + 1], at_least, 0.0, min_region_px=min_region_px, max_box_overlap=1.0, max_crop_overlap=1.0
    )
    with torch.inference_mode():
        expected = generator(
            theirs.eval(), points_per_side=6, points_per_batch=7, pred_iou_thresh=at_least,
            stability_score_thresh=0.0, crop_n_layers=layers, crop_n_points_downscale_factor=2,
            min_mask_region_area=min_region_px, box_nms_thresh=1.0, crop_nms_thresh=1.0,
        ).generate(image)  # fmt: skip
    assert_same(drained(automatic(predictor, image, preset)), expected)


class _AsTheirs:
    """The starter with the interface of SamPredictor. Enlarges by torch, not by our own code."""

    device = torch.device("cpu")
    model = SimpleNamespace(mask_threshold=0.0)
    transform = SimpleNamespace(apply_coords=lambda points, size: points)

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    def set_image(self, image):
        self._embedding = self._predictor.encode(image)

    def reset_image(self):
        del self._embedding

    def predict_torch(self, points, labels, *, multimask_output, return_logits):
        candidates = self._predictor.decode_clicks(self._embedding, points[:, 0].numpy())
        masks = torch.stack([torch.stack([self._enlarged(c) for c in of_one]) for of_one in candidates])
        return masks, torch.tensor([[c.predicted_iou for c in of_one] for of_one in candidates]), None

    def _enlarged(self, candidate: Candidate) -> torch.Tensor:
        frame = candidate.frame
        logits = torch.from_numpy(candidate.logits)[None, None]
        padded = F.interpolate(logits, frame.padded_size, mode="bilinear", align_corners=False)
        cut = padded[..., : frame.input_size[0], : frame.input_size[1]]
        return F.interpolate(cut, frame.image_size, mode="bilinear", align_corners=False)[0, 0]


@pytest.mark.parametrize("offset", [0.02, 1.0])
def test_no_mask_is_lost_to_the_rough_look_at_the_logits(offset, monkeypatch):
    """Whatever the offset: the rough look must not judge by another one."""
    predictor = load_predictor("starter")
    image = read_image(resource("samples/coffee.png")).pixels
    preset = Preset((6,), min_predicted_iou=0.3, min_stability=0.9, stability_offset=offset)
    found = drained(automatic(predictor, image, preset))
    monkeypatch.setattr("app.sam.automatic._ROUGH", 1.0)
    assert [f.mask for f in found] == [f.mask for f in drained(automatic(predictor, image, preset))]


@pytest.mark.slow
def test_the_starter_finds_what_the_reference_would():
    predictor = load_predictor("starter")
    image = read_image(resource("samples/coffee.png")).pixels
    preset = Preset((12,), min_predicted_iou=0.4, min_stability=0.75)
    expected = generator(
        reference.small_vit(),
        _AsTheirs(predictor),
        points_per_side=12,
        pred_iou_thresh=0.4,
        stability_score_thresh=0.75,
    ).generate(image)
    assert_same(drained(automatic(predictor, image, preset)), expected)


def test_suppression_is_that_of_the_plain_loop():
    rng = np.random.default_rng(3)
    corners = rng.integers(0, 60, (80, 2))
    boxes = np.concatenate([corners, corners + rng.integers(0, 40, (80, 2))], axis=1)
    scores = rng.integers(0, 9, 80) / 9  # many are equal
    expected = _nms(torch.from_numpy(boxes), torch.from_numpy(scores), torch.zeros(80), 0.5)
    assert suppressed(boxes, scores, 0.5).tolist() == expected.tolist()


@pytest.mark.parametrize("mode", ["holes", "islands"])
def test_specks_are_those_of_the_reference(mode):
    reference.load("segment_anything")
    theirs = sys.modules["segment_anything.utils.amg"].remove_small_regions
    from app.masks import cleaning
    from app.masks.rle import Mask

    rng = np.random.default_rng(5)
    for _ in range(40):
        noise = rng.random((40, 50)) < rng.uniform(0.3, 0.7)
        pixels = np.kron(noise, np.ones((2, 2), bool))[: rng.integers(20, 80), : rng.integers(20, 100)]
        image = np.zeros((80, 100), bool)
        y, x = rng.integers(81 - pixels.shape[0]), rng.integers(101 - pixels.shape[1])
        image[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
        if not image.any():
            continue
        expected, changed = theirs(image, 30, mode)
        part = Mask.from_array(image).region()
        found = cleaning._filled(part, 30) if mode == "holes" else cleaning._without_islands(part.pixels, 30)
        assert (found is not None) == changed
        if found is not None:
            assert np.array_equal(found, expected[part.y :, part.x :][: found.shape[0], : found.shape[1]])
