"""File names in a list that is too narrow for them stay different from each other."""

from __future__ import annotations

import random

import pytest

from app.ui.short_names import ListedName, common_to, listed


def _shown(names, room):
    """As a list of that width shows them, every character one wide."""
    common = common_to(names)
    return [listed(names, row, common).shortened(lambda text: len(text) <= room) for row in range(len(names))]


def _in_lines(names, room):
    common = common_to(names)
    return [listed(names, row, common).lines(lambda text: len(text) <= room) for row in range(len(names))]


FRAMES = [f"frame_{number:06}.jpg" for number in range(100, 300)]


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (16, "frame_000123.jpg"),
        (14, "fra…000123.jpg"),
        (11, "…000123.jpg"),
        (9, "…0123.jpg"),
        (8, "…123.jpg"),
    ],
)
def test_the_end_that_differs_is_kept(room, shown):
    names = _shown(FRAMES, room)
    assert names[23] == shown
    assert len(set(names)) == len(FRAMES)


def test_what_differs_in_the_middle_is_kept_too():
    names = [f"2024-05-01_{place}_{n:03}_overview_corrected.tif" for place in ("left", "right") for n in range(60)]
    for room in range(26, 40):
        shown = _shown(names, room)
        assert len(set(shown)) == len(names), room
        assert max(map(len, shown)) <= room


@pytest.mark.parametrize(
    ("name", "room", "lines"),
    [
        ("Einkauf im März.jpg", 19, ("Einkauf im März.jpg",)),
        ("Einkauf im März.jpg", 13, ("Einkauf im", "März.jpg")),
        ("Einkauf im März.jpg", 16, ("Einkauf im", "März.jpg")),
        ("frame_000123.jpg", 11, ("frame_", "000123.jpg")),
        ("IMG_20240314_truck_in_front_of_the_house_0001.jpg", 16, ("IMG_20240314_", "truck_in_f…1.jpg")),
        ("withoutanyplacetobreak.jpg", 14, ("withoutanyplac", "etobreak.jpg")),
    ],
)
def test_a_long_name_has_two_lines(name, room, lines):
    assert ListedName(name).lines(lambda text: len(text) <= room) == lines


def test_names_in_two_lines_are_different_and_within_the_room():
    names = [f"2024-05-01_{place}_{n:03}_overview_corrected.tif" for place in ("left", "right") for n in range(60)]
    for room in range(12, 40):
        shown = _in_lines(names, room)
        assert len(set(shown)) == len(names), room
        assert max(len(line) for lines in shown for line in lines) <= room


def test_a_name_alone_loses_its_middle():
    assert _shown(["a_photo_of_my_cat_on_the_roof.jpg"], 15) == ["a_photo_of….jpg"]


def test_nothing_is_wider_than_the_room():
    """Names of all kinds, some of them the same ones in other folders."""
    rng = random.Random(3)
    for _ in range(200):
        head = "".join(rng.choices("ab_0", k=rng.randrange(0, 12)))
        names = sorted(head + "".join(rng.choices("ab_01", k=rng.randrange(1, 30))) + ".png" for _ in range(20))
        for room in (6, 12, 20):
            assert max(map(len, _shown(names, room))) <= room


def test_there_is_a_name_even_where_there_is_no_room():
    assert ListedName("frame_1.jpg").shortened(lambda _text: False)
    assert ListedName("").shortened(lambda _text: False) == ""
    assert all(ListedName("frame_1.jpg").lines(lambda _text: False))
