"""Keys that come sooner than answers do, or than a button goes up: nothing is lost, and nothing else is meant."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.masks.strokes import Stroke
from app.problem import Problem
from app.project.records import Category
from tests.labeling.test_carrying import press
from tests.labeling.test_dropped import CORNERS, clicked, undo_says

STROKE = Stroke(((5.0, 43.0), (12.0, 44.0)), 2)


def test_undo_takes_back_an_accept_whose_mask_is_still_to_come_and_no_other(desk, acting):
    first = desk.accept_one()
    desk.session.editor.point(10, 40)
    press(acting, "Return")
    assert desk.session.acceptance.pending == 1
    assert undo_says(acting) == "Undo the accepting"
    press(acting, "Ctrl+Z")
    assert desk.session.acceptance.pending == 0
    desk.until_answered()
    assert [each.id for each in desk.saved()] == [first]
    assert desk.session.editor.proposal is not None
    assert desk.session.editor.prompt.points.tolist() == [[10, 40]]
    press(acting, "Return")
    assert len(desk.saved()) == 2


def test_what_was_done_after_an_accept_whose_mask_is_to_come_is_undone_before_it(desk, acting):
    saved = desk.accept_one()
    desk.session.editor.point(10, 40)
    press(acting, "Return")
    desk.session.objects.select(saved)
    desk.session.objects.delete_selected()
    assert not desk.session.acceptance.can_take_back
    press(acting, "Ctrl+Z")
    assert [each.id for each in desk.saved()] == [saved]
    assert desk.session.acceptance.pending == 1


def test_of_two_accepts_the_later_is_taken_back_whichever_has_its_mask(desk, acting):
    for x, y in ((10, 40), (50, 10)):
        desk.session.editor.point(x, y)
        press(acting, "Return")
    desk.until(lambda: desk.session.acceptance.pending == 1)
    [pending] = desk.session.acceptance._in_advance.values()
    is_later = pending.accepted.draft.prompt.points.tolist() == [[50, 10]]
    assert desk.session.acceptance.can_take_back == is_later
    press(acting, "Ctrl+Z")
    assert len(desk.saved()) == (1 if is_later else 0)
    assert desk.session.acceptance.pending == (0 if is_later else 1)


def test_an_accept_on_another_image_is_taken_back_to_where_it_was(desk, acting):
    desk.session.editor.point(10, 40)
    press(acting, "Return")
    first = desk.session.image_id
    desk.session.navigation.next()
    press(acting, "Ctrl+Z")
    assert desk.session.image_id == first
    assert "in the making again" in desk.notices()[-1]
    desk.until_answered()
    assert not desk.saved()
    assert desk.session.editor.prompt.points.tolist() == [[10, 40]]


def test_a_candidate_that_is_chosen_before_it_is_there_is_the_one_that_is_accepted(desk, acting):
    desk.click()
    expected = desk.session.editor.ring.proposals[1].mask
    press(acting, "Esc")
    desk.session.editor.point(30, 20)
    desk.until(lambda: not desk.session.editor.is_waiting)
    assert not desk.session.editor.ring.is_whole
    press(acting, "Tab")
    press(acting, "Return")
    desk.until(desk.saved)
    assert desk.saved()[0].mask == expected


def test_a_stroke_whose_button_is_down_belongs_to_the_object_that_is_accepted(desk, acting):
    desk.click()
    without = desk.session.editor.proposal.mask
    acting.hand.take(TOOLBOX.named("brush"))
    acting.hand.press(PointerEvent(5, 43, "left"))
    acting.hand.move(PointerEvent(20, 44, "left"))
    press(acting, "Return")
    assert not acting.hand.is_busy
    desk.until(desk.saved)
    [saved] = desk.saved()
    assert saved.mask.covers(12, 43)
    assert not without.covers(12, 43)
    acting.hand.release(PointerEvent(21, 44, "none", down=False))
    assert not desk.session.editor.draft.is_live


def test_undo_after_esc_brings_back_what_went_though_another_one_waited_below(desk, acting):
    desk.click(40, 30)
    waiting = desk.session.editor.proposal.mask
    press(acting, "Return")
    [row] = desk.saved()
    desk.click(10, 40)
    below = desk.session.editor.draft
    desk.session.editor.resume(row.id)
    desk.session.painter.stroke(STROKE)
    dropped = desk.session.editor.draft
    press(acting, "Esc")
    assert desk.session.editor.draft.is_live, "the one that waited is taken up"
    assert desk.session.editor.draft.prompt.points.tolist() == below.prompt.points.tolist()
    press(acting, "Ctrl+Z")
    assert desk.session.editor.draft is dropped
    press(acting, "Return")
    assert desk.session.editor.draft.prompt.points.tolist() == below.prompt.points.tolist()
    assert desk.saved()[0].mask != waiting


@pytest.mark.parametrize(("tool", "least"), [("polygon", 3), ("line", 2)])
def test_corners_come_back_when_what_they_make_could_not_be_made(desk, acting, tool, least, monkeypatch):
    acting.hand.take(TOOLBOX.named(tool))
    clicked(acting, *CORNERS[:least])

    def refuse(*_given, **_named):
        raise Problem("It is too large.")

    with monkeypatch.context() as patch:
        patch.setattr(desk.session.painter, "combine", refuse)
        with pytest.raises(Problem, match="too large"):
            acting.hand.press_key("finish")
    assert not acting.hand.is_busy
    assert undo_says(acting) == "Undo the discarding"
    press(acting, "Ctrl+Z")
    assert acting.hand.is_staying
    acting.hand.press_key("finish")
    assert desk.session.editor.draft.is_live


def test_a_class_key_means_the_selection_again_when_what_waited_is_gone(desk, acting):
    saved = desk.accept_one()
    other = desk.session.classes.add("other")
    desk.click(40, 30)
    desk.open(1)
    desk.open(0)
    assert desk.session.editor.draft.category_id is not None
    press(acting, "Backspace")
    assert not desk.session.editor.draft.is_live
    desk.session.objects.select(saved)
    desk.session.set_category(other.id)
    assert desk.saved()[0].category_id == other.id


def test_an_object_without_a_class_stays_without_one_when_it_is_refined(desk):
    saved = desk.accept_one()
    with desk.project.step("Without a class") as step:
        step.put(replace(desk.saved()[0], category_id=None))
    desk.session.editor.resume(saved)
    desk.session.painter.stroke(STROKE)
    assert desk.session.editor.category is None
    desk.session.acceptance.accept()
    assert desk.saved()[0].category_id is None


def test_an_offer_waits_until_the_gesture_under_way_is_over(desk, acting):
    desk.accept_one()
    acting.hand.take(TOOLBOX.named("polygon"))
    press(acting, "N")
    clicked(acting, *CORNERS)
    desk.until(lambda: desk.session.drafts.offers.following())
    assert not desk.session.editor.draft.is_live
    acting.hand.press_key("finish")
    draft = desk.session.editor.draft
    assert draft.is_live
    assert draft.carried is None


def test_a_copy_keeps_the_class_of_its_name_where_another_differs_in_case_alone(desk, acting):
    with desk.project.step("Import") as step:
        step.add(Category(0, "Cat", "#111111"))
        lower = step.add(Category(0, "cat", "#222222"))
    desk.session.classes.choose(lower.id)
    desk.session.objects.select(desk.accept_one())
    press(acting, "Ctrl+D")
    assert [each.category_id for each in desk.saved()] == [lower.id, lower.id]


@pytest.mark.parametrize(("tool", "least"), [("polygon", 3), ("line", 2)])
def test_what_is_drawn_while_a_mask_is_still_to_come_waits_for_it(desk, acting, tool, least):
    """Else the click would be lost, and the object be what was drawn alone."""
    acting.hand.take(TOOLBOX.named(tool))
    clicked(acting, *CORNERS[:least])
    desk.session.editor.point(10, 40)
    with pytest.raises(Problem, match="still to come"):
        acting.hand.press_key("finish")
    desk.until_answered()
    clicked_mask = desk.session.editor.proposal.mask
    press(acting, "Ctrl+Z")
    acting.hand.press_key("finish")
    drawn = desk.session.editor.proposal.mask
    assert drawn.area > clicked_mask.area
    assert drawn.covers(10, 40)


def test_a_stroke_while_a_mask_is_still_to_come_says_so_and_loses_no_click(desk):
    desk.session.editor.point(10, 40)
    with pytest.raises(Problem, match="still to come"):
        desk.session.painter.stroke(STROKE)
    desk.until_answered()
    desk.session.painter.stroke(STROKE)
    assert desk.session.editor.proposal.mask.covers(10, 40)
