"""What may stand under a key that a format has a meaning for."""

import numpy as np
import pytest

from app.formats.kit.coercion import booleans, flag, nothing, number, numbers, points, string, whole, xml_string
from app.formats.registry import format_named
from app.masks.rle import Mask
from app.project.records import Annotation, Category
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

EVERYTHING = [
    None, True, 7, "7", "007", "x", "7" * 19, "７", 0.5,
    [], [1, 2.5], [[1, 2], []], [[True]], {}, {"a": True}, {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize(
    ("take", "taken"),
    [
        (string, [("7", "7"), ("007", "007"), ("x", "x"), ("7" * 19, "7" * 19), ("７", "７")]),
        (xml_string, [("7", "7"), ("007", "007"), ("x", "x"), ("7" * 19, "7" * 19), ("７", "７")]),
        (nothing, []),
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


@pytest.mark.parametrize(("value", "taken"), [("-3", -3), (-3, -3), ("9" * 18, 10**18 - 1), (10**18, None), ("", None)])
def test_whole_numbers_have_bounds(value, taken):
    assert whole(value) == taken


def test_a_whole_number_of_any_length_is_no_float():
    assert number(10**400) is None


def test_text_that_xml_cannot_hold_is_not_taken():
    assert (string("a\x01"), xml_string("a\x01")) == ("a\x01", None)


NOT_LABELME = {"mask": "x", "label": "y", "flags": {"a": 1}, "group_id": [7]}
NOT_SA1B = {"id": 7, "bbox": [], "category": "y", "predicted_iou": "much", "crop_box": "all"}


@pytest.mark.parametrize(
    ("name", "kept", "lost"),
    [
        ("labelme", {"group_id": 12345678901, "flags": {"a": True}, "score": [1, None]}, NOT_LABELME),
        ("sa1b", {"crop_box": [1, 2, 3, 4.5], "score": [1, None]}, NOT_SA1B),
        ("cvat", {"group_id": 12345678901, "occluded": "1"}, {"group_id": "a", "source": "\x01", "occluded": 2}),
        ("cvat", {"group_id": -3, "source": "semi-auto"}, {"group_id": 10**18, "score": 0.5}),
        ("voc", {"pose": "Left", "difficult": "1"}, {"pose": 5, "difficult": "much", "truncated": []}),
    ],
)
def test_a_value_comes_back_or_is_counted_and_named(make_project, tmp_path, name, kept, lost):
    """Each object has one key."""
    one, other, each = make_project("cat.png"), make_project("cat.png", folder="copy"), format_named(name)
    extras = [{key: value} for extra in (kept, lost) for key, value in extra.items()]
    with one.step("Add") as step:
        category = step.add(Category(0, "cat", ""))
        for x, extra in enumerate(extras):
            step.add(Annotation(0, 1, category.id, column(x), extra=extra))
    report = drained(each.export_file(one, tmp_path / "out"))
    places = [f"cat.png, object {len(kept) + number}" for number in range(1, len(lost) + 1)]
    assert (report.losses, report.places["other imported data"]) == ({"other imported data": len(lost)}, places)
    assert drained(each.import_file(other, tmp_path / "out")).problems == []
    back = {annotation.mask.bbox[0]: annotation.extra for annotation in other.annotation_table.all()}
    assert back == {x: extra if x < len(kept) else {} for x, extra in enumerate(extras)}


def column(x):
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[2:5, x] = True
    return Mask.from_array(pixels)
