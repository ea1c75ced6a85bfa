"""Prompts as values."""

from __future__ import annotations

import numpy as np
import pytest

from app.problem import Problem
from app.sam.types import Prompt


def test_a_prompt_is_never_changed():
    first = Prompt().with_point(1, 2)
    second = first.with_point(3, 4, positive=False).with_box(0, 0, 9, 9)
    assert first.points.tolist() == [[1, 2]]
    assert first.box is None
    assert second.points.tolist() == [[1, 2], [3, 4]]
    assert second.labels.tolist() == [1, 0]


def test_a_box_drawn_backwards_is_the_same_box():
    for corners in ((1, 2, 8, 9), (8, 9, 1, 2), (8, 2, 1, 9)):
        box = Prompt().with_box(*corners).box
        assert box is not None
        assert box.tolist() == [1, 2, 8, 9]


def test_only_one_click_and_nothing_else_is_ambiguous():
    click = Prompt().with_point(1, 1)
    assert click.is_ambiguous
    assert not click.with_point(2, 2).is_ambiguous
    assert not click.with_box(0, 0, 1, 1).is_ambiguous
    assert not click.with_logits(np.zeros((8, 8), np.float32)).is_ambiguous


def test_a_prompt_is_empty_until_something_is_said():
    assert Prompt().is_empty
    assert not Prompt().with_box(0, 0, 1, 1).is_empty
    assert not Prompt().with_logits(np.zeros((8, 8), np.float32)).is_empty


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_coordinates_that_are_not_numbers_are_a_problem(bad):
    with pytest.raises(Problem, match="not a number"):
        Prompt().with_point(bad, 1)
    with pytest.raises(Problem, match="not a number"):
        Prompt().with_box(0, 0, 1, bad)


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": np.zeros((2, 3), np.float32), "labels": np.ones(2, np.int8)},
        {"points": np.zeros((2, 2), np.float32), "labels": np.ones(1, np.int8)},
        {"points": np.zeros((1, 2), np.float32), "labels": np.array([-1], np.int8)},
        {"box": np.zeros((2, 2), np.float32)},
    ],
)
def test_arrays_of_the_wrong_shape_are_an_error_of_the_caller(wrong):
    with pytest.raises(ValueError, match="points"):
        Prompt(**wrong)
