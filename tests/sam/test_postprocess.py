"""Masks at the size of the image, against the reference's way of making them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import interpolate

from app.masks.rle import Mask
from app.sam.encoders.starter import Starter
from app.sam.postprocess import logits_of_mask, region, stability_score
from app.sam.preprocess import Square
from app.sam.types import Candidate, Frame

STARTER = Starter()
FRAMES = {"square": Square(1024).frame, "starter": STARTER.frame}


def _upscaled(logits: np.ndarray, frame: Frame) -> np.ndarray:
    """Sam.postprocess_masks of segment_anything."""
    x = interpolate(torch.from_numpy(logits)[None, None], frame.padded_size, mode="bilinear", align_corners=False)
    x = x[..., : frame.input_size[0], : frame.input_size[1]]
    return interpolate(x, frame.image_size, mode="bilinear", align_corners=False)[0, 0].numpy()


def _candidate(logits: np.ndarray, frame: Frame) -> Candidate:
    return Candidate(logits, predicted_iou=0.9, stability_score=0.9, frame=frame)


def _pasted(part) -> np.ndarray:
    pixels = np.zeros(part.image_size, bool)
    height, width = part.pixels.shape
    pixels[part.y : part.y + height, part.x : part.x + width] = part.pixels
    return pixels


def _smooth(frame: Frame, seed: int, blur: float, offset: float) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=frame.mask_size).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    return smooth / (smooth.std() + 1e-6) * 5 + np.float32(offset)


@settings(max_examples=80, deadline=None)
@given(
    kind=st.sampled_from(sorted(FRAMES)),
    height=st.integers(1, 700),
    width=st.integers(1, 700),
    seed=st.integers(0, 1000),
    blur=st.sampled_from([0.3, 2, 12]),
    offset=st.sampled_from([-9, -4, 0, 4, 9]),
)
def test_region_equals_the_reference(kind, height, width, seed, blur, offset):
    frame = FRAMES[kind]((height, width))
    logits = _smooth(frame, seed, blur, offset)
    expected = _upscaled(logits, frame)
    part = region(_candidate(logits, frame))
    different = _pasted(part) != (expected > 0)
    assert np.abs(expected[different]).max(initial=0) < 1e-3  # logits: only rounding decides there
    assert part.image_size == (height, width)
    if part.pixels.size:
        edges = (part.pixels[0], part.pixels[-1], part.pixels[:, 0], part.pixels[:, -1])
        assert all(edge.any() for edge in edges)


def test_region_of_a_large_photo_equals_the_reference():
    frame = Square(1024).frame((2003, 2999))
    logits = _smooth(frame, seed=3, blur=6, offset=0)
    expected = _upscaled(logits, frame)
    different = _pasted(region(_candidate(logits, frame))) != (expected > 0)
    assert np.abs(expected[different]).max(initial=0) < 1e-3


@pytest.mark.parametrize("value", [-3, 0])
def test_an_empty_mask_is_an_empty_region(value):
    frame = Square(1024).frame((480, 640))
    part = region(_candidate(np.full((256, 256), value, np.float32), frame))
    assert part.pixels.shape == (0, 0)
    assert part.image_size == (480, 640)


def test_a_mask_in_the_padding_alone_is_empty():
    frame = Square(1024).frame((100, 1000))
    logits = np.full((256, 256), -5, np.float32)
    logits[100:] = 5
    assert region(_candidate(logits, frame)).pixels.size == 0


def test_a_full_mask_fills_the_image():
    part = region(_candidate(np.ones((256, 256), np.float32), Square(1024).frame((301, 77))))
    assert (part.x, part.y) == (0, 0)
    assert part.pixels.shape == (301, 77)
    assert part.pixels.all()


@pytest.mark.parametrize("kind", sorted(FRAMES))
@pytest.mark.parametrize("size", [(480, 640), (640, 480), (1, 1), (40, 2000)], ids=str)
def test_logits_of_a_mask_give_the_mask_back(kind, size):
    frame = FRAMES[kind](size)
    pixels = np.zeros(size, np.uint8)
    cv2.ellipse(pixels, (size[1] // 2, size[0] // 2), (size[1] // 3 + 1, size[0] // 3 + 1), 0, 0, 360, 1, -1)
    mask = pixels.astype(bool)
    logits = logits_of_mask(mask, frame)
    back = _pasted(region(_candidate(logits, frame)))
    assert logits.shape == frame.mask_size
    assert np.count_nonzero(back & mask) / np.count_nonzero(back | mask) > 0.85
    assert np.array_equal(logits_of_mask(Mask.from_array(mask), frame), logits)


def test_logits_of_a_mask_are_negative_on_the_padding():
    logits = logits_of_mask(np.ones((100, 200), bool), Square(1024).frame((100, 200)))
    assert (logits[:128] > 6).all()
    assert (logits[128:] < -6).all()


def test_logits_of_a_mask_of_another_size_are_refused():
    with pytest.raises(ValueError, match="mask"):
        logits_of_mask(np.ones((100, 200), bool), Square(1024).frame((200, 100)))


def test_stability_is_the_iou_of_two_cuts_without_the_padding():
    frame = Square(1024).frame((100, 200))
    logits = np.full((256, 256), 5, np.float32)
    logits[:128] = -5
    logits[:10] = 5
    logits[10:20] = 0
    assert stability_score(logits, frame) == pytest.approx(0.5)


def test_stability_of_an_empty_mask_is_nought():
    assert stability_score(np.full((256, 256), -9, np.float32), Square(1024).frame((5, 5))) == 0
