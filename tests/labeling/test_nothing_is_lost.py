"""Whatever a person did can be had again: by undo, by redo, after a kill."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.engine.requests import LoadModel
from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY
from app.labeling.tools.registry import TOOLBOX
from app.masks.rle import Mask
from app.masks.strokes import Stroke, rasterized
from tests.labeling.test_carrying import press, three, until_heard  # noqa: F401  a fixture
from tests.labeling.test_dropped import CORNERS, clicked
from tests.labeling.test_waiting import desks, shown  # noqa: F401  a fixture

STROKE = Stroke(((5.0, 43.0), (12.0, 44.0)), 2)
OTHER = Stroke(((40.0, 5.0), (52.0, 6.0)), 2)


def test_undo_once_too_often_does_not_cost_the_strokes_that_were_undone_before(desk, acting):
    """Ctrl+Z is held, and goes on to what was accepted before."""
    desk.accept_one()
    desk.session.painter.stroke(STROKE)
    desk.session.painter.stroke(OTHER)
    drawn = shown(desk)
    for _ in range(3):
        press(acting, "Ctrl+Z")
    assert not desk.saved()
    for _ in range(3):
        press(acting, "Ctrl+Y")
    assert len(desk.saved()) == 1
    assert shown(desk) == drawn


def test_nor_does_it_to_look_at_another_image_or_at_the_past(desk, acting):
    desk.accept_one()
    desk.session.painter.stroke(STROKE)
    drawn = shown(desk)
    press(acting, "Ctrl+Z")
    desk.open(1)
    desk.open(0)
    press(acting, "Ctrl+Y")
    assert shown(desk) == drawn
    press(acting, "Ctrl+Z")
    desk.session.review.look_back(0)
    desk.session.review.return_to_now()
    press(acting, "Ctrl+Y")
    assert shown(desk) == drawn


def test_nor_where_there_is_nothing_more_to_undo(desk, acting):
    desk.session.painter.stroke(STROKE)
    drawn = shown(desk)
    for _ in range(3):
        desk.session.undo_stack.undo()
    press(acting, "Ctrl+Y")
    assert shown(desk) == drawn


def test_what_was_done_instead_is_not_followed_by_them(desk, acting):
    desk.accept_one()
    desk.session.painter.stroke(STROKE)
    for _ in range(2):
        press(acting, "Ctrl+Z")
    desk.accept_one(40, 30)
    press(acting, "Ctrl+Z")
    press(acting, "Ctrl+Y")
    assert len(desk.saved()) == 1
    assert not desk.session.editor.draft.is_live
    assert not desk.session.editor.draft.undone


def test_what_esc_dropped_comes_back_when_what_was_accepted_since_is_undone(desk, acting):
    desk.session.painter.stroke(STROKE)
    drawn = shown(desk)
    press(acting, "Esc")
    desk.accept_one()
    press(acting, "Ctrl+Z")
    assert not desk.session.editor.draft.is_live
    press(acting, "Ctrl+Z")
    assert shown(desk) == drawn


@pytest.mark.parametrize(("tool", "corners"), [("polygon", 3), ("line", 2)])
def test_so_do_corners_that_esc_took_back(desk, acting, tool, corners):
    acting.hand.take(TOOLBOX.named(tool))
    clicked(acting, *CORNERS[:corners])
    press(acting, "Esc")
    desk.accept_one()
    press(acting, "Ctrl+Z")
    assert not acting.hand.is_busy
    assert not desk.saved()
    press(acting, "Ctrl+Z")
    assert acting.hand.is_staying


def test_what_was_accepted_in_advance_since_is_taken_back_before_it(desk, acting):
    desk.session.painter.stroke(STROKE)
    drawn = shown(desk)
    press(acting, "Esc")
    desk.session.editor.point(30, 20)
    desk.session.acceptance.accept()
    assert desk.session.acceptance.pending
    press(acting, "Ctrl+Z")
    assert len(desk.session.editor.prompt.points) == 1
    press(acting, "Ctrl+Z")
    assert not desk.session.editor.draft.is_live
    press(acting, "Ctrl+Z")
    assert shown(desk) == drawn


def test_to_look_at_another_object_does_not_cost_what_esc_dropped(desk, acting):
    object_id = desk.accept_one()
    desk.session.painter.stroke(STROKE)
    drawn = shown(desk)
    press(acting, "Esc")
    desk.session.editor.resume(object_id)
    press(acting, "Esc")
    press(acting, "Ctrl+Z")
    assert shown(desk) == drawn


def test_esc_pressed_twice_drops_two_and_undo_brings_both_back(desk, acting):
    object_id = desk.accept_one()
    desk.session.painter.stroke(STROKE)
    drawn = shown(desk)
    desk.session.editor.resume(object_id)
    desk.session.painter.stroke(OTHER)
    refined = shown(desk)
    press(acting, "Esc")
    press(acting, "Esc")
    found = set()
    for _ in range(6):
        if desk.session.undo_stack.can_restore or desk.session.editor.draft.is_live:
            press(acting, "Ctrl+Z")
        if desk.session.editor.draft.is_live:
            found.add(shown(desk))
    assert {drawn, refined} <= found
    assert len(desk.saved()) == 1


def test_what_was_left_out_comes_back_when_what_was_accepted_since_is_undone(desk, acting, three):  # noqa: F811
    press(acting, "N")
    until_heard(desk)
    first = desk.session.editor.draft.carried
    press(acting, "Del")
    press(acting, "Return")
    assert len(desk.saved(1)) == 1
    press(acting, "Ctrl+Z")
    assert not desk.saved(1)
    press(acting, "Ctrl+Z")
    assert desk.session.editor.draft.carried.number == first.number


def test_the_class_that_an_object_got_while_it_waited_stays(desk, desks):  # noqa: F811
    """It was picked up before, and left for another one."""
    desk.session.classes.add("cat")
    dog = desk.session.classes.add("dog")
    refined, other = desk.accept_one(), desk.accept_one(40, 30)
    desk.session.editor.resume(refined)
    desk.session.painter.stroke(STROKE)
    desk.session.editor.resume(other)
    desk.session.objects.select(refined)
    desk.session.objects.set_category(dog.id)
    desk.session.discard()
    assert desk.session.editor.draft.resumed.id == refined
    desk.session.navigation.keep()
    again = desks.again(desk)
    assert again.session.editor.category.name == "dog"
    assert desk.session.editor.category.name == "dog"
    desk.session.acceptance.accept()
    assert {each.id: each.category_id for each in desk.saved()}[refined] == dog.id


def test_the_class_that_an_object_gets_in_refinement_is_not_lost_to_another_that_it_gets(desk):
    desk.session.classes.add("cat")
    dog, fox = desk.session.classes.add("dog"), desk.session.classes.add("fox")
    object_id = desk.accept_one()
    desk.session.editor.resume(object_id)
    desk.session.editor.set_category(fox.id)
    with desk.project.step("Elsewhere") as step:
        step.put(replace(desk.saved()[0], category_id=dog.id))
    assert desk.session.editor.category.name == "fox"
    desk.session.acceptance.accept()
    assert desk.saved()[0].category_id == fox.id


def test_the_class_of_what_is_in_the_making_is_undone_like_a_click(desk, acting):
    desk.session.classes.add("cat")
    dog, fox = desk.session.classes.add("dog"), desk.session.classes.add("fox")
    object_id = desk.accept_one()
    desk.session.editor.resume(object_id)
    desk.session.set_category(dog.id)
    desk.session.painter.stroke(STROKE)
    desk.session.set_category(fox.id)
    names = []
    for _ in range(3):
        names.append(desk.session.editor.category.name)
        press(acting, "Ctrl+Z")
    assert names == ["fox", "dog", "dog"]
    assert desk.session.editor.category.name == "cat"
    assert desk.session.editor.draft.is_unchanged
    assert REGISTRY.commands["edit.redo"].text_now(acting) == "Redo the class"
    for _ in range(3):
        press(acting, "Ctrl+Shift+Z")
        names.append(desk.session.editor.category.name)
    assert names[3:] == ["dog", "dog", "fox"]
    press(acting, "Ctrl+Z")
    desk.session.painter.stroke(OTHER)
    press(acting, "Ctrl+Shift+Z")
    assert desk.session.editor.category.name == "dog", "it is no longer done again once something else was done"


def test_a_class_is_undone_and_done_again_also_where_the_answer_was_asked_anew_meanwhile(desk, acting):
    desk.session.classes.add("cat")
    dog = desk.session.classes.add("dog")
    desk.session.editor.resume(desk.accept_one())
    desk.click(20, 20)
    desk.session.set_category(dog.id)
    for model, key, name in (("second", "Ctrl+Z", "cat"), ("first", "Ctrl+Shift+Z", "dog")):
        number = desk.session.editor.draft.top.number
        desk.submit(LoadModel(model))
        desk.until(lambda number=number: desk.session.editor.draft.top.number != number)
        desk.until_answered()
        press(acting, key)
        assert desk.session.editor.category.name == name


def test_clicks_that_were_accepted_before_their_masks_were_there_outlive_a_kill(empty_desk, desks):  # noqa: F811
    """Also on images that were left, and a click that was not accepted."""
    session = empty_desk.session
    dog = session.classes.add("dog")
    session.classes.add("cat")
    for number in (0, 1):
        empty_desk.open_unencoded(number)
        session.classes.choose(dog.id)
        session.editor.point(30, 20)
        session.acceptance.accept()
    session.editor.point(12, 8)
    session.navigation.keep()
    assert session.acceptance.pending == 2
    again = desks.again(empty_desk)
    assert again.session.navigation.waiting() == {session.image_id}
    assert again.session.editor.prompt.points.tolist() == [[30, 20]]
    again.submit(LoadModel("first"))
    again.until(lambda: again.session.place.is_encoded)
    again.until_answered()
    again.session.acceptance.accept()
    assert again.saved()[0].category_id == dog.id
    again.open(1)
    again.until_answered()
    assert again.session.editor.prompt.points.tolist() == [[12, 8]]
    again.session.acceptance.accept()
    again.until_answered()
    again.session.acceptance.accept()
    assert len(again.saved(1)) == 2
    last = desks.again(again, 1)
    assert not last.session.navigation.waiting()
    assert not last.session.editor.draft.is_live


def test_what_was_saved_when_its_mask_came_waits_no_more(desk, desks):  # noqa: F811
    desk.predictor().hold()
    desk.session.navigation.open(desk.project.images()[1].id)
    desk.until(lambda: desk.session.image.width)
    desk.session.editor.point(30, 20)
    desk.session.acceptance.accept()
    desk.session.painter.stroke(STROKE)
    drawn = shown(desk)
    desk.session.navigation.keep()
    desk.predictor().release()
    desk.until(lambda: not desk.session.acceptance.pending)
    assert len(desk.saved(1)) == 1
    desk.session.navigation.keep()
    again = desks.again(desk, 1)
    assert shown(again) == drawn
    again.session.discard()
    assert not again.session.editor.draft.is_live


def test_strokes_that_wait_for_an_answer_outlive_a_kill(empty_desk, desks):  # noqa: F811
    """The model is slow, or never comes."""
    empty_desk.open_unencoded()
    empty_desk.session.editor.point(30, 20)
    empty_desk.session.painter.stroke(STROKE)
    empty_desk.session.painter.stroke(OTHER)
    empty_desk.session.navigation.keep()
    again = desks.again(empty_desk)
    expected = [Mask.from_region(rasterized(stroke, (48, 64))).to_array() for stroke in (STROKE, OTHER)]
    assert shown(again) == Mask.from_array(expected[0] | expected[1])
    again.session.editor.back()
    assert shown(again) == Mask.from_array(expected[0])
