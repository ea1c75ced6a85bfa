"""Keys that come sooner than answers do, or than a button goes up: nothing is lost, and nothing else is meant."""

from __future__ import annotations

from dataclasses import replace as replace_parts

import numpy as np
import pytest
from msgspec.structs import replace

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.masks.combining import union
from app.masks.rle import Mask
from app.masks.strokes import Stroke, rasterized
from app.problem import Problem
from app.project.records import Category
from tests.labeling.test_carrying import press
from tests.labeling.test_dropped import CORNERS, clicked, undo_says

STROKE = Stroke(((5.0, 43.0), (12.0, 44.0)), 2)
BESIDE = Stroke(((50.0, 4.0), (56.0, 4.0)), 2)


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


@pytest.mark.parametrize("key", ["Shift+X", "}"])
def test_what_is_done_to_a_mask_waits_for_the_candidate_that_was_chosen_before_it_is_there(desk, acting, key):
    desk.session.editor.point(30, 20)
    desk.until(lambda: not desk.session.editor.is_waiting)
    assert not desk.session.editor.ring.is_whole
    press(acting, "Tab")
    press(acting, key)
    assert desk.notices()[-1] == "There is no mask yet."
    desk.until_answered()
    assert len(desk.session.editor.draft.revisions) == 1
    assert not desk.saved()


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


DRAWN = {
    "polygon": lambda acting: (clicked(acting, *CORNERS), acting.hand.press_key("finish")),
    "line": lambda acting: (clicked(acting, *CORNERS[:2]), acting.hand.press_key("finish")),
    "rectangle": lambda acting: dragged(acting, (5, 5), (40, 30)),
    "ellipse": lambda acting: dragged(acting, (5, 5), (40, 30)),
    "brush": lambda acting: dragged(acting, (5, 5), (40, 5)),
}


def dragged(acting, start, end, button="left"):
    acting.hand.press(PointerEvent(*start, button))
    acting.hand.move(PointerEvent(*end, button))
    acting.hand.release(PointerEvent(*end, "none", down=False))


@pytest.mark.parametrize("tool", DRAWN)
def test_what_is_drawn_while_a_mask_is_still_to_come_is_laid_on_it(desk, acting, tool):
    """Neither the click nor what was drawn is lost."""
    acting.hand.take(TOOLBOX.named(tool))
    DRAWN[tool](acting)
    alone = desk.session.editor.proposal.mask
    desk.session.editor.discard()
    desk.click(10, 40)
    clicked_mask = desk.session.editor.proposal.mask
    desk.session.editor.discard()
    desk.session.editor.point(10, 40)
    DRAWN[tool](acting)
    assert desk.session.editor.is_waiting
    assert desk.notices()[-1].startswith("It becomes part of the mask as soon as")
    desk.until(lambda: len(desk.session.editor.draft.revisions) == 2)
    assert desk.session.editor.proposal.mask == union([clicked_mask, alone])
    assert desk.session.editor.prompt.points.tolist() == [[10, 40]]
    press(acting, "Backspace")
    desk.until_answered()
    assert desk.session.editor.proposal.mask == clicked_mask


def test_several_things_drawn_meanwhile_keep_their_order(desk):
    desk.session.editor.point(10, 40)
    desk.session.painter.stroke(STROKE)
    desk.session.painter.stroke(replace_parts(STROKE, positive=False))
    desk.session.painter.stroke(BESIDE)
    desk.session.painter.stroke(BESIDE)
    desk.until(lambda: not desk.session.editor.is_waiting)
    shown = desk.session.editor.proposal.mask
    assert not shown.covers(8, 43)
    assert shown.covers(53, 4)
    assert desk.session.editor.draft.strokes == 3, "the last changed nothing"


@pytest.mark.parametrize("is_accepted", [False, True])
def test_a_fill_waits_for_the_mask_that_is_still_to_come(desk, acting, is_accepted):
    """A ring is added to the answer, and its hole is filled before either is there."""
    acting.hand.take(TOOLBOX.named("fill"))
    ring = np.zeros((48, 64), bool)
    ring[2:12, 50:62] = True
    ring[5:9, 53:58] = False
    desk.session.editor.point(10, 40)
    desk.session.painter.combine(Mask.from_array(ring).region(), "polygon")
    for x, y, button in ((55, 7, "left"), (10, 40, "right")):
        acting.hand.press(PointerEvent(x, y, button))
        acting.hand.release(PointerEvent(x, y, "none", down=False))
        assert desk.notices()[-1].startswith("It is done as soon as")
    if is_accepted:
        desk.session.acceptance.accept()
        desk.until(desk.saved)
        [mask] = [each.mask for each in desk.saved()]
    else:
        desk.until(lambda: not desk.session.editor.is_waiting)
        mask = desk.session.editor.proposal.mask
        assert len(desk.session.editor.draft.revisions) == 4
    ring[5:9, 53:58] = True
    assert np.array_equal(mask.to_array(), ring), "the part that was clicked is dropped"


def test_what_was_drawn_meanwhile_is_taken_back_before_the_click(desk, acting):
    desk.session.editor.point(10, 40)
    desk.session.painter.stroke(BESIDE)
    assert undo_says(acting) == "Undo the last edit"
    press(acting, "Ctrl+Z")
    assert undo_says(acting) == "Undo the last click"
    desk.until_answered()
    assert not desk.session.editor.proposal.mask.covers(53, 4)
    assert desk.session.editor.prompt.points.tolist() == [[10, 40]]


def test_what_was_drawn_meanwhile_is_saved_with_what_is_accepted_in_advance(desk, acting):
    desk.click(10, 40)
    clicked_mask = desk.session.editor.proposal.mask
    press(acting, "Esc")
    desk.session.editor.point(10, 40)
    desk.session.painter.stroke(BESIDE)
    press(acting, "Return")
    assert not desk.session.editor.draft.is_live
    desk.until(desk.saved)
    [saved] = desk.saved()
    assert saved.mask == union([clicked_mask, Mask.from_region(rasterized(BESIDE, clicked_mask.size))])
    assert saved.provenance["by"] == "brush"
    assert saved.provenance["strokes"] == 1
    assert saved.provenance["prompt"]["points"] == [[10, 40]]


def test_what_was_drawn_meanwhile_waits_on_its_image_with_the_click(desk, acting):
    desk.session.editor.point(10, 40)
    desk.session.painter.stroke(BESIDE)
    desk.open(1)
    assert not desk.session.editor.draft.is_live
    desk.open(0)
    desk.until(lambda: len(desk.session.editor.draft.revisions) == 2)
    assert desk.session.editor.proposal.mask.covers(53, 4)
    assert desk.session.editor.proposal.mask.covers(10, 40)


def test_what_was_drawn_meanwhile_is_there_though_the_click_failed(desk, monkeypatch):
    def fail(*_given, **_named):
        raise Problem("It cannot.")

    monkeypatch.setattr(desk.predictors["first"], "decode", fail)
    desk.session.editor.point(10, 40)
    desk.session.painter.stroke(BESIDE)
    desk.until(lambda: len(desk.session.editor.draft.revisions) == 2)
    assert desk.session.editor.proposal.mask.covers(53, 4)
    assert not desk.session.editor.proposal.mask.covers(10, 40)
