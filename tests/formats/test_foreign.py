"""What may stand under a key that a format has a meaning for."""

import pytest

from app.formats.foreign import booleans, flag, number, numbers, points, string, whole

EVERYTHING = [
    None, True, 7, "7", "007", "x", "7" * 10, "７", 0.5,
    [], [1, 2.5], [[1, 2], []], [[True]], {}, {"a": True}, {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize(
    ("take", "taken"),
    [
        (string, [("7", "7"), ("007", "007"), ("x", "x"), ("7" * 10, "7" * 10), ("７", "７")]),
        (whole, [(7, 7), ("7", 7), ("007", 7)]),
        (flag, [(True, "1")]),
        (number, [(7, 7.0), (0.5, 0.5)]),
        (numbers, [([], []), ([1, 2.5], [1, 2.5])]),
        (points, [([], []), ([[1, 2], []], [[1, 2], []])]),
        (booleans, [({}, {}), ({"a": True}, {"a": True})]),
    ],
)
def test_values_that_fit_are_taken_and_no_others(take, taken):
    assert [(value, take(value)) for value in EVERYTHING if take(value) is not None] == taken


@pytest.mark.parametrize("value", [False, 0, "0", True, 1, "1"])
def test_flags(value):
    assert flag(value) == str(int(value))
