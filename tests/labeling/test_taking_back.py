"""The Undo of a sentence: that step and no other, whatever was done since."""

from __future__ import annotations

import pytest

from app.labeling.events import Notice
from app.problem import Problem
from app.project.records import Annotation
from app.project.steps import LongReplay


def told(desk) -> Notice:
    """The last sentence."""
    return [event for event in desk.events if isinstance(event, Notice)][-1]


@pytest.fixture
def deleted(desk) -> int:
    """The step that deleted the first of two objects."""
    first, _second = desk.accept_one(10), desk.accept_one(50)
    desk.session.objects.select(first)
    desk.session.objects.delete_selected()
    step_id = told(desk).step_id
    assert step_id is not None
    return step_id


def test_it_takes_back_its_step_though_another_came_later(desk, deleted):
    third = desk.accept_one(30)
    desk.session.undo_stack.take_back(deleted)
    assert [a.id for a in desk.saved()] == [1, 2, third]
    assert told(desk).sentence == "Taken back: Delete object"
    assert desk.project.undo_label == "Take back “Delete object”"
    desk.session.undo_stack.undo()
    assert [a.id for a in desk.saved()] == [2, third]


def test_what_is_in_the_making_stays_in_the_making(desk, deleted):
    desk.click(30)
    desk.session.undo_stack.take_back(deleted)
    assert len(desk.session.editor.draft.revisions) == 1
    assert [a.id for a in desk.saved()] == [1, 2]


def test_it_is_offered_until_it_is_undone(desk, deleted):
    stack = desk.session.undo_stack
    assert stack.is_offered(deleted)
    stack.undo()
    assert not stack.is_offered(deleted)
    with pytest.raises(Problem, match="taken back already"):
        stack.take_back(deleted)
    stack.redo()
    assert stack.is_offered(deleted)
    assert stack.in_the_way(deleted) == ""


def test_what_depends_on_it_is_named(desk):
    desk.accept_one()
    category = desk.session.classes.all()[0]
    desk.session.classes.delete(category.id)
    gone = told(desk).step_id
    other = desk.session.classes.add("dog")
    desk.session.objects.select(1)
    desk.session.objects.set_category(other.id)
    assert desk.session.undo_stack.in_the_way(gone) == "“Change class” came later and changed the same object."
    before = desk.saved()
    with pytest.raises(Problem, match="Not taken back"):
        desk.session.undo_stack.take_back(gone)
    assert desk.saved() == before


def test_undo_and_redo_on_another_image_tell_what_they_did_there(desk, deleted):
    first = desk.session.image_id
    desk.open(2)
    desk.session.undo_stack.undo()
    assert desk.session.image_id == first
    assert told(desk).sentence == "Taken back: Delete object"
    desk.open(2)
    desk.session.undo_stack.redo()
    assert told(desk).sentence == "Done again: Delete object"
    desk.events.clear()
    desk.session.undo_stack.undo()
    assert not [event for event in desk.events if isinstance(event, Notice)], "here it is seen"


def test_the_image_that_changed_is_opened(desk, deleted):
    first = desk.session.image_id
    desk.open(2)
    desk.accept_one()
    desk.session.undo_stack.take_back(deleted)
    assert desk.session.image_id == first


def test_a_long_one_is_left_to_the_window(desk, deleted, monkeypatch):
    monkeypatch.setattr("app.project.history.journal._LONG", 0)
    monkeypatch.setattr("app.project.history.journal._HUGE", 0)
    desk.accept_one(30)
    desk.session.undo_stack.take_back(deleted)
    assert desk.events[-1] == LongReplay(deleted, "Delete object", redo=False, is_taken_back=True, is_huge=True)


# --- where undo leads --------------------------------------------------------------------------------------------


@pytest.fixture
def spread(desk):
    """A class with an object on the first, second and third image; the second one is shown."""
    category = desk.session.classes.add("car")
    for number in range(3):
        desk.open(number)
        desk.accept_one()
    desk.open(1)
    return category


def test_undo_of_a_class_deleted_on_many_images_stays_on_the_one_that_is_shown(desk, spread):
    here = desk.session.image_id
    desk.session.classes.delete(spread.id)
    for act in (desk.session.undo_stack.undo, desk.session.undo_stack.redo, desk.session.undo_stack.undo):
        act()
        assert desk.session.image_id == here
    assert desk.saved(1)[0].category_id == spread.id


def test_undo_of_a_class_stays_on_an_image_that_has_none_of_it_too(desk, spread):
    desk.open(4)
    here = desk.session.image_id
    step_id = desk.session.classes.delete(spread.id).step_id
    desk.session.undo_stack.undo()
    assert desk.session.image_id == here
    desk.session.undo_stack.redo()
    desk.accept_one()
    desk.session.undo_stack.take_back(step_id)
    assert desk.session.image_id == here


def test_an_object_that_came_with_its_class_is_shown_where_it_was(desk):
    desk.accept_one()
    assert len(desk.session.classes.all()) == 1
    first = desk.session.image_id
    desk.open(3)
    desk.session.undo_stack.undo()
    assert desk.session.image_id == first
    assert desk.session.classes.all() == []


def test_undo_of_a_change_of_many_other_images_opens_the_nearest_of_them(desk, spread):
    with desk.project.step("Delete all") as step:
        for each in list(desk.project.annotation_table.all()):
            assert isinstance(each, Annotation)
            step.delete(each)
    desk.open(4)
    desk.session.undo_stack.undo()
    assert desk.session.image_id == desk.project.images()[2].id
