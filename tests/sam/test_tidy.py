"""Islands go, what was clicked stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.sam.tidy import tidied
from app.sam.types import Frame, Prompt

FRAME = Frame((160, 160), (160, 160), (160, 160), (40, 40))  # a cell of the logits is four pixels wide


def _logits(*boxes):
    logits = np.full((40, 40), -5, np.float32)
    for x0, y0, x1, y1 in boxes:
        logits[y0:y1, x0:x1] = 5
    return logits


def test_islands_that_were_not_clicked_go():
    tidy = tidied(_logits((2, 2, 12, 12), (30, 30, 38, 38)), Prompt().with_point(20, 20), FRAME)
    assert (tidy > 0)[2:12, 2:12].all()
    assert not (tidy > 0)[30:, 30:].any()


def test_every_part_with_a_positive_click_stays():
    prompt = Prompt().with_point(20, 20).with_point(130, 130)
    logits = _logits((2, 2, 12, 12), (30, 30, 38, 38))
    assert (tidied(logits, prompt, FRAME) == logits).all()


def test_a_box_keeps_the_large_parts():
    prompt = Prompt().with_box(0, 0, 160, 160)
    tidy = tidied(_logits((2, 2, 12, 12), (20, 20, 30, 30), (35, 35, 37, 37)), prompt, FRAME)
    assert (tidy > 0).sum() == 200


def test_pinholes_are_filled_unless_they_were_clicked_away():
    logits = _logits((0, 0, 30, 30))
    logits[10:12, 10:12] = logits[20:22, 20:22] = -5
    logits[3:15, 20:28] = -5  # a hole that is meant
    prompt = Prompt().with_point(20, 20).with_point(84, 84, positive=False)
    tidy = tidied(logits, prompt, FRAME) > 0
    assert tidy[10:12, 10:12].all()
    assert not tidy[20:22, 20:22].any()
    assert not tidy[3:15, 20:28].any()


def test_an_empty_mask_and_a_full_one_stay_as_they_are():
    for logits in (np.full((40, 40), -1, np.float32), np.full((40, 40), 1, np.float32)):
        assert (tidied(logits, Prompt().with_point(500, -3), FRAME) == logits).all()


@pytest.mark.parametrize(("x", "y"), [(1, 1), (80, 80), (79.5, 83.9), (159, 3)])
def test_at_a_click_the_mask_is_as_clicked(x, y):
    """At the clicked pixel, once the logits are enlarged to the image."""
    for value, positive in ((-5, True), (5, False)):
        logits = np.full((40, 40), value, np.float32)
        prompt = Prompt().with_point(20, 120, positive=not positive).with_point(x, y, positive=positive)
        enlarged = cv2.resize(tidied(logits, prompt, FRAME), (160, 160), interpolation=cv2.INTER_LINEAR)
        assert (enlarged[int(y), int(x)] > 0) == positive
        assert (enlarged[110, 150] > 0) != positive


def test_a_mask_stays_in_the_drawn_box_unless_something_outside_was_clicked():
    logits = _logits((2, 2, 30, 30))
    prompt = Prompt().with_box(22, 23, 81, 82.4)
    enlarged = cv2.resize(tidied(logits, prompt, FRAME), (160, 160), interpolation=cv2.INTER_LINEAR) > 0
    assert enlarged[24:81, 23:80].all()  # corners are rounded by less than a pixel
    ys, xs = np.nonzero(enlarged)
    assert (xs.min(), xs.max(), ys.min(), ys.max()) == (22, 80, 23, 81)
    assert (tidied(logits, prompt.with_point(50, 50).with_point(100, 100), FRAME) > 0).sum() == 28 * 28


@pytest.mark.parametrize(
    "box", [(0, 0, 160, 160), (50, 60, 51, 61), (40, 8, 42, 100), (0, 0, 1, 1), (158.7, 3, 160, 9)]
)
def test_boxes_of_any_size_cut_at_their_edges_or_leave_one_cell(box):
    logits = np.full((40, 40), 6, np.float32)
    tidy = tidied(logits, Prompt().with_box(*box), FRAME)
    enlarged = cv2.resize(tidy, (160, 160), interpolation=cv2.INTER_LINEAR) > 0
    ys, xs = np.nonzero(enlarged)
    assert (logits == 6).all()
    for low, high, (first, last) in ((box[0], box[2], (xs.min(), xs.max())), (box[1], box[3], (ys.min(), ys.max()))):
        if high - low >= 4:
            assert (first, last) == (np.floor(low + 0.5), np.ceil(high - 0.5) - 1)
        else:
            assert last - first < 6
            assert first <= (low + high) / 2 <= last + 1
