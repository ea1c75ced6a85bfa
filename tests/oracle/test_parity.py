"""Ours against segment_anything and mobile_sam, with the same random weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from app.sam.encoders.vit import ImageEncoderViT
from app.sam.families import FAMILIES
from app.sam.network import PromptTensors
from app.sam.postprocess import region
from app.sam.predictor import Predictor
from app.sam.preprocess import Square
from app.sam.runtime.eager import Eager
from app.sam.sam import Sam
from app.sam.types import Prompt
from tests.oracle import reference

RELATIVE = 1e-4
"""To the largest value; the two differ by less than 2e-6 on the machine where this was written."""

POINTS = torch.tensor([[[100.25, 200.75], [700.0, 650.5]]])
LABELS = torch.tensor([[1, 0]])
BOX = torch.tensor([[50.0, 60.5, 900.0, 800.25]])
LOGITS = torch.randn(1, 256, 256, generator=torch.Generator().manual_seed(5)) * 5
MANY = torch.rand(1, 20, 2, generator=torch.Generator().manual_seed(6)) * 1024
PROMPTS = {
    "points": PromptTensors(POINTS, LABELS),
    "twenty points": PromptTensors(MANY, torch.arange(20)[None] % 2),
    "box": PromptTensors(POINTS[:, :0], LABELS[:, :0], BOX),
    "both": PromptTensors(POINTS, LABELS, BOX),
    "mask": PromptTensors(POINTS[:, :0], LABELS[:, :0], logits=LOGITS),
    "points and mask": PromptTensors(POINTS, LABELS, logits=LOGITS),
    "all": PromptTensors(POINTS, LABELS, BOX, LOGITS),
}


def assert_close(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    assert ours.shape == theirs.shape
    if theirs.numel():
        assert theirs.std() > 0.1 * theirs.abs().max() / theirs.numel() ** 0.5  # a constant would show nothing
        assert (ours - theirs).abs().max() <= RELATIVE * theirs.abs().max()


def small_vit() -> tuple[nn.Module, Sam]:
    """Windowed, global, windowed, global: 64 tokens a side, so windows of 14 need padding."""
    return reference.small_vit(), Sam(ImageEncoderViT(dim=96, depth=4, heads=3, global_blocks=(1, 3)))


def mobile_sam() -> tuple[nn.Module, Sam]:
    theirs = reference.load("mobile_sam").sam_model_registry["vit_t"]()
    ours = FAMILIES["mobile_sam"].build()
    assert isinstance(ours, Sam)
    return theirs, ours


@pytest.fixture(
    scope="module",
    params=[small_vit, pytest.param(mobile_sam, marks=pytest.mark.slow)],
    ids=lambda build: build.__name__,
)
def pair(request):
    """(theirs, ours) with the same weights, every one of them random."""
    theirs, ours = request.param()
    reference.randomise(theirs)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    with torch.inference_mode():
        yield theirs, ours.eval()


@pytest.fixture(scope="module")
def embedding(pair):
    return torch.randn(1, 256, 64, 64, generator=torch.Generator().manual_seed(3))


def test_the_embedding_of_an_image(pair):
    theirs, ours = pair
    pixels = torch.randn(1, 3, 1024, 1024, generator=torch.Generator().manual_seed(2))
    assert_close(ours.encode(pixels)[0], theirs.image_encoder(pixels))


def test_the_positional_encoding(pair):
    theirs, ours = pair
    assert_close(ours.positions((1024, 1024)), theirs.prompt_encoder.get_dense_pe())


@pytest.mark.parametrize("name", PROMPTS)
def test_prompt_embeddings_logits_and_iou(pair, embedding, name):
    theirs, ours = pair
    prompt = PROMPTS[name]
    sparse, dense = theirs.prompt_encoder(
        points=(prompt.points, prompt.labels) if prompt.points.shape[1] else None,
        boxes=prompt.box,
        masks=None if prompt.logits is None else prompt.logits[:, None],
    )
    assert_close(ours.prompt_encoder.sparse(prompt), sparse)
    assert_close(ours.prompt_encoder.dense(prompt).expand_as(dense), dense)
    positions = theirs.prompt_encoder.get_dense_pe()
    logits, iou = theirs.mask_decoder.predict_masks(embedding, positions, sparse, dense)
    our_logits, our_iou = ours.decode((embedding,), positions, prompt)
    assert_close(our_logits, logits)
    assert_close(our_iou, iou)


def test_a_batch_of_prompts_is_as_one_by_one(pair, embedding):
    _, ours = pair
    positions = ours.positions((1024, 1024))
    points = torch.rand(3, 2, 2, generator=torch.Generator().manual_seed(4)) * 1024
    labels = torch.tensor([[1, 0], [1, 1], [0, 1]])
    together = ours.decode((embedding,), positions, PromptTensors(points, labels))
    for i in range(3):
        alone = ours.decode((embedding,), positions, PromptTensors(points[i : i + 1], labels[i : i + 1]))
        assert_close(together[0][i : i + 1], alone[0])
        assert_close(together[1][i : i + 1], alone[1])


def test_from_image_and_click_to_mask_as_their_predictor(pair):
    theirs, ours = pair
    image = np.random.default_rng(0).integers(0, 256, (333, 517, 3), dtype=np.uint8)
    image = image // 4 + np.linspace(0, 180, 517).astype(np.uint8)[None, :, None]
    their_predictor = reference.load("segment_anything").SamPredictor(theirs)
    their_predictor.set_image(image)
    our_predictor = Predictor(Eager(ours), "x", "x")
    our_embedding = our_predictor.encode(image)
    assert_close(torch.from_numpy(our_embedding.features[0]), their_predictor.features)

    box = np.array([20, 30, 400, 300])
    masks, iou, logits = their_predictor.predict(np.array([[150, 99], [300, 40]]), np.array([1, 0]), box, None, True)
    prompt = Prompt().with_point(150, 99).with_point(300, 40, positive=False).with_box(*box)
    order = np.argsort(-iou, kind="stable")
    for candidate, i in zip(our_predictor.decode(our_embedding, prompt, multimask=True), order, strict=True):
        assert candidate.predicted_iou == pytest.approx(float(iou[i]), rel=1e-3)
        assert_close(torch.from_numpy(candidate.logits), torch.from_numpy(logits[i]))
        part = region(candidate)
        ours_full = np.zeros(masks[i].shape, bool)
        ours_full[part.y : part.y + part.pixels.shape[0], part.x : part.x + part.pixels.shape[1]] = part.pixels
        assert np.count_nonzero(ours_full != masks[i]) < 1e-4 * masks[i].size


@pytest.mark.parametrize("size", [(480, 640), (1000, 37), (1024, 1024), (1, 1), (3, 900), (1365, 2048)], ids=str)
def test_preprocessing_agrees_to_the_bit(size):
    theirs = reference.small_vit(depth=1, global_blocks=())
    transform = reference.load("segment_anything").utils.transforms.ResizeLongestSide(1024)
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    resized = torch.as_tensor(transform.apply_image(image)).permute(2, 0, 1)
    frame = Square(1024).frame(size)
    assert frame.input_size == tuple(resized.shape[-2:])
    assert torch.equal(torch.from_numpy(Square(1024).pixels(image, frame)), theirs.preprocess(resized[None])[0])


@pytest.mark.slow
def test_vit_b_at_full_size():
    theirs = reference.load("segment_anything").sam_model_registry["vit_b"]()
    reference.randomise(theirs)
    ours = FAMILIES["vit_b"].build()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    pixels = torch.randn(1, 3, 1024, 1024, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        expected = theirs.image_encoder(pixels)
        features = ours.eval().encode(pixels)
        assert_close(features[0], expected)
        positions = theirs.prompt_encoder.get_dense_pe()
        sparse, dense = theirs.prompt_encoder((POINTS, LABELS), BOX, LOGITS[:, None])
        logits, iou = theirs.mask_decoder.predict_masks(expected, positions, sparse, dense)
        our_logits, our_iou = ours.decode(features, positions, PROMPTS["all"])
    assert_close(our_logits, logits)
    assert_close(our_iou, iou)
