"""The simulated person of RITM's evaluation."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.learning.clicks import MAX_CLICKS, Click, iou_after, next_click, number_of_clicks


def square(x0, y0, x1, y1, size=(40, 60)):
    pixels = np.zeros(size, bool)
    pixels[y0:y1, x0:x1] = True
    return pixels


NOTHING = square(0, 0, 0, 0)


def test_the_first_click_lies_in_the_middle():
    assert next_click(square(10, 10, 21, 21), NOTHING, []) == Click(15, 15, True)


def test_a_surplus_part_gets_a_negative_click():
    truth = square(5, 5, 16, 16)
    assert next_click(truth, truth | square(30, 10, 41, 21), []) == Click(35, 15, False)


def test_the_deeper_error_is_clicked_first():
    truth = square(5, 5, 25, 25)
    answer = square(5, 5, 20, 25) | square(40, 5, 43, 25)
    assert next_click(truth, answer, []).positive
    assert not next_click(truth, square(5, 5, 23, 25) | square(40, 5, 49, 25), []).positive


def test_a_tie_is_a_negative_click():
    assert not next_click(square(5, 5, 16, 16), square(30, 5, 41, 16), []).positive


def test_what_lies_beyond_the_border_of_the_image_is_outside():
    assert next_click(square(0, 0, 11, 11), NOTHING, []) == Click(5, 5, True)


def test_a_pixel_is_not_clicked_twice():
    truth = square(10, 10, 13, 13)
    clicked = [next_click(truth, NOTHING, [])]
    second = next_click(truth, NOTHING, clicked)
    assert second is not None
    assert second != clicked[0]


def test_nothing_is_clicked_where_nothing_is_wrong():
    truth = square(5, 5, 16, 16)
    assert next_click(truth, truth, []) is None
    assert next_click(square(5, 5, 6, 6), NOTHING, [Click(5, 5, True)]) is None


def ritm_next_click(truth, answer, clicked):
    """As written in isegm/inference/clicker.py."""
    fn_mask = np.pad(np.logical_and(truth, np.logical_not(answer)), ((1, 1), (1, 1)), "constant").astype(np.uint8)
    fp_mask = np.pad(np.logical_and(np.logical_not(truth), answer), ((1, 1), (1, 1)), "constant").astype(np.uint8)
    not_clicked = np.ones_like(truth, dtype=bool)
    for click in clicked:
        not_clicked[click.y, click.x] = False
    fn_mask_dt = cv2.distanceTransform(fn_mask, cv2.DIST_L2, 0)[1:-1, 1:-1] * not_clicked
    fp_mask_dt = cv2.distanceTransform(fp_mask, cv2.DIST_L2, 0)[1:-1, 1:-1] * not_clicked
    is_positive = np.max(fn_mask_dt) > np.max(fp_mask_dt)
    dt = fn_mask_dt if is_positive else fp_mask_dt
    ys, xs = np.where(dt == np.max(dt))
    return Click(int(xs[0]), int(ys[0]), bool(is_positive))


shapes = st.tuples(st.integers(1, 12), st.integers(1, 12))
pairs = shapes.flatmap(lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape)))


@given(pairs, st.integers(0, 3))
def test_the_clicks_are_those_of_ritm(pair, count):
    truth, answer = pair
    clicked = []
    for _ in range(count + 1):
        click = next_click(truth, answer, clicked)
        if click is None:
            return
        assert click == ritm_next_click(truth, answer, clicked)
        clicked.append(click)


@pytest.mark.parametrize(("target", "clicks"), [(0.5, 1), (0.8, 3), (0.85, 3), (0.9, 4), (0.95, MAX_CLICKS)])
def test_number_of_clicks_is_the_first_that_reaches_the_target(target, clicks):
    assert number_of_clicks([0.5, 0.7, 0.85, 0.9, 0.6], target) == clicks


def test_the_iou_stays_where_the_clicks_ended():
    assert iou_after([0.5, 0.7, 1.0], 1) == 0.5
    assert iou_after([0.5, 0.7, 1.0], 3) == 1.0
    assert iou_after([0.5, 0.7, 1.0], 10) == 1.0
