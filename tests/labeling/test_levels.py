"""Levels of candidates: told by what lies in what, remembered by class, and put first where there is evidence."""

from __future__ import annotations

import numpy as np
import pytest

from app.labeling.levels import Levels
from app.sam.levels import levelled, usual_first
from app.sam.types import Candidate, Frame

FRAME = Frame((64, 64), (64, 64), (64, 64), (64, 64))


def candidate(x0: int, y0: int, x1: int, y1: int, score: float = 0.9) -> Candidate:
    logits = np.full((64, 64), -5, np.float32)
    logits[y0:y1, x0:x1] = 5
    return Candidate(logits, score, 0.9, FRAME)


def levels(*candidates: Candidate) -> list[str | None]:
    return [each.level for each in levelled(candidates)]


def test_nested_candidates_are_part_whole_and_surroundings_in_whatever_order_they_come():
    small, middle, large = candidate(20, 20, 30, 30), candidate(15, 15, 40, 40), candidate(5, 5, 60, 60)
    assert levels(middle, large, small) == ["whole", "surroundings", "part"]
    assert levels(large, small) == ["whole", "part"]
    assert levels(large) == [None]


def test_what_is_nearly_the_same_is_of_one_level_and_what_is_beside_of_none():
    small, alike, large = candidate(20, 20, 40, 40), candidate(20, 20, 40, 41), candidate(5, 5, 60, 60)
    assert levels(small, alike, large) == ["part", "part", "whole"]
    assert levels(candidate(0, 0, 10, 10), candidate(30, 30, 50, 50), large) == [None] * 3
    assert levels(small, small) == [None, None]
    empty = candidate(0, 0, 0, 0)
    assert levels(empty, small, large) == [None, "part", "whole"]


def test_the_usual_level_comes_first_unless_it_is_clearly_worse():
    found = levelled([candidate(5, 5, 60, 60, 0.95), candidate(20, 20, 30, 30, 0.9), candidate(15, 15, 40, 40, 0.84)])
    assert [each.level for each in usual_first(found, "part")] == ["part", "surroundings", "whole"]
    assert usual_first(found, "whole") == found, "0.84 is clearly worse than 0.95"
    assert usual_first(found, None) == found


# --- memory ------------------------------------------------------------------------------------------------------


def accepted(desk, index: int, *clicks: tuple[float, float]) -> None:
    desk.click(30, 20)
    desk.session.editor.choose_candidate(index)
    for x, y in clicks:
        desk.click(x, y)
    desk.session.acceptance.accept()


def first_level(desk) -> str | None:
    desk.click(30, 20)
    level = desk.session.editor.ring.proposals[0].level
    desk.session.editor.discard()
    return level


@pytest.fixture
def cat(desk):
    desk.session.closeups.enabled = False
    category = desk.session.classes.add("cat")
    desk.session.classes.choose(category.id)
    return category


def test_three_of_the_last_five_make_a_habit(desk, cat):
    assert first_level(desk) == "part"
    for count in range(3):
        assert desk.session.levels.usual is None, f"{count} are not enough"
        ring = _ring(desk)
        accepted(desk, [each.level for each in ring.proposals].index("whole"))
    assert desk.session.levels.usual == "whole"
    assert first_level(desk) == "whole"
    assert desk.session.editor.ring.index == 0
    for _ in range(3):
        accepted(desk, [each.level for each in _ring(desk).proposals].index("part"))
    assert desk.session.levels.usual == "part", "habits change"


def _ring(desk):
    desk.click(30, 20)
    ring = desk.session.editor.ring
    desk.session.editor.discard()
    return ring


def test_another_class_and_another_start_have_no_habit_and_it_can_be_switched_off(desk, cat):
    for _ in range(3):
        accepted(desk, [each.level for each in _ring(desk).proposals].index("whole"))
    assert Levels(desk.project, desk.session.classes).usual == "whole", "it is kept in the project"
    desk.session.classes.choose(desk.session.classes.add("dog").id)
    assert first_level(desk) == "part"
    desk.session.classes.choose(cat.id)
    desk.session.levels.enabled = False
    assert first_level(desk) == "part"


def test_the_mouse_shows_what_the_click_will_give(desk, cat):
    for _ in range(3):
        accepted(desk, [each.level for each in _ring(desk).proposals].index("whole"))
    desk.session.hover.move(30, 20)
    desk.until(lambda: desk.session.hover.outlines)
    shown = desk.session.hover.outlines
    desk.click(30, 20)
    assert np.array_equal(shown[0], desk.session.editor.ring.proposals[0].outlines[0])


def test_a_habit_is_no_step_and_what_strangers_wrote_there_is_none(desk, cat):
    accepted(desk, 0)
    label = desk.project.undo_label
    assert label == "Accept mask"
    for nonsense in ("x", {"1": "whole"}, {"1": ["giant"]}, [1]):
        desk.project.settings.set("levels", nonsense)
        assert Levels(desk.project, desk.session.classes).usual is None


def test_a_correction_counts_as_what_it_became(desk, cat):
    for _ in range(3):
        desk.click(30, 20)
        ring = desk.session.editor.ring
        whole = next(each for each in ring.proposals if each.level == "whole")
        desk.session.editor.edit(whole.region, "brush")
        desk.session.acceptance.accept()
    assert desk.session.levels.usual == "whole"
